// `convoke data generate`: data that Convoke makes itself, as files.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asUsage, UsageError } from '../errors.ts'
import { writeWhole } from '../picture/write-whole.ts'
import { print, printJson } from '../terminal/output.ts'
import { startProgress } from '../terminal/progress.ts'
import { visible } from '../terminal/visible.ts'
import { type MadeFile, type MakeOptions, type Maker, makerOf, type Part } from './makers.ts'

export interface GenerateOptions {
  readonly out: string
  readonly count?: string | undefined
  readonly test?: string | undefined
  readonly seed: string
  readonly size?: string | undefined
  readonly length?: string | undefined
  readonly format?: string | undefined
  readonly json: boolean
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || text.trim() === '')
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; it must be a whole number of ${least} or more.`)
  return value
}

/** The options as numbers; those that mean nothing for what is made are refused. */
function read(maker: Maker, options: GenerateOptions): { readonly parts: readonly Part[]; readonly format: string } {
  for (const name of ['size', 'length'] as const) {
    if (options[name] !== undefined && maker[name] === undefined)
      throw new UsageError(`${maker.name} has no --${name}.`)
  }
  const { format = maker.formats[0] } = options
  if (!maker.formats.includes(format))
    throw new UsageError(
      `${maker.name} cannot be written as ${JSON.stringify(format)}. Use ${maker.formats.join(' or ')}.`,
    )
  const number = (name: 'count' | 'test' | 'size' | 'length', usual: number, least: number): number =>
    options[name] === undefined ? usual : wholeNumber(name, options[name], least)
  const seed = wholeNumber('seed', options.seed, 0)
  const shared = { size: number('size', maker.size ?? 0, 1), length: number('length', maker.length ?? 0, 1) }
  const [count, test] = [number('count', maker.count, 1), number('test', 0, 0)]
  // The test part draws from another stream, so that nothing in it was seen in training.
  const part = (name: string, given: Pick<MakeOptions, 'count' | 'seed'>): Part => ({
    name,
    options: { ...shared, ...given },
  })
  const parts =
    test === 0
      ? [part('', { count, seed: 2 * seed })]
      : [part('train', { count, seed: 2 * seed }), part('test', { count: test, seed: 2 * seed + 1 })]
  return { parts, format }
}

async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch(() => [])
  if (entries.length > 0)
    throw new UsageError(`${folder} is not empty. Name a new folder: old and new examples would mix.`)
}

export async function runGenerate(name: string, options: GenerateOptions): Promise<void> {
  const maker = asUsage(() => makerOf(name))
  const { parts, format } = read(maker, options)
  // Refuses what the generator cannot draw before anything is written.
  const made = asUsage(() => parts.map((part) => maker.files(part, format)))
  await refuseFull(options.out)
  const total = parts.reduce((sum, part) => sum + part.options.count, 0)
  const progress = await startProgress(`convoke data generate ${name}`, total)
  const pairs = maker.name === 'shapes-masks' || format === 'voc'
  const filesPerExample = pairs ? 2 : ['folders', 'coco'].includes(format) ? 1 : 0
  let files = maker.shared?.length ?? 0
  try {
    for (const part of made) {
      for await (const file of part) {
        await write(options.out, file)
        files++
        progress.advance(filesPerExample === 0 ? 0 : 1 / filesPerExample)
      }
    }
    for (const file of maker.shared ?? []) await write(options.out, file)
  } finally {
    progress.stop()
  }
  const counts = parts.map(({ name: part, options: own }) => ({
    part: part === '' ? 'all' : part,
    examples: own.count,
  }))
  if (options.json) {
    printJson({ name, task: maker.task, format, folder: options.out, parts: counts, files, seed: Number(options.seed) })
    return
  }
  const told = counts
    .map(({ part, examples }) => `${examples} ${part === 'all' ? 'examples' : `for ${part}`}`)
    .join(', ')
  print(
    visible(
      `${options.out}: ${name} (${maker.summary}), ${told}, as ${format}. Look at them: convoke data inspect ${options.out}`,
    ),
  )
}

const write = (folder: string, { path, bytes }: MadeFile): Promise<void> =>
  writeWhole(join(folder, path), (temporary) => writeFile(temporary, bytes))
