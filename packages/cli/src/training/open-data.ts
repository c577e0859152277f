// Data for training and testing from whatever a user names: a folder, a file, or something that Convoke makes itself.

import { existsSync } from 'node:fs'
import { data } from 'convoke'
import { cachedDataset } from 'convoke/node'
import { check } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { asUsage, UsageError } from '../errors.ts'
import { openBoxes } from './data/boxes.ts'
import { builtIn, builtInNames } from './data/built-in.ts'
import { listedOrder } from './data/class-order.ts'
import { classWarnings, labelsIn, unlearntWarnings } from './data/class-warnings.ts'
import { openClassified } from './data/classified.ts'
import { checkLayout } from './data/layout.ts'
import { openMasks } from './data/masks.ts'
import type { Examples, HeldOut, Opened, OpenOptions, Parts, TaskName } from './data/opened.ts'
import { checkForm } from './data/other-forms.ts'
import { type Place, placeOf } from './data/place.ts'
import { labelMap, relabel } from './data/relabel.ts'
import { openSeries } from './data/series.ts'
import { openTexts } from './data/texts.ts'
import { groupWarnings, withDigests } from './data/twins.ts'

export type { Examples, Opened, OpenOptions, PictureForm, SequenceForm, TaskName } from './data/opened.ts'
export { taskNames } from './data/opened.ts'

type Readers = { readonly [T in TaskName]: (place: Place, options: OpenOptions) => Promise<Parts<Examples[T]>> }

const readers: Readers = {
  classify: (place, options) => openClassified(place, 'classify', options),
  generate: (place, options) => openClassified(place, 'generate', options),
  segment: openMasks,
  detect: openBoxes,
  text: openTexts,
  sequence: openSeries,
}

/**
 * The training, validation and test part of `source`, with class names and what was left out. A name of generated data
 * counts before a path; write ./digits for a folder of that name. Parts that the data does not bring are split off the
 * training part, each class alike. Throws `ConvokeError` where nothing can be used, and with `strict` at the first problem.
 */
export async function openData<T extends TaskName>(
  task: T,
  source: string,
  options: OpenOptions = {},
): Promise<Opened<Examples[T]>> {
  checkEncoding(options)
  const made = builtIn(task, source, options)
  if (made !== null) return finish(source, made, options)
  const { place, parts, encoding } = await readParts(task, source, options)
  const order = options.order ?? (await listedOrder(place, parts.classes)) ?? undefined
  const opened = await finish(source, parts, { ...options, order })
  return encoding === undefined ? opened : { ...opened, encoding }
}

function checkEncoding({ encoding }: OpenOptions): void {
  if (encoding !== undefined) asUsage(() => data.encodingName(encoding))
}

/** Data as it lies in a folder or file. */
export interface ReadParts<E extends object> {
  readonly place: Place
  readonly parts: Parts<E>
  /** The encoding that texts were found to have where nobody named one; undefined for UTF-8 and UTF-16. */
  readonly encoding?: string | undefined
}

/** What a folder, a file, or a public data set by its name holds for a task, before anything is split off or left out. */
export async function readParts<T extends TaskName>(
  task: T,
  source: string,
  options: OpenOptions = {},
): Promise<ReadParts<Examples[T]>> {
  checkEncoding(options)
  const folder = existsSync(source) || !/^[\w-]+$/.test(source) ? source : await downloaded(task, source)
  const usualEncoding = options.usualEncoding ?? data.publicDatasets().find(({ name }) => name === source)?.encoding
  const place = await placeOf(folder)
  checkForm(place, task)
  await checkLayout(task, place, options)
  const encodings = new Map<string, string>()
  const onEncoding = (name: string, found: string): void => void encodings.set(name, found)
  const found = await readers[task](place, { ...options, usualEncoding, onEncoding })
  const guessed = usualEncoding === undefined ? [...encodings] : []
  const notes = [...(place.notes ?? []), ...guessed.map(encodingNote), ...(found.notes ?? [])]
  const problems = [...(place.problems ?? []), ...found.problems]
  const parts = { ...found, notes, problems }
  return { place, parts, ...(guessed.length > 0 && { encoding: guessed[0][1] }) }
}

const encodingNote = ([name, encoding]: readonly [string, string]): string =>
  `${name}: read as ${encoding}, the one encoding in which it makes sense. To choose another: --encoding.`

