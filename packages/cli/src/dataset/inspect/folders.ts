// Folders of pictures, one a class: every file is read.

import { data } from 'convoke'
import { theClass } from '../../terminal/words.ts'
import { classWarnings } from '../../training/data/class-warnings.ts'
import { decoderFor, pictureFacts } from '../../training/data/pictures.ts'
import { classParts, type Place } from '../../training/data/place.ts'
import { isPictureName } from '../../training/data/table.ts'
import { balanceProblems, type Finding, type PartFinding, type Shown, sizeName, spread, Tally } from './finding.ts'
import { createTwins, digestOf, type Twins } from './twins.ts'

interface Readable {
  readonly path: string
  readonly label: string
}

interface Scan {
  readonly readable: Readable[]
  readonly sizes: Tally
  readonly problems: string[]
  readonly twins: Twins
}

/** Decoded at once; sharp works in threads of its own. */
const together = 8

const expected = /^(classes|labels|names|readme|license)(\.\w+)?$/i

export type Advance = (done: number) => void

/** How many files will be read. */
export const pictureCount = ({ paths }: Place): number => paths.filter(isPictureName).length

/** Reads every picture below `place`. `refusal` is what training says of it. */
export async function inspectFolders(
  place: Place,
  notes: readonly string[],
  refusal: string | null,
  advance: Advance,
): Promise<Finding> {
  const divided = classParts(place)
  const folders = divided.parts ?? { all: place }
  const scan: Scan = { readable: [], sizes: new Tally(), problems: [...(place.problems ?? [])], twins: createTwins() }
  const parts: PartFinding[] = []
  const readable: { readonly place: Place; readonly pictures: readonly Readable[] }[] = []
  let known: readonly string[] | null = null
  for (const [part, own] of Object.entries(folders) as [string, Place][]) {
    const before = scan.readable.length
    const found = await scanPart(part, own, scan, advance)
    readable.push({ place: own, pictures: scan.readable.slice(before) })
    parts.push(found)
    for (const problem of balanceProblems(found, 'pictures that can be read')) scan.problems.push(problem)
    const names = found.classes.map(({ name }) => name)
    if (known === null) {
      known = names
      if (names.length < 2)
        scan.problems.push(
          `${own.source.name}: there must be a folder for each of two classes or more; there ${names.length === 1 ? `is one, ${names[0]}` : 'is none'}.`,
        )
    } else {
      for (const name of names.filter((one) => !known!.includes(one)))
        scan.problems.push(`${part}: ${theClass(name)} is not among those of ${parts[0].part}.`)
    }
  }
  const names = new Set(parts.flatMap(({ classes }) => classes.map(({ name }) => name)))
  const facts = await pictureFacts(place.source, place.paths.filter(isPictureName))
  for (const warning of classWarnings([...names])) scan.problems.push(warning)
  return {
    ...{ kind: 'folders of pictures, one per class', task: 'classify', parts, counted: 'examples' },
    ...{ sizes: scan.sizes.byCount(), problems: scan.problems, refusal },
    facts: [...notes, ...divided.notes, ...(facts.notes ?? [])].map((note) => note.replace(/\.$/, '')),
    show: (most) => show(readable[0].place, readable[0].pictures, most),
  }
}

async function scanPart(part: string, place: Place, scan: Scan, advance: Advance): Promise<PartFinding> {
  const { paths, source } = place
  const strays = paths.filter((path) => !isPictureName(path) && !expected.test(path.split('/').at(-1)!))
  for (const path of strays.slice(0, 20))
    scan.problems.push(`${source.name}/${path}: ${data.unreadReason(path, 'no picture')}; it is ignored.`)
  if (strays.length > 20) scan.problems.push(`${source.name}: ${strays.length - 20} more files are not pictures.`)
  for (const path of paths.filter((one) => isPictureName(one) && !one.includes('/')))
    scan.problems.push(`${source.name}/${path}: the picture lies in no class folder; it is ignored.`)
  const classes = await data.classFolders(source)
  const tally = new Tally([...classes.keys()])
  const pictures = [...classes].flatMap(([label, own]) => own.map((path) => ({ path, label })))
  const decode = await decoderFor(3)
  for (let at = 0; at < pictures.length; at += together) {
    const group = pictures.slice(at, at + together)
    const read = await Promise.all(group.map((picture) => readOne(place, picture, decode)))
    for (const [i, result] of read.entries()) {
      if (typeof result === 'string') {
        scan.problems.push(result)
        continue
      }
      scan.readable.push(group[i])
      scan.sizes.add(result.size)
      tally.add(group[i].label)
      const where = `${source.name}/${group[i].path}`
      const twin = scan.twins.note(result.digest, { part, where, label: group[i].label })
      if (twin !== null) scan.problems.push(twin)
    }
    advance(group.length)
  }
  return { part, examples: tally.list().reduce((total, { count }) => total + count, 0), classes: tally.list() }
}

async function readOne(
  { source }: Place,
  { path }: Readable,
  decode: data.DecodePicture,
): Promise<string | { readonly size: string; readonly digest: string }> {
  let bytes: Uint8Array | undefined
  try {
    bytes = await source.read(path)
    const image = await decode(bytes)
    return { size: sizeName(image), digest: digestOf(bytes) }
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, '; ')
    return `${source.name}/${path}: the picture cannot be read (${data.unreadReason(path, reason, bytes)}).`
  }
}

async function show(place: Place, pictures: readonly Readable[], most: number): Promise<Shown[]> {
  const decode = await decoderFor(3)
  return Promise.all(
    spread(pictures.length, most).map(async (index) => {
      const { path, label } = pictures[index]
      return { image: await decode(await place.source.read(path)), name: label, file: path.replace(/^.*\//, '') }
    }),
  )
}
