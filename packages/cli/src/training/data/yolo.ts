// Pictures with boxes as YOLO has them: labels/*.txt beside images/, with or without a data.yaml.

import { basename } from 'node:path'
import { data } from 'convoke'
import { check } from 'convoke/shapes'
import type { BoxedParts } from './boxed-parts.ts'
import type { OpenOptions } from './opened.ts'
import { called, type PartName, type Place, partsByFolder } from './place.ts'

/** A data.yaml of more is none. */
const mostYaml = 2 ** 22

/** What a YAML file holds. Throws `ConvokeError` with its name and line. */
async function readYaml({ source }: Place, file: string): Promise<unknown> {
  const name = `${source.name}/${file}`
  const bytes = await source.read(file)
  check(bytes.length <= mostYaml, () => `${name}: it is larger than 4 MiB, so it cannot be a data.yaml.`)
  const { parse, YAMLParseError } = await import('yaml')
  try {
    // Aliases that name one another would fill the memory.
    return parse(data.decodeText(name, bytes), { maxAliasCount: 100, logLevel: 'error' })
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof ReferenceError) {
      const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined
      const reason = error.message
        .split('\n', 1)[0]
        .replace(/ at line \d+.*$/, '')
        .replace(/[.:]$/, '')
      check(false, () => `${name}${line === undefined ? '' : `, line ${line}`}: this is not YAML (${reason}).`)
    }
    throw error
  }
}

interface ConfigFile {
  readonly file: string
  readonly config: data.YoloConfig
}

/** The data.yaml of a set; null where there is none. Throws `ConvokeError` where several say different things. */
async function configOf(place: Place): Promise<ConfigFile | null> {
  const files = place.paths.filter((path) => /\.ya?ml$/i.test(path) && path.split('/').length <= 2)
  const found: ConfigFile[] = []
  for (const file of files.sort((a, b) => a.split('/').length - b.split('/').length)) {
    const isNamed = /^(data|dataset)\.ya?ml$/i.test(basename(file))
    // Other YAML files, as of settings, are none of ours, whole or damaged.
    const value = await readYaml(place, file).catch((error: unknown) => {
      if (isNamed || !(error instanceof Error)) throw error
      return null
    })
    if (data.isYoloConfig(value)) found.push({ file, config: data.yoloConfig(file, value) })
  }
  const [first, ...others] = found
  if (first === undefined) return null
  const names = (one: ConfigFile): string => JSON.stringify(one.config.classes)
  const other = others.find((one) => names(one) !== names(first))
  check(
    other === undefined,
    () => `${called(place)}: ${first.file} and ${other!.file} name different classes. Keep only the right one.`,
  )
  return first
}

/** Files that name a class in each line, beside labels without a data.yaml. */
const nameFiles = /^(classes|labels|obj|predefined_classes|_darknet)\.(txt|names|labels)$|\.names$/i

async function namesBeside(place: Place): Promise<readonly string[] | null> {
  const [file] = place.paths
    .filter((path) => nameFiles.test(basename(path)))
    .sort((a, b) => a.split('/').length - b.split('/').length)
  if (file === undefined) return null
  const lines = data.decodeText(`${place.source.name}/${file}`, await place.source.read(file)).split(/\r\n|\n|\r/)
  const names = lines.map((line) => line.normalize('NFC').trim()).filter((line) => line !== '')
  const twice = names.find((name, at) => names.indexOf(name) < at)
  check(twice === undefined, () => `${place.source.name}/${file}: two classes are called ${twice}.`)
  return names.length === 0 ? null : names
}

const line = /^\d+(\s+[+-]?[\d.]+(e[+-]?\d+)?){4,}$/i

/** Label files that are looked at to tell whether they are YOLO's: some are empty, for pictures without an object. */
const looked = 64