/** The folder of a public data set that was downloaded. Throws `UsageError` for a name that is none. */
async function downloaded(task: TaskName, name: string): Promise<string> {
  const names = builtInNames(task)
  const known = data.publicDatasets().map((set) => set.name)
  if (!known.includes(name)) {
    const made = names.length === 0 ? '' : ` What Convoke makes for ${task}: ${names.join(', ')}.`
    const hint = didYouMean(name, [...names, ...known])
    throw new UsageError(
      `the data ${name} is neither a file nor a folder.${made} What can be downloaded: ${known.join(', ')}.${hint}`,
    )
  }
  const folder = await cachedDataset(name)
  check(folder !== null, () => `the data set ${name} is not here yet. Get it: convoke data download ${name}`)
  return folder
}

/**
 * The part that alone is wanted, before it is relabelled: as the data brings it, or by the names of what was split off. Null where it
 * takes the whole training part to know it.
 */
function onlyPart<E extends object>(parts: Parts<E>, options: OpenOptions): data.Dataset<E> | null {
  const { only, heldOut = {} } = options
  if (only === undefined || !parts.files) return null
  const missing = (['validation', 'test'] as const).filter((part) => parts[part] === undefined && options[part] !== 0)
  const named = (part: 'validation' | 'test'): ReadonlySet<string> => new Set(heldOut[part])
  const where = (set: data.Dataset<E>, keep: (name: string) => boolean): data.Dataset<E> => {
    const indices = Array.from({ length: set.length }, (_, i) => i)
    return data.subset(
      set,
      indices.filter((index) => keep(set.nameOf!(index))),
    )
  }
  if (only !== 'train') {
    const own = parts[only]
    if (own !== undefined) return limited(own, options)
    const names = named(only)
    const found =
      names.size === 0 || parts.train.nameOf === undefined ? null : where(parts.train, (name) => names.has(name))
    return found?.length === names.size ? found : null
  }
  const train = limited(parts.train, options)
  if (missing.length === 0) return train
  if (train.nameOf === undefined || missing.some((part) => heldOut[part] === undefined)) return null
  const out = new Set(missing.flatMap((part) => [...named(part)]))
  return where(train, (name) => !out.has(name))
}

async function finish<E extends object>(source: string, parts: Parts<E>, options: OpenOptions): Promise<Opened<E>> {
  const problems = [...parts.problems]
  check(!options.strict || problems.length === 0, () => `${problems[0]} (strict)`)
  const { order = [] } = options
  const alike = order.length === parts.classes.length && order.every((name) => parts.classes.includes(name))
  const { classes = alike ? order : parts.classes } = options
  const map = parts.classes.length === 0 ? [] : labelMap(source, parts.classes, classes)
  const clean = async (set: data.Dataset<E> | undefined, limit = true): Promise<data.Dataset<E> | null> => {
    if (set === undefined) return null
    const own = map.length === 0 ? set : relabel(set, map, classes)
    const few = limit ? limited(own, options) : own
    if (!parts.files) return few
    const { strict, onProgress } = options
    const readable = await data.keepReadable(withDigests(few), { strict, onProgress })
    for (const problem of readable.problems) problems.push(problem)
    return readable.dataset
  }
  const alone = onlyPart(parts, options)
  if (alone !== null) {
    const own = await clean(alone, false)
    const { kind, picture, sequence, notes = [], warnings = [], masks, strays } = parts
    return {
      ...{ source, kind, classes, problems, notes, warnings, picture, masks, strays, sequence, split: [] },
      train: options.only === 'train' ? own! : parts.train,
      validation: options.only === 'validation' ? own : null,
      test: options.only === 'test' ? own : null,
    }
  }
  const [train, validation, test] = [await clean(parts.train), await clean(parts.validation), await clean(parts.test)]
  const sets = splitOff(source, train!, validation, test, options)
  const { kind, picture, sequence, notes = [], warnings = [], masks, strays, present, files, columns, white } = parts
  const twins = parts.twins ?? (files ? 'picture' : undefined)
  const equal = {
    ...{ train: train! },
    ...(validation !== null && { validation }),
    ...(test !== null && { test }),
  }
  const labelsOf = (part: data.PartName, set: data.Dataset<E> | null): ReadonlySet<number> | undefined => {
    const read = present?.[part]
    if (read !== undefined) return new Set(Array.from(read, (label) => map[label] ?? label))
    return set === null ? undefined : labelsIn(set)
  }
  return {
    source,
    kind,
    classes,
    problems,
    notes,
    warnings: [
      ...warnings,
      ...(twins === undefined ? [] : groupWarnings(twins, equal)),
      ...classWarnings(parts.classes),
      ...unlearntWarnings(classes, labelsOf('train', train), {
        validation: labelsOf('validation', validation),
        test: labelsOf('test', test),
      }),
    ],
    picture,
    ...(masks && { masks }),
    ...(columns && { columns }),
    ...(white && { white }),
    ...(strays && { strays }),
    ...(sequence && { sequence }),
    ...sets,
    ...(files && sets.split.length > 0 && { heldOut: heldOutOf(sets) }),
  }
}

