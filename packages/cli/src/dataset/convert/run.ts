// `convoke data convert`: a data set in another layout.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { replaceFile } from 'convoke/files'
import { check, thousands } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import { fileProblem } from '../../file-problem.ts'
import { type DataText, readDataOptions } from '../../options/data-options.ts'
import { print, printJson, printNotes } from '../../terminal/output.ts'
import { breathe, startProgress } from '../../terminal/progress.ts'
import { visible } from '../../terminal/visible.ts'
import { counted } from '../../terminal/words.ts'
import { withoutUndefined } from '../../train/request.ts'
import { listedClasses } from '../../training/data/class-order.ts'
import type { OpenOptions, Parts } from '../../training/data/opened.ts'
import { decoderFor } from '../../training/data/pictures.ts'
import type { Place } from '../../training/data/place.ts'
import { placeOf } from '../../training/data/place.ts'
import {
  type Layout,
  type LayoutTask,
  layoutIn,
  layoutNamed,
  layouts,
  layoutTasks,
  tasksWith,
  type WrittenFile,
} from '../../training/layouts/index.ts'
import { dataNotes, readParts } from '../../training/open-data.ts'
import { kindOf } from '../inspect/detect.ts'
import { linkGuard, setName, writableSet } from './writable.ts'

export interface ConvertText extends DataText {
  readonly to?: string
  readonly task?: string
  readonly followLinks: boolean
  readonly json: boolean
}

/** Files written at a time. */
const together = 16

/** The task of the data: as asked for, the one that has the layout, or what the folder is taken for. */
async function taskOf(from: string, { to, task }: ConvertText, options: OpenOptions): Promise<LayoutTask> {
  const possible = to === undefined ? layoutTasks : tasksWith(to)
  if (task !== undefined) {
    const asked = layoutTasks.find((own) => own === task)
    if (asked === undefined) throw new UsageError(`--task is ${JSON.stringify(task)}. Use ${layoutTasks.join(', ')}.`)
    return asked
  }
  if (possible.length === 1) return possible[0]
  const kind = await kindOf(await placeOf(from), options)
  const found = kind === 'folders' ? 'classify' : kind
  const own = layoutTasks.find((one) => one === found)
  if (own === undefined)
    throw new UsageError(
      `${from} is data for ${found}, which has no other layouts. Only data for ${layoutTasks.join(', ')} can be converted.`,
    )
  return own
}

