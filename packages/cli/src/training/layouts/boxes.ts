// Layouts of pictures with boxes.

import { data } from 'convoke'
import { hasVoc } from '../data/boxes.ts'
import type { PartName, Place } from '../data/place.ts'
import { hasYolo } from '../data/yolo.ts'
import {
  classesFile,
  type Item,
  type Layout,
  ofPart,
  text,
  usualNames,
  type WritableSet,
  type WrittenFile,
} from './layout.ts'

type Set = WritableSet<data.BoxedPicture>

/** What a file of boxes holds of an example, whose picture it calls `file`. */
const boxesOf = (set: Set, item: Item, file: string): data.BoxesToWrite => ({
  ...{ file, size: set.sizeOf(item), boxes: set.boxesOf(item) },
})

const fileOf = ({ stem, ending }: Item): string => `${stem}${ending}`

/** Says how many boxes to be ignored a layout loses. */
function noteIgnored(set: Set): void {
  const count = set.items.reduce((total, item) => total + set.boxesOf(item).filter(({ ignore }) => ignore).length, 0)
  if (count > 0)
    set.note(
      `${count === 1 ? 'one box that is' : `${count} boxes that are`} marked as difficult or crowds ${count === 1 ? 'is' : 'are'} left out: YOLO's labels have no form for the mark.`,
    )
}

async function* writeYolo(set: Set): AsyncGenerator<WrittenFile> {
  noteIgnored(set)
  const folders: Record<string, string> = {}
  for (const { part } of set.sets) {
    const own = set.divided ? `/${usualNames[part]}` : ''
    folders[usualNames[part]] = `images${own}`
    for (const item of ofPart(set.items, part)) {
      yield set.picture(item, `images${own}/${fileOf(item)}`)
      yield text(`labels${own}/${item.stem}.txt`, data.yoloLabel(set.sizeOf(item), set.boxesOf(item)))
    }
  }
  yield text('data.yaml', data.yoloYaml(folders, set.classes))
}

/** Pictures with an XML file each, below the folders that `place` tells. */
async function* writeXml(
  set: Set,
  items: readonly Item[],
  place: (item: Item) => { readonly pictures: string; readonly annotations: string },
): AsyncGenerator<WrittenFile> {
  for (const item of items) {
    const { pictures, annotations } = place(item)
    const file = fileOf(item)
    yield set.picture(item, `${pictures}${file}`)
    yield text(`${annotations}${item.stem}.xml`, data.vocAnnotation(boxesOf(set, item, file), set.classes))
  }
}

async function* writeVoc(set: Set): AsyncGenerator<WrittenFile> {
  yield* writeXml(set, set.items, () => ({ pictures: 'JPEGImages/', annotations: 'Annotations/' }))
  for (const { part } of set.divided ? set.sets : []) {
    const names = ofPart(set.items, part).map(({ stem }) => `${stem}\n`)
    yield text(`ImageSets/Main/${usualNames[part]}.txt`, names.join(''))
  }
  yield classesFile(set.classes)
}

async function* writeLabelImg(set: Set): AsyncGenerator<WrittenFile> {
  const own = (part: PartName): string => (set.divided ? `${usualNames[part]}/` : '')
  yield* writeXml(set, set.items, ({ part }) => ({
    pictures: `${own(part)}images/`,
    annotations: `${own(part)}annotations/`,
  }))
  yield classesFile(set.classes)
}

async function* writeTogether(set: Set): AsyncGenerator<WrittenFile> {
  yield* writeXml(set, set.items, ({ part }) => {
    const folder = set.divided ? `${usualNames[part]}/` : ''
    return { pictures: folder, annotations: folder }
  })
  yield classesFile(set.classes)
}

async function* writeCoco(set: Set): AsyncGenerator<WrittenFile> {
  for (const { part } of set.sets) {
    const folder = `${usualNames[part]}2017`
    const items = ofPart(set.items, part)
    for (const item of items) yield set.picture(item, `${folder}/${fileOf(item)}`)
    const pictures = items.map((item) => boxesOf(set, item, fileOf(item)))
    yield { path: `annotations/instances_${folder}.json`, pieces: data.cocoPieces(pictures, set.classes) }
  }
}

