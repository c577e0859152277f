// Layouts of pictures with a class each.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import { namedParts } from '../data/named-pictures.ts'
import { classParts, filesAtTop, hasBareParts, hasClassFolders, type Place } from '../data/place.ts'
import {
  classesFile,
  type Item,
  type Layout,
  ofPart,
  usualNames,
  type WritableSet,
  type WrittenFile,
} from './layout.ts'

type Set = WritableSet<data.ClassifiedPicture>

const fileOf = ({ stem, ending }: Item): string => `${stem}${ending}`

/** What no system takes for the name of a folder, or what leads out of one. */
const noFolder = /[/\\:*?"<>|]|\p{Cc}|^\.|[. ]$|^$/u

function checkFolderNames(classes: readonly string[]): void {
  const odd = classes.find((name) => noFolder.test(name) || data.isClutter(name) || name.length > 200)
  check(
    odd === undefined,
    () =>
      `the class ${JSON.stringify(odd)} cannot be the name of a folder. Write a table in place of folders: --to csv.`,
  )
}

async function* writeFolders(set: Set): AsyncGenerator<WrittenFile> {
  checkFolderNames(set.classes)
  for (const item of set.items) {
    const own = set.divided ? `${usualNames[item.part]}/` : ''
    yield set.picture(item, `${own}${set.classes[set.labelOf(item)]}/${fileOf(item)}`)
  }
  yield classesFile(set.classes)
}

async function* writeNames(set: Set): AsyncGenerator<WrittenFile> {
  checkFolderNames(set.classes)
  const odd = set.classes.find((name) => data.classInName(`${name}.0.jpg`) !== name)
  check(
    odd === undefined,
    () => `the class ${JSON.stringify(odd)} cannot be told from the name ${odd}.0.jpg. Write folders: --to folders.`,
  )
  const counts = set.classes.map(() => 0)
  for (const item of ofPart(set.items, 'train')) counts[set.labelOf(item)]++
  const rare = counts.indexOf(1)
  check(
    rare < 0,
    () =>
      `the class ${set.classes[rare]} has one picture to train on, of which the name would not be taken for a class. Write folders: --to folders.`,
  )
  const next = set.classes.map(() => 0)
  for (const item of set.items) {
    const label = set.labelOf(item)
    const own = set.divided ? `${usualNames[item.part]}/` : ''
    yield set.picture(item, `${own}${set.classes[label]}.${next[label]++}${item.ending}`)
  }
  yield classesFile(set.classes)
}

/** Tables of names and classes; `tableOf` says what a part's is called and where its pictures lie. */
async function* writeTables(
  set: Set,
  header: string,
  tableOf: (part: string) => { readonly table: string; readonly folder: string },
  nameOf: (folder: string, item: Item) => string,
): AsyncGenerator<WrittenFile> {
  for (const { part } of set.sets) {
    const { table, folder } = tableOf(set.divided ? usualNames[part] : '')
    const items = ofPart(set.items, part)
    for (const item of items) yield set.picture(item, `${folder}/${fileOf(item)}`)
    const rows = function* (): Generator<string> {
      yield `${header}\n`
      for (const item of items)
        yield `${data.tableField(nameOf(folder, item))},${data.tableField(set.classes[set.labelOf(item)])}\n`
    }
    yield { path: table, pieces: rows() }
  }
  yield classesFile(set.classes)
}

const writeTable = (set: Set) =>
  writeTables(
    set,
    'file,label',
    (part) => ({
      table: part === '' ? 'labels.csv' : `${part}.csv`,
      folder: part === '' ? 'images' : `images/${part}`,
    }),
    (folder, item) => `${folder}/${fileOf(item)}`,
  )

const writeKaggle = (set: Set) =>
  writeTables(
    set,
    'id,label',
    (part) => ({ table: `${part === '' ? 'train' : part}_labels.csv`, folder: part === '' ? 'train' : part }),
    (_, { stem }) => stem,
  )

const hasTable = (place: Place): boolean => filesAtTop(place, /\.(csv|tsv|txt|lst)$/i).length > 0

/** Whether pictures lie in folders of classes, with or without parts. */
function hasFolders(place: Place): boolean {
  try {
    return hasClassFolders(place) && !hasBareParts(place) && classParts(place) !== null
  } catch {
    return false
  }
}

export const classLayouts: readonly Layout<'classify'>[] = [
  {
    ...{
      name: 'folders',
      task: 'classify',
      title: 'a folder for each class, as ImageFolder has them, with or without parts',
    },
    tree: ['train/cat/#.jpg  train/dog/#.jpg', 'val/…  test/…', 'or cat/#.jpg  dog/#.jpg'],
    isThere: hasFolders,
    write: writeFolders,
  },
  {
    ...{ name: 'names', task: 'classify', title: 'pictures named after their class, as Dogs vs Cats has them' },
    tree: ['cat.0.jpg  dog.0.jpg', 'or in train/, val/ and test/'],
    isThere: (place) => namedParts(place) !== null,
    write: writeNames,
  },
  {
    ...{
      name: 'kaggle',
      task: 'classify',
      title: "Kaggle's: a table of names without ending, the pictures in a folder",
    },
    tree: ['train_labels.csv  (id,label)', 'train/#.jpg', 'test/#.jpg'],
    isThere: (place) =>
      filesAtTop(place, /^train(_labels)?\.csv$/i).length > 0 && place.paths.some((path) => /^train\//.test(path)),
    write: writeKaggle,
  },
  {
    ...{ name: 'csv', task: 'classify', title: 'a table with the name of a picture and its class in each row' },
    tree: ['labels.csv  (file,label), or train.csv  val.csv  test.csv', 'images/#.jpg'],
    isThere: hasTable,
    write: writeTable,
  },
]