/** Throws `UsageError` where the new folder would be in the way of something. */
async function checkTarget(from: string, to: string): Promise<void> {
  const [source, target] = [resolve(from), resolve(to)]
  const isInside = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}${sep}`)
  if (isInside(target, source) || isInside(source, target))
    throw new UsageError(`${to} and ${from} are inside one another. Name a new folder beside ${from}.`)
  const found = await stat(to).catch(() => null)
  if (found === null) return
  if (!found.isDirectory()) throw new UsageError(`${to} is a file. Name a new folder.`)
  if ((await readdir(to)).length > 0)
    throw new UsageError(`${to} exists and is not empty; nothing is overwritten. Name a new folder.`)
  await rmdir(to)
}

/** Writes a file of the new set below a folder. Throws `ConvokeError` for a path that would lead out of it. */
async function writeOne(folder: string, { path, bytes, pieces }: WrittenFile, made: Set<string>): Promise<void> {
  const segments = path.split('/')
  check(
    segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..' && !/[\\/\0]/.test(segment)),
    () =>
      `${JSON.stringify(path)} is not a path that can be written: a class or a name in the data points outside the folder.`,
  )
  const target = join(folder, path)
  const own = dirname(target)
  if (!made.has(own)) {
    await mkdir(own, { recursive: true })
    made.add(own)
  }
  if (bytes !== undefined) return writeFile(target, await bytes(), { flag: 'wx' })
  const stream = createWriteStream(target, { flags: 'wx' })
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error))
  failed.catch(() => {})
  let text = ''
  for await (const piece of pieces ?? []) {
    text += piece
    if (text.length < 2 ** 16) continue
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), failed])
    text = ''
  }
  const closed = once(stream, 'close')
  stream.end(text)
  await Promise.race([closed, failed])
}

async function writeAll(folder: string, files: AsyncIterable<WrittenFile>, onPicture: () => void): Promise<number> {
  const made = new Set<string>()
  const paths = new Set<string>()
  let group: Promise<void>[] = []
  let count = 0
  await mkdir(folder, { recursive: true })
  const finish = async (): Promise<void> => {
    const results = await Promise.allSettled(group)
    group = []
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await breathe()
  }
  try {
    for await (const file of files) {
      const key = file.path.normalize('NFC').toLowerCase()
      check(
        !paths.has(key),
        () =>
          `two files would have the path ${file.path}: names in the data differ only in upper and lower case, or in how accents are composed.`,
      )
      paths.add(key)
      group.push(writeOne(folder, file, made).then(file.isPicture ? onPicture : undefined))
      count++
      if (group.length >= together) await finish()
    }
    await finish()
  } finally {
    // What is still being written must not outlive the folder that a failure takes away.
    await Promise.allSettled(group)
  }
  return count
}

export interface Converted {
  readonly task: LayoutTask
  readonly from: string
  readonly layout: string
  readonly folder: string
  readonly parts: readonly { readonly part: string; readonly examples: number }[]
  readonly classes: readonly string[]
  readonly files: number
  readonly notes: readonly string[]
}

async function convert<T extends LayoutTask>(
  task: T,
  from: string,
  to: string,
  layout: Layout<T>,
  text: ConvertText,
  options: OpenOptions,
): Promise<Converted> {
  const reading = { ...options, size: 'own' as const }
  const { place, parts } = await readParts(task, from, reading)
  const before = await layoutIn(task, place)
  const classes = await classesOf(place, parts, task)
  const notes: string[] = []
  const guard = text.followLinks ? async () => {} : await linkGuard(place.source.name)
  const set = await writableSet<T>(parts, {
    together: layout.together === true,
    ...{
      name: setName(from),
      classes,
      guard,
      decode: await decoderFor(3),
      note: (message: string) => notes.push(message),
    },
  })
  const progress = await startProgress(`convoke data convert ${from}`, Math.max(1, set.items.length))
  let files = 0
  try {
    await replaceFile(to, async (temporary) => {
      files = await writeAll(temporary, layout.write(set), () => progress.advance(1))
    })
  } catch (error) {
    throw fileProblem(error, to)
  } finally {
    progress.stop()
  }
  return {
    ...{ task, from: before?.name ?? parts.kind, layout: layout.name, folder: to, classes, files },
    parts: set.sets.map(({ part }) => ({
      part: set.divided ? part : 'all',
      examples: set.items.filter((item) => item.part === part).length,
    })),
    notes: [...dataNotes(parts), ...notes],
  }
}

/** The classes in their order: those that a list beside the data names where it has all of them, and others that it names. */
async function classesOf(place: Place, { classes }: Parts<object>, task: LayoutTask): Promise<readonly string[]> {
  if (task !== 'classify' && task !== 'detect') return classes
  const listed = await listedClasses(place)
  return classes.every((name) => listed.includes(name)) ? listed : classes
}

/** Writes the data in a folder or file to a new folder, in another layout. Throws where it cannot; nothing is left of a failure. */
export async function convertData(from: string, to: string, text: ConvertText): Promise<Converted> {
  if (text.to === undefined)
    throw new UsageError(
      `name the layout to write: --to ${layouts.detect[0].name}, for instance. convoke data layouts lists them.`,
    )
  const options = withoutUndefined({ ...readDataOptions(text), strict: undefined })
  const task = await taskOf(from, text, options)
  const layout = layoutNamed(task, text.to)
  await checkTarget(from, to)
  return convert(task, from, to, layout as Layout<typeof task>, text, options)
}

export async function runConvert(from: string, to: string, text: ConvertText): Promise<void> {
  const done = await convertData(from, to, text)
  if (text.json) {
    printJson(done)
    return
  }
  printNotes(done.notes)
  const told = done.parts.map(
    ({ part, examples }) => `${thousands(examples)} ${part === 'all' ? 'examples' : `for ${part}`}`,
  )
  print(
    visible(
      `${to}: ${told.join(', ')}, ${counted(done.classes.length, 'class', 'classes')}, from ${done.from} to ${done.layout}. Look at them: convoke data inspect ${to}`,
    ),
  )
}

/** `convoke data layouts`: every layout that is read and written. */
export function runLayouts({ json }: { readonly json: boolean }): void {
  const all = layoutTasks.flatMap((task) => layouts[task].map(({ name, title, tree }) => ({ task, name, title, tree })))
  if (json) {
    printJson(all)
    return
  }
  const lines = layoutTasks.flatMap((task) => [
    `${task}:`,
    ...layouts[task].flatMap(({ name, title, tree }) => [
      `  ${name}: ${title}`,
      ...tree.map((line) => `      ${line}`),
    ]),
    '',
  ])
  print(lines.join('\n').trimEnd())
}
