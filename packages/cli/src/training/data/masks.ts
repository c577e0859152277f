// Pictures with masks: images/ and masks/ side by side, as they are or in train/, val/ and test/.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts } from './opened.ts'
import { decoderFor, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { filesAtTop, type PartName, type Place, partFolders } from './place.ts'
import { isPictureName } from './table.ts'

const imageFolders = ['images', 'image', 'imgs', 'pictures']
const maskFolders = ['masks', 'mask', 'labels', 'label', 'annotations']

/** More grey values than this are no classes but the soft edges of two. */
const mostValues = 32

const folderAmong = ({ paths }: Place, names: readonly string[]): string | undefined =>
  names.find((name) => paths.some((path) => path.startsWith(`${name}/`) && isPictureName(path)))

/** Every grey value in the masks of a place. Files that cannot be read are told of later. */
async function valuesIn(place: Place, folder: string): Promise<Set<number>> {
  const decode = decoderFor(1)
  const found = new Set<number>()
  const files = place.paths.filter((path) => path.startsWith(`${folder}/`) && isPictureName(path))
  for (let at = 0; at < files.length && found.size <= mostValues; at += 16) {
    const read = files.slice(at, at + 16).map(async (path) => {
      try {
        return await decode(await place.source.read(path))
      } catch {
        return null
      }
    })
    for (const mask of await Promise.all(read)) for (const value of mask?.data ?? []) found.add(value)
  }
  return found
}

async function maskValues(places: readonly Place[], options: OpenOptions): Promise<readonly number[]> {
  if (options.maskValues !== undefined) return options.maskValues
  const found = new Set<number>()
  for (const place of places) {
    for (const value of await valuesIn(place, folderAmong(place, maskFolders) ?? '')) found.add(value)
  }
  return found.size > mostValues || found.size < 2 ? [0, 255] : [...found].sort((a, b) => a - b)
}

export async function openMasks(place: Place, options: OpenOptions): Promise<Parts<data.MaskedPicture>> {
  const places: Partial<Record<PartName, Place>> = partFolders(place) ?? { train: place }
  const problems: string[] = []
  const all = Object.values(places)
  for (const one of all) {
    check(
      folderAmong(one, imageFolders) !== undefined && folderAmong(one, maskFolders) !== undefined,
      () =>
        `${one.source.name}: there must be a folder images/ with pictures and a folder masks/ with one mask for each, under the same names.`,
    )
  }
  const values = await maskValues(all, options)
  const [list] = filesAtTop(place, /^(classes|labels|names)\.txt$/i)
  const names =
    list === undefined ? undefined : data.parseNameList(data.decodeText(list, await place.source.read(list)))
  const usual = values.length === 2 ? ['ground', 'object'] : values.map((_, label) => `class ${label}`)
  const classes = names ?? usual
  check(
    classes.length === values.length,
    () =>
      `${place.source.name}/${list}: ${classes.length} classes are named; the masks hold ${values.length} grey values: ${values.join(', ')}. Name as many, or say which values count: --mask-values ${values.join(',')}.`,
  )
  const pictures = place.paths.filter(
    (path) => isPictureName(path) && imageFolders.some((name) => path.split('/').includes(name)),
  )
  const facts = await pictureFacts(place.source, pictures)
  const form = pictureForm('segment', facts, options)
  const channels = form?.channels ?? options.channels ?? facts.channels
  const open = async (one: Place | undefined): Promise<data.Dataset<data.MaskedPicture> | undefined> => {
    if (one === undefined) return undefined
    const set = await data.maskFolders(one.source, decoderFor(channels), {
      ...{ images: folderAmong(one, imageFolders), masks: folderAmong(one, maskFolders), values, classes },
      ...(options.strict ? {} : { onProblem: (message: string) => problems.push(message) }),
    })
    return sizedPictures(set, form)
  }
  return {
    ...{ kind: 'pictures with masks', classes, files: true, picture: form, problems },
    ...{ train: (await open(places.train))!, validation: await open(places.validation), test: await open(places.test) },
  }
}
