// Layouts of pictures with masks.

import { data } from 'convoke'
import { ConvokeError, check } from 'convoke/shapes'
import { hasMasks } from '../data/masks.ts'
import type { PartName, Place } from '../data/place.ts'
import { type Item, type Layout, text, usualNames, type WritableSet, type WrittenFile } from './layout.ts'
import { bytePng, vocColour } from './mask-png.ts'

type Set = WritableSet<data.MaskedPicture>

/** The number of pixels that count nowhere. */
const border = 255

const fileOf = ({ stem, ending }: Item): string => `${stem}${ending}`

/**
 * `classes.txt` for masks: each name after the number that masks hold for it; names alone where that cannot be read again. Throws
 * `ConvokeError` for names that neither form has.
 */
function maskClasses(classes: readonly string[]): WrittenFile {
  check(
    classes.length <= border,
    () => `there are ${classes.length} classes; a mask of one byte a pixel holds ${border}.`,
  )
  for (const lines of [classes.map((name, label) => `${label} ${name}`), classes]) {
    const read = data.parseClassList(lines.join('\n'))
    const plain = lines === classes
    const same =
      read.length === classes.length &&
      read.every(({ name, line, value }, label) =>
        plain ? line === classes[label] && value === undefined : name === classes[label] && value === label,
      )
    if (same) return text('classes.txt', `${lines.join('\n')}\n`)
  }
  const odd = classes.find((name) => name.trim() !== name || /^[#/]|[\r\n]/.test(name)) ?? classes[0]
  throw new data.NothingUsable(
    'classes.txt',
    [`the class ${JSON.stringify(odd)} cannot be written as a line of a list.`],
    'name',
  )
}

/** Masks decoded at a time. */
const together = 16

interface Encoded {
  readonly item: Item
  readonly png: Uint8Array
}

/** Each example with its mask as a PNG file. What cannot be read is left out and noted. */
async function* withMasks(set: Set, encode: (mask: data.Values, item: Item) => Uint8Array): AsyncGenerator<Encoded> {
  for (let at = 0; at < set.items.length; at += together) {
    const group = set.items.slice(at, at + together).map(async (item) => {
      try {
        return { item, png: encode(await set.maskOf(item), item) }
      } catch (error) {
        if (!(error instanceof ConvokeError) || error instanceof NoForm) throw error
        set.note(error.message)
        return null
      }
    })
    for (const one of await Promise.all(group)) if (one !== null) yield one
  }
}

/** What a layout has no form for, which ends the writing. */
class NoForm extends ConvokeError {}

/** The label of each pixel in a byte, 255 where none is known. */
const numbered =
  (palette?: readonly number[]) =>
  ({ shape, data: labels }: data.Values): Uint8Array => {
    const bytes = Uint8Array.from(labels, (label) => (label === data.ignoredLabel ? border : label))
    return bytePng({ height: shape[0], width: shape[1], channels: 1, bytes, palette })
  }

const written = (path: string, png: Uint8Array): WrittenFile => ({ path, bytes: async () => png })

async function* writeMasks(set: Set): AsyncGenerator<WrittenFile> {
  yield maskClasses(set.classes)
  for await (const { item, png } of withMasks(set, numbered())) {
    const own = set.divided ? `${usualNames[item.part]}/` : ''
    yield set.picture(item, `${own}images/${fileOf(item)}`)
    yield written(`${own}masks/${item.stem}.png`, png)
  }
}

async function* writeCamVid(set: Set): AsyncGenerator<WrittenFile> {
  yield maskClasses(set.classes)
  for await (const { item, png } of withMasks(set, numbered())) {
    const part = usualNames[item.part]
    yield set.picture(item, `${part}/${fileOf(item)}`)
    yield written(`${part}annot/${item.stem}.png`, png)
  }
}

/** The colours of the classes. */
function coloured({ shape, data: labels }: data.Values, { stem }: Item): Uint8Array {
  const bytes = new Uint8Array(3 * labels.length)
  for (const [p, label] of labels.entries()) {
    if (label === data.ignoredLabel)
      throw new NoForm(`${stem}: some pixels count nowhere, which a list of colours cannot represent. Use --to camvid.`)
    const colour = vocColour(label)
    bytes.set([colour >> 16, (colour >> 8) & 255, colour & 255], 3 * p)
  }
  return bytePng({ height: shape[0], width: shape[1], channels: 3, bytes })
}

async function* writeColours(set: Set): AsyncGenerator<WrittenFile> {
  const odd = set.classes.find((name) => /[\r\n"]/.test(name) || name.trim() !== name || name === '')
  check(
    odd === undefined,
    () => `the class ${JSON.stringify(odd)} cannot be written in class_dict.csv. Use --to camvid.`,
  )
  check(set.classes.length <= border, () => `there are ${set.classes.length} classes, and colours for ${border}.`)
  const rows = set.classes.map((name, label) => {
    const colour = vocColour(label)
    return `${name},${colour >> 16},${(colour >> 8) & 255},${colour & 255}\n`
  })
  yield text('class_dict.csv', `name,r,g,b\n${rows.join('')}`)
  for await (const { item, png } of withMasks(set, coloured)) {
    const part = usualNames[item.part]
    yield set.picture(item, `${part}/${fileOf(item)}`)
    yield written(`${part}_labels/${item.stem}_L.png`, png)
  }
}

async function* writeCityscapes(set: Set): AsyncGenerator<WrittenFile> {
  yield maskClasses(set.classes)
  for await (const { item, png } of withMasks(set, numbered())) {
    const folder = `${usualNames[item.part]}/${set.name}`
    yield set.picture(item, `leftImg8bit/${folder}/${item.stem}_leftImg8bit${item.ending}`)
    yield written(`gtFine/${folder}/${item.stem}_gtFine_labelTrainIds.png`, png)
  }
}

async function* writeVoc(set: Set): AsyncGenerator<WrittenFile> {
  yield maskClasses(set.classes)
  const palette = Array.from({ length: 256 }, (_, number) => vocColour(number))
  const names = new Map<PartName, string[]>(set.sets.map(({ part }) => [part, []]))
  for await (const { item, png } of withMasks(set, numbered(palette))) {
    yield set.picture(item, `JPEGImages/${fileOf(item)}`)
    yield written(`SegmentationClass/${item.stem}.png`, png)
    names.get(item.part)!.push(`${item.stem}\n`)
  }
  for (const [part, own] of set.divided ? names : [])
    yield text(`ImageSets/Segmentation/${usualNames[part]}.txt`, own.join(''))
}

const has = ({ paths }: Place, ...patterns: readonly RegExp[]): boolean =>
  patterns.every((pattern) => paths.some((path) => pattern.test(path)))

export const maskLayouts: readonly Layout<'segment'>[] = [
  {
    ...{ name: 'voc', task: 'segment', title: "PASCAL VOC's masks: PNG with a palette, lists of the parts" },
    together: true,
    tree: ['JPEGImages/#.jpg', 'SegmentationClass/#.png', 'ImageSets/Segmentation/train.txt  val.txt'],
    isThere: (place) => has(place, /(^|\/)JPEGImages\//, /(^|\/)SegmentationClass(PNG)?\//),
    write: writeVoc,
  },
  {
    ...{ name: 'cityscapes', task: 'segment', title: "Cityscapes' tree: a folder of each city, masks by their ids" },
    tree: [
      'leftImg8bit/train/CITY/#_leftImg8bit.png',
      'gtFine/train/CITY/#_gtFine_labelTrainIds.png  (or _labelIds, _color)',
    ],
    isThere: (place) => has(place, /^leftImg8bit\//, /^gt(Fine|Coarse)\//),
    write: writeCityscapes,
  },
  {
    ...{ name: 'camvid-colours', task: 'segment', title: "CamVid's masks in colours, with a table of them" },
    tree: ['train/#.png  train_labels/#_L.png', 'val/…  val_labels/…', 'class_dict.csv  (name,r,g,b)'],
    isThere: (place) => has(place, /^train\//, /^train_labels\//),
    write: writeColours,
  },
  {
    ...{ name: 'camvid', task: 'segment', title: "CamVid's folders: trainannot/ beside train/" },
    tree: ['train/#.png  trainannot/#.png', 'val/#.png  valannot/#.png', 'test/#.png  testannot/#.png'],
    isThere: (place) => has(place, /^train\//, /^train[ ._-]?(annot|mask|seg|gt)/i),
    write: writeCamVid,
  },
  {
    ...{ name: 'masks', task: 'segment', title: 'pictures in images/, their masks under the same names in masks/' },
    tree: ['images/#.jpg', 'masks/#.png', 'or both in train/, val/ and test/, or images/train/ …'],
    isThere: (place) => hasMasks(place) || has(place, /^[^/]+\/images?\//i, /^[^/]+\/(masks?|labels?)\//i),
    write: writeMasks,
  },
]