/** The names of what was split off. */
function heldOutOf<E extends object>(sets: Sets<E>): HeldOut {
  const namesOf = (set: data.Dataset<E> | null): string[] =>
    set?.nameOf === undefined ? [] : Array.from({ length: set.length }, (_, i) => set.nameOf!(i))
  return Object.fromEntries(sets.split.map((part) => [part, namesOf(sets[part])]))
}

/** At most so many examples, of each class alike. */
function limited<E extends object>(set: data.Dataset<E>, { examples, seed = 0 }: OpenOptions): data.Dataset<E> {
  if (examples === undefined || examples >= set.length) return set
  return data.splitDataset(set, [examples / set.length], { seed })[0]
}

type Sets<E extends object> = Pick<Opened<E>, 'train' | 'validation' | 'test' | 'split' | 'shared'>

/** Takes what is missing from the training part. Throws `ConvokeError` where that leaves nothing of some part. */
export function splitOff<E extends object>(
  source: string,
  train: data.Dataset<E>,
  validation: data.Dataset<E> | null,
  test: data.Dataset<E> | null,
  options: OpenOptions,
): Sets<E> {
  const { seed = 0, keepTogether = true } = options
  const shares = [
    ...(validation === null && options.validation !== 0 ? [['validation', options.validation ?? 0.1] as const] : []),
    ...(test === null && options.test !== 0 ? [['test', options.test ?? 0.1] as const] : []),
  ]
  const taken = shares.reduce((total, [, share]) => total + share, 0)
  check(taken < 1, () => `the shares held out add up to ${taken}; something must be left to train on.`)
  if (shares.length === 0) return { train, validation, test, split: [] }
  const all = [1 - taken, ...shares.map(([, share]) => share)]
  const grouped = data.splitDataset(train, all, { seed })
  // With few different texts, those that belong together leave too little for a part.
  const torn = keepTogether && grouped.some((part, at) => part.length < 0.5 * Math.floor(all[at] * train.length))
  const { groupOf: _, ...loose } = train
  const parts = torn || !keepTogether ? data.splitDataset(loose, all, { seed }) : grouped
  const short = parts.findIndex((part) => part.length === 0)
  check(
    short < 0,
    () =>
      `${source}: ${train.length === 1 ? 'one example is' : `${train.length} examples are`} too few to hold some out for ${shares.map(([part]) => part).join(' and ')}. Add examples, or hold out none: --validation 0 --test 0.`,
  )
  const own = new Map(shares.map(([part], i) => [part, parts[i + 1]]))
  return {
    train: parts[0],
    validation: validation ?? own.get('validation') ?? null,
    test: test ?? own.get('test') ?? null,
    split: shares.map(([part]) => part),
    ...(torn && {
      shared: `too few are different to keep equal ones in one part: ${shares.map(([part]) => part).join(' and ')} share some with the training, so the scores look better than they are`,
    }),
  }
}

/** How many problems of data are told before the rest is counted. */
const told = 5

/** What the user should read of data that was opened: what was guessed, what may spoil the training, what was left out. */
export const dataNotes = ({
  notes = [],
  warnings = [],
  problems,
}: Pick<Parts<object>, 'notes' | 'warnings' | 'problems'>) => [...notes, ...warnings, ...problemNotes(problems)]

/** Notes for the user on what was left out. */
export function problemNotes(problems: readonly string[]): string[] {
  if (problems.length <= told) return [...problems]
  return [...problems.slice(0, told), `${problems.length - told} more like these; ${problems.length} in all.`]
}
