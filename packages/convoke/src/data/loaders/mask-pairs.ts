// Which mask belongs to which picture: the one at the same place below its folder, under the same name, perhaps with `_mask` or
// another usual word after it.

/** Words that masks have after the name of their picture, from the most to the least usual. */
const words = [
  'mask',
  'masks',
  'label',
  'labels',
  'seg',
  'segmentation',
  'gt',
  'groundtruth',
  'ground_truth',
  'annotation',
  'lbl',
  'L',
  'P',
]

const suffix = new RegExp(`[ ._-](?:${words.join('|')})$`, 'i')

/** A picture and its mask. */
export interface MaskPair {
  /** Path of the picture. */
  readonly image: string
  /** Path of the mask. */
  readonly mask: string
}

export interface MaskPairs {
  readonly pairs: readonly MaskPair[]
  /** Pictures without a mask, and those whose mask is not certain. */
  readonly problems: readonly string[]
  /** Masks that no picture has. */
  readonly unused: readonly string[]
}

interface Folders {
  /** What messages call the place of both folders. */
  readonly name: string
  readonly images: string
  readonly masks: string
}

/** The masks that Cityscapes has of a picture, the best to learn from first: `…_gtFine_labelTrainIds.png`. */
const cityscapesKinds = ['labelTrainIds', 'labelIds', 'color', 'instanceIds', 'instanceTrainIds'] as const

/** A kind of Cityscapes' masks; single objects are no classes. */
export type CityscapesKind = (typeof cityscapesKinds)[number]

const cityscapesMask = /_gt(?:Fine|Coarse)_(labelTrainIds|labelIds|color|instanceIds|instanceTrainIds)\.png$/

/** Which of Cityscapes' masks a file is by its name; null for any other. */
export const cityscapesKind = (path: string): CityscapesKind | null =>
  (cityscapesMask.exec(path)?.[1] as CityscapesKind | undefined) ?? null

/** Masks of the one kind that is read, where Cityscapes has several of each picture; all others stay. */
export function cityscapesMasks(masks: readonly string[]): readonly string[] {
  const kinds = new Set(masks.map(cityscapesKind))
  const used = cityscapesKinds.slice(0, 3).find((kind) => kinds.has(kind))
  return masks.filter((path) => [null, used].includes(cityscapesKind(path)))
}

/** What Cityscapes has after the name that a picture and its mask share. */
const cityscapes = /_(?:leftImg8bit|gt(?:Fine|Coarse)_(?:label(?:Train)?Ids|color))$/

/** The path below a folder, without its ending, in one composition of letters with accents. */
const placeBelow = (folder: string, path: string): string =>
  path
    .slice(folder === '' ? 0 : folder.length + 1)
    .replace(/\.[^./]*$/, '')
    .replace(cityscapes, '')
    .normalize('NFC')

function grouped(folder: string, paths: readonly string[], key: (place: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const path of paths) {
    const place = key(placeBelow(folder, path))
    const group = groups.get(place)
    if (group === undefined) groups.set(place, [path])
    else group.push(path)
  }
  return groups
}

/** Pairs the pictures below one folder with the masks below another. Paths are those of one source, with '/'. */
export function pairMasks(folders: Folders, images: readonly string[], all: readonly string[]): MaskPairs {
  const { name } = folders
  const masks = cityscapesMasks(all)
  const pictures = grouped(folders.images, images, (place) => place)
  const exact = grouped(folders.masks, masks, (place) => place)
  // `1_mask` is the mask of the picture `1`, but where there is a picture `1_mask`.
  const free = masks.filter((path) => !pictures.has(placeBelow(folders.masks, path)))
  const suffixed = grouped(folders.masks, free, (place) => place.replace(suffix, ''))
  const pairs: MaskPair[] = []
  const problems: string[] = []
  const lonely: { readonly image: string; readonly place: string }[] = []
  const used = new Set<string>()
  for (const [place, own] of pictures) {
    const candidates = [...new Set([...(exact.get(place) ?? []), ...(suffixed.get(place) ?? [])])]
    for (const mask of candidates) used.add(mask)
    if (candidates.length === 0) for (const image of own) lonely.push({ image, place })
    else if (candidates.length > 1)
      problems.push(
        `${name}/${own[0]}: there are several masks for it: ${candidates.join(', ')}. Keep only the right one.`,
      )
    else if (own.length > 1)
      problems.push(
        `${name}/${own[0]}: the mask ${candidates[0]} may belong to this picture or to ${own.slice(1).join(', ')}. Name them so that each mask belongs to one picture.`,
      )
    else pairs.push({ image: own[0], mask: candidates[0] })
  }
  const unused = masks.filter((path) => !used.has(path))
  for (const { image, place } of lonely) problems.push(`${name}/${image}: ${missing(place, folders.masks, unused)}`)
  return { pairs, problems, unused }
}

/** What was looked for; where masks are left over, how they are called instead. */
function missing(place: string, folder: string, unused: readonly string[]): string {
  const advice = 'Add it, or remove the picture.'
  if (unused.length === 0) return `there is no mask named ${place}. ${advice}`
  const looked = words.slice(0, 6).map((word) => `${place}_${word}`)
  const rest = unused.length > 3 ? ', …' : ''
  return `there is no mask named ${place} below ${folder}/, with any ending of pictures, nor ${looked.join(', ')} or the like. Masks without a picture: ${unused.slice(0, 3).join(', ')}${rest}. Rename them, or remove the picture.`
}