/** Whether most lines of a text file are boxes as YOLO has them. */
export async function areBoxLines(source: data.FileSource, path: string): Promise<boolean> {
  const bytes = await (source.readStart?.(path, 2 ** 12) ?? source.read(path))
  const lines = new TextDecoder()
    .decode(bytes)
    .split(/[\r\n]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
  // The last may be cut off.
  const whole = bytes.length === 2 ** 12 ? lines.slice(0, -1) : lines
  return whole.length > 0 && whole.filter((one) => line.test(one)).length > whole.length / 2
}

/** A label file with lines as YOLO has them; null where there is none. */
export async function yoloFile({ paths, source }: Place): Promise<string | null> {
  const labels = [...new Set(data.yoloLabels(paths).values())]
  const step = Math.max(1, labels.length / looked)
  for (let at = 0; at < labels.length; at += step) {
    const path = labels[Math.floor(at)]
    if (await areBoxLines(source, path)) return path
  }
  return null
}

/** Whether a place has boxes as YOLO has them: a data.yaml beside pictures, or such label files. */
export async function hasYolo(place: Place): Promise<boolean> {
  if (!place.paths.some(data.isPicture)) return false
  if (place.paths.some((path) => /(^|\/)(data|dataset)\.ya?ml$/i.test(path)) && data.yoloLabels(place.paths).size > 0)
    return true
  return (await yoloFile(place)) !== null
}

/** Pictures of each part: as the data.yaml says, else as lists train.txt and val.txt say, else by folders. */
async function partsOf(place: Place, found: ConfigFile | null): Promise<data.YoloParts> {
  const { paths, source } = place
  const readList = async (path: string): Promise<readonly string[]> =>
    data
      .decodeText(`${source.name}/${path}`, await source.read(path))
      .split(/\r\n|\n|\r/)
      .map((one) => one.trim())
      .filter((one) => one !== '')
  const told =
    found === null ? { parts: {}, notes: [] } : await data.yoloParts(found.file, found.config, paths, readList)
  if (told.parts.train !== undefined) return told
  const lists = { train: ['train.txt'], validation: ['val.txt', 'valid.txt'], test: ['test.txt'] } as const
  const listed = Object.fromEntries(
    Object.entries(lists).flatMap(([part, names]) => {
      const file = names.find((name) => paths.includes(name))
      return file === undefined ? [] : [[part, [file]] as const]
    }),
  )
  const pictures = paths.filter(data.isPicture)
  const labels = data.yoloLabels(paths)
  const isList = (listed['train'] ?? []).every((file) => ![...labels.values()].includes(file))
  if (listed['train'] !== undefined && isList) {
    const config = { classes: null, path: '', keypoints: false, notes: [], parts: listed }
    return data.yoloParts('train.txt', config, paths, readList)
  }
  const divided = partsByFolder(pictures, data.folderOf)
  if (divided === null) return { parts: { train: pictures }, notes: told.notes }
  const left = divided.loose.length
  const loose =
    left === 0
      ? []
      : [
          `${called(place)}: ${left === 1 ? 'one picture lies' : `${left} pictures lie`} in no folder of a part and ${left === 1 ? 'is' : 'are'} left out, such as ${divided.loose[0]}.`,
        ]
  return { parts: divided.parts, notes: [...told.notes, ...loose] }
}

/** Opens boxes as YOLO has them. Throws `ConvokeError` where no picture has a label. */
export async function openYolo(
  place: Place,
  decode: data.DecodePicture,
  { strict, only, classes }: OpenOptions,
): Promise<BoxedParts> {
  const { source } = place
  const found = await configOf(place)
  const { parts, notes } = await partsOf(place, found)
  const given = found?.config.classes ?? (await namesBeside(place))
  const isThere = only !== undefined && classes !== undefined && (parts[only]?.length ?? 0) > 0
  const wanted = isThere ? { [only]: parts[only]! } : parts
  const entries = (Object.entries(wanted) as [PartName, readonly string[]][]).filter(([, own]) => own.length > 0)
  const all = entries.flatMap(([, pictures]) => pictures)
  // All parts together: a number without a name may occur in one of them only.
  const keypoints = found?.config.keypoints
  const read = await data.yoloDataset(source, decode, {
    ...{ pictures: all, strict, keypoints, classes: given ?? undefined },
  })
  const partOfPicture = new Map(entries.flatMap(([part, pictures]) => pictures.map((path) => [path, part] as const)))
  const indices = new Map<PartName, number[]>(entries.map(([part]) => [part, []]))
  for (let i = 0; i < read.dataset.length; i++) indices.get(partOfPicture.get(read.dataset.nameOf!(i))!)!.push(i)
  const told = [...notes]
  if (given === null)
    told.push(
      `${called(place)}: no file names the classes, so they are numbered. Put their names into data.yaml (names: [cat, dog]) or classes.txt, one per line.`,
    )
  const { unlabelled } = read
  if (unlabelled.length > 0)
    told.push(
      `${called(place)}: ${unlabelled.length === 1 ? 'one picture has no label file and counts' : `${unlabelled.length} pictures have no label file and count`} as without objects, such as ${unlabelled[0]}.`,
    )
  const labels = data.yoloLabels(place.paths)
  const used = new Set(labels.values())
  const lonely = place.paths.filter(
    (path) => /(^|\/)labels\/.*\.txt$/i.test(path) && !used.has(path) && !nameFiles.test(basename(path)),
  )
  return {
    ...{ kind: 'YOLO boxes', classes: read.dataset.classes!, notes: told },
    problems: [...read.problems, ...lonely.map((path) => `${source.name}/${path}: there is no picture for it.`)],
    sets: Object.fromEntries([...indices].map(([part, own]) => [part, data.subset(read.dataset, own)])),
    ...{ boxes: read.boxes, ignored: read.ignored },
  }
}
