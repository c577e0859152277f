// Pictures with masks: images/ and masks/ side by side, as they are or in train/, val/ and test/; PASCAL VOC's folders.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import { knownClasses } from './known-classes.ts'
import { maskNotes } from './mask-notes.ts'
import { nearestLayout } from './nearest.ts'
import type { OpenOptions, Parts } from './opened.ts'
import { bareNames, partLists } from './part-lists.ts'
import { decoderFor, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { called, filesAtTop, type PartName, type Place, partFolders, partIn, partsByFolder } from './place.ts'

type Files = Partial<Record<PartName, data.MaskFiles>>

/** Whether a place has pictures and masks, each in a folder of a usual name, or in folders such as train/ and train_masks/. */
export const hasMasks = (place: Place): boolean =>
  (data.folderAmong(place.paths, data.maskFolderNames.images) !== undefined &&
    data.folderAmong(place.paths, data.maskFolderNames.masks) !== undefined) ||
  maskTwins(place).length > 0

interface MaskTwins {
  readonly part: PartName
  readonly images: string
  readonly masks: string
}

const imageWord = /[ ._-]?(images?|imgs?|pictures|photos|frames)$/i
const maskWord = /[ ._-]?(masks?|labels?|annot(ation)?s?|seg(mentation)?s?|gt|ground_?truth)$/i

/** Folders of pictures with one of masks beside each: train/ and train_masks/, val_images/ and val_masks/, test/ and testannot/. */
function maskTwins({ paths }: Place): MaskTwins[] {
  const pictures = paths.filter((path) => path.includes('/') && data.isPicture(path))
  const tops = [...new Set(pictures.map((path) => path.split('/')[0]))]
  const byName = new Map(tops.map((name) => [name.toLowerCase(), name]))
  for (const name of tops) {
    const bare = name.replace(imageWord, '').toLowerCase()
    if (bare !== '' && !byName.has(bare)) byName.set(bare, name)
  }
  const twins = tops.flatMap((masks): MaskTwins[] => {
    const bare = masks.replace(maskWord, '').toLowerCase()
    const images = bare === masks.toLowerCase() ? undefined : byName.get(bare)
    return images === undefined || images === masks ? [] : [{ part: partIn(images) ?? 'train', images, masks }]
  })
  const parts = new Set(twins.map(({ part }) => part))
  return parts.size === twins.length && parts.has('train') ? twins : []
}

/** Folders of usual names that are not read because another one is, with a word on each. */
function passedOver(place: Place): string[] {
  return (
    [
      ['pictures', data.maskFolderNames.images],
      ['masks', data.maskFolderNames.masks],
    ] as const
  ).flatMap(([what, names]) => {
    const used = data.folderAmong(place.paths, names)
    const tops = new Set(place.paths.filter(data.isPicture).flatMap((path) => path.split('/').slice(0, -1).slice(0, 1)))
    const known = names.map((name) => name.toLowerCase())
    const others = [...tops].filter((top) => top !== used && known.includes(top.toLowerCase()))
    return used === undefined || others.length === 0
      ? []
      : [
          `${called(place)}: the ${what} are those in ${used}/; ${others.map((one) => `${one}/`).join(' and ')} beside it ${others.length === 1 ? 'is' : 'are'} ignored.`,
        ]
  })
}

/** Pictures and masks in one folder, `1.jpg` and `1_mask.png`. */
export function masksBeside({ paths }: Place): (readonly [picture: string, mask: string])[] {
  const stems = new Map(paths.filter(data.isPicture).map((path) => [path.replace(/\.[^./]*$/, ''), path]))
  return [...stems].flatMap(([stem, mask]) => {
    const picture = stems.get(stem.replace(/[_-](mask|label|seg|gt|segmentation|annotation)s?$/i, ''))
    return picture !== undefined && picture !== mask ? [[picture, mask] as const] : []
  })
}

/** Whether so many pictures have their mask beside them that they are not pictures of classes. */
export const areMaskPairs = (place: Place): boolean => {
  const count = masksBeside(place).length
  return count > 0 && count >= place.paths.filter(data.isPicture).length / 4
}

/** Files that name classes, with or without the values or colours that masks have for them. */
const listNames = /^(classes|labels|names|class_names|class_dict|label_?colors|label_?map|colou?rmap)\.(txt|csv)$/i

async function classList(place: Place, options: OpenOptions): Promise<readonly data.ListedClass[] | undefined> {
  if (options.maskNames !== undefined)
    return options.maskNames.map((name, label) => ({
      name,
      line: name,
      value: numbers('mask-values', options.maskValues)?.[label],
    }))
  const [file] = filesAtTop(place, listNames)
  return file === undefined
    ? undefined
    : data.parseClassList(data.decodeText(`${place.source.name}/${file}`, await place.source.read(file)))
}

function numbers(
  option: string,
  values: readonly (string | number)[] | undefined,
): readonly data.MaskValue[] | undefined {
  return values?.map((text) => {
    const value = data.parseValue(String(text))
    if (value === null)
      throw new UsageError(
        `--${option} has the value ${text}; parts of colours are 0 to 255, and other values end at 4294967295.`,
      )
    return value
  })
}

/** What the options say of values. The same value in two forms is one class: `0` is `#000000` and `0:0:0`. */
function valuesOf({ maskValues, ignoreValues }: OpenOptions): Pick<data.CodingOptions, 'values' | 'ignore'> {
  const [values, ignore] = [numbers('mask-values', maskValues), numbers('ignore-value', ignoreValues)]
  const twice = values?.findIndex((value, at) => values.indexOf(value) < at) ?? -1
  if (twice >= 0) {
    const first = maskValues![values!.indexOf(values![twice])]
    throw new UsageError(
      `--mask-values has ${first} and ${maskValues![twice]}, which are the same value. Give each value once.`,
    )
  }
  const both = values?.find((value) => ignore?.includes(value))
  if (both !== undefined)
    throw new UsageError(
      `${data.valueText(both)} is a class by --mask-values and ignored by --ignore-value. Take it out of one of them.`,
    )
  return { values, ignore }
}

/** Pictures and masks of each part: folders train/ …, VOC's lists, or images/train/ … */
async function findParts(
  place: Place,
  decode: data.DecodePicture,
  onProblem: (message: string) => void,
): Promise<Files> {
  const folders = partFolders(place)
  if (folders !== null && Object.values(folders).every(hasMasks)) {
    const files: Files = {}
    for (const [part, { source }] of Object.entries(folders) as [PartName, Place][])
      files[part] = await data.findMasks(source, decode, { onProblem })
    return files
  }
  const twins = maskTwins(place)
  if (twins.length > 0) {
    const files: Files = {}
    for (const { part, images, masks } of twins)
      files[part] = await data.findMasks(place.source, decode, { images, masks, onProblem })
    return files
  }
  const near = hasMasks(place) || areMaskPairs(place) ? null : await nearestLayout(place, 'segment')
  check(near === null, () => `${called(place)}: there are no masks in a known layout. ${near}`)
  check(hasMasks(place), () => {
    const [beside] = masksBeside(place)
    return beside === undefined
      ? `${called(place)}: there must be a folder images/ with pictures and a folder masks/ with one mask for each, under the same names.`
      : `${called(place)}: ${beside.join(' and ')} look like a picture and its mask in one folder. Move the pictures into images/ and the masks into masks/; their names may stay.`
  })
  const names = bareNames(place.paths.filter((path) => !path.endsWith('.txt')))
  const found = await partLists(place, 'Segmentation', (name) => names.has(name))
  const lists = Object.entries(found) as [PartName, readonly string[]][]
  if (lists.some(([part]) => part === 'train')) {
    const files: Files = {}
    for (const [part, names] of lists) files[part] = await data.findMasks(place.source, decode, { names, onProblem })
    return files
  }
  return dividedByFolder(place, await data.findMasks(place.source, decode, { onProblem }), onProblem)
}

/** images/train/… and images/val/… are parts; a picture beside them belongs to none. */
function dividedByFolder(place: Place, files: data.MaskFiles, onProblem: (message: string) => void): Files {
  const folderOf = ({ image }: data.MaskPair): string => image.split('/').slice(1, -1).slice(0, 1).join('')
  const divided = partsByFolder(files.pairs, folderOf)
  if (divided === null) return { train: files }
  for (const { image } of divided.loose)
    onProblem(`${called(place)}/${image}: it is not in the folder of a part, as others are; it is left out.`)
  return Object.fromEntries(Object.entries(divided.parts).map(([part, pairs]) => [part, { ...files, pairs }]))
}

export async function openMasks(place: Place, options: OpenOptions): Promise<Parts<data.MaskedPicture>> {
  const problems: string[] = []
  const note = (message: string) => problems.push(message)
  const named = [...data.maskFolderNames.images, ...maskTwins(place).map(({ images }) => images)]
  const pictures = named.map((name) => name.toLowerCase())
  const shown = place.paths.filter((path) => path.split('/').some((part) => pictures.includes(part.toLowerCase())))
  const facts = await pictureFacts(place.source, shown)
  const form = pictureForm('segment', facts, options)
  const decode = await decoderFor(form?.channels ?? options.channels ?? facts.channels)
  const files = await findParts(place, decode, note)
  check(!options.strict || problems.length === 0, () => `${problems[0]} (strict)`)
  // With the values known, the masks of one part tell how they are stored.
  const { only } = options
  const alone = options.maskValues === undefined || only === undefined ? undefined : files[only]
  const survey = await data.surveyMasks(alone === undefined ? Object.values(files) : [alone])
  const list = await classList(place, options)
  const own = valuesOf(options)
  const isOpen = list === undefined && own.values === undefined && own.ignore === undefined
  const known = isOpen ? knownClasses(called(place), Object.values(files), survey) : null
  const coding = data.maskCoding(called(place), survey, {
    ...own,
    ...{ channel: options.maskChannel, list: known?.list ?? list },
    ...(known && { ignore: known.ignore }),
  })
  const folders = partFolders(place)
  const passed = (folders === null || hasMasks(place) ? [place] : Object.values(folders)).flatMap(passedOver)
  const open = (part: data.MaskFiles | undefined): data.Dataset<data.MaskedPicture> | undefined =>
    part === undefined ? undefined : sizedPictures(data.maskedPictures(part, coding), form)
  return {
    ...{ kind: 'pictures with masks', classes: coding.classes, files: true, picture: form, problems },
    ...(alone === undefined && {
      present: Object.fromEntries(Object.keys(files).map((part, set) => [part, data.labelsInSet(survey, coding, set)])),
    }),
    masks: coding,
    notes: [...passed, ...(known === null ? [] : [known.note]), ...maskNotes(coding), ...(facts.notes ?? [])],
    ...{ train: open(files.train)!, validation: open(files.validation), test: open(files.test) },
  }
}

/** Options that read masks as they were read once. */
export const maskOptionsOf = ({
  masks,
}: {
  readonly masks?: data.MaskCoding | undefined
}): Pick<OpenOptions, 'maskValues' | 'maskChannel' | 'ignoreValues'> =>
  masks === undefined
    ? {}
    : {
        maskValues: masks.values.map(data.valueText),
        maskChannel: masks.channel,
        ignoreValues: masks.ignore.map(data.valueText),
      }