async function* writeRoboflow(set: Set): AsyncGenerator<WrittenFile> {
  for (const { part } of set.sets) {
    const folder = part === 'validation' ? 'valid' : part
    const items = ofPart(set.items, part)
    for (const item of items) yield set.picture(item, `${folder}/${fileOf(item)}`)
    const pictures = items.map((item) => boxesOf(set, item, fileOf(item)))
    yield { path: `${folder}/_annotations.coco.json`, pieces: data.cocoPieces(pictures, set.classes) }
  }
}

async function* writeTable(set: Set): AsyncGenerator<WrittenFile> {
  for (const { part } of set.sets) {
    const folder = set.divided ? usualNames[part] : 'images'
    const items = ofPart(set.items, part)
    for (const item of items) yield set.picture(item, `${folder}/${fileOf(item)}`)
    const rows = function* (): Generator<string> {
      yield data.boxHeader
      for (const item of items) yield data.boxRows(boxesOf(set, item, `${folder}/${fileOf(item)}`), set.classes)
    }
    yield { path: set.divided ? `${usualNames[part]}_labels.csv` : 'labels.csv', pieces: rows() }
  }
  yield classesFile(set.classes)
}

const some = ({ paths }: Place, pattern: RegExp): boolean => paths.some((path) => pattern.test(path))

export const boxLayouts: readonly Layout<'detect'>[] = [
  {
    ...{ name: 'voc', task: 'detect', title: "PASCAL VOC's boxes: an XML file for each picture, lists of the parts" },
    together: true,
    tree: ['JPEGImages/#.jpg', 'Annotations/#.xml', 'ImageSets/Main/train.txt  val.txt  test.txt'],
    isThere: (place) =>
      hasVoc(place) && some(place, /(^|\/)Annotations\/.*\.xml$/) && some(place, /(^|\/)JPEGImages\//),
    write: writeVoc,
  },
  {
    ...{
      name: 'labelimg',
      task: 'detect',
      title: "LabelImg's files: an XML file for each picture, in a folder beside",
    },
    tree: ['images/#.jpg', 'annotations/#.xml', 'or both in train/, val/ and test/'],
    isThere: (place) => hasVoc(place) && some(place, /(^|\/)annotations?\/.*\.xml$/i),
    write: writeLabelImg,
  },
  {
    ...{
      name: 'labelimg-together',
      task: 'detect',
      title: "LabelImg's files in one folder: each XML file beside its picture",
    },
    tree: ['#.jpg  #.xml', 'or in train/, val/ and test/'],
    isThere: hasVoc,
    write: writeTogether,
  },
  {
    ...{ name: 'roboflow', task: 'detect', title: "Roboflow's COCO: a JSON file in the folder of each part" },
    tree: ['train/_annotations.coco.json  #.jpg', 'valid/…  test/…'],
    isThere: (place) => some(place, /(^|\/)_annotations\.coco\.json$/),
    write: writeRoboflow,
  },
  {
    ...{ name: 'coco', task: 'detect', title: "COCO's tree: a JSON file for each part, its pictures in a folder" },
    tree: ['annotations/instances_train2017.json  instances_val2017.json', 'train2017/#.jpg  val2017/#.jpg'],
    isThere: (place) => some(place, /\.json$/i) && some(place, /(^|\/)(annotations?\/|instances_|coco)[^/]*\.json$/i),
    write: writeCoco,
  },
  {
    ...{
      name: 'yolo',
      task: 'detect',
      title: "YOLO's: a text file of boxes for each picture, a data.yaml with the classes",
    },
    tree: [
      'images/train/#.jpg  images/val/#.jpg',
      'labels/train/#.txt  labels/val/#.txt',
      'data.yaml',
      'or train/images/, train/labels/ …',
    ],
    isThere: hasYolo,
    write: writeYolo,
  },
  {
    ...{ name: 'csv', task: 'detect', title: 'a table with a box in each row, beside its pictures' },
    tree: [
      'train_labels.csv  test_labels.csv  (filename,width,height,class,xmin,ymin,xmax,ymax)',
      'train/#.jpg  test/#.jpg',
    ],
    isThere: (place) => some(place, /\.(csv|tsv)$/i),
    write: writeTable,
  },
]
