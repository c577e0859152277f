// This build of Convoke beside another one, such as that of the commit before, in one process, turn by turn: layers of networks, training
// steps, and calls so small that what they cost beside their kernel shows.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as convoke from 'convoke'
import { check } from 'convoke/shapes'
import { type Layer, layers } from '../layers.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { geometricMean, median, quantile } from '../statistics.ts'
import { calls, layerCase, type Subject, stepCase } from './cases.ts'

export type Library = typeof convoke

const libraryPaths = ['packages/convoke/dist/for-node/index.js', 'dist/for-node/index.js']

/** The library built in `folder`, a checkout or its package. */
async function open(folder: string): Promise<Library> {
  const path = libraryPaths.map((below) => join(resolve(folder), below)).find(existsSync)
  check(
    path !== undefined,
    () => `bench: ${folder} holds no built library. Name a checkout in which \`npm ci\` has run.`,
  )
  return (await import(pathToFileURL(path).href)) as Library
}

interface Row {
  readonly name: string
  readonly before: number
  readonly after: number
  /** Of the time before over that of now: medians of neighbouring turns, in the geometric mean of both orders in memory. */
  readonly ratio: number
  readonly spread: readonly [number, number]
}

/** Milliseconds of a turn. */
const turn = 12

/** The mean time of a call within a turn of `calls` of them. */
function timed(run: () => void, count: number): number {
  const start = performance.now()
  for (let i = 0; i < count; i++) run()
  return (performance.now() - start) / count
}

/** Times before, times now and their ratios of neighbouring turns. What is prepared first may lie better in memory: `swapped`. */
function turns({ prepare }: Subject, libraries: readonly [Library, Library], rounds: number, swapped: boolean) {
  const order = swapped ? [1, 0] : [0, 1]
  const prepared = order.map((which) => prepare(libraries[which]))
  const [before, after] = order.map((which) => prepared[which].run)
  for (const run of [before, after]) timed(run, 3)
  const count = Math.max(1, Math.round(turn / Math.max(1e-4, timed(before, 3))))
  const found = Array.from({ length: rounds }, (_, round) => {
    const now = round % 2 === 1 ? timed(after, count) : undefined
    const other = timed(before, count)
    return { before: other, after: now ?? timed(after, count) }
  })
  for (const { dispose } of prepared) dispose()
  return found
}

function measure(subject: Subject, libraries: readonly [Library, Library], rounds: number): Row {
  const halves = [false, true].map((swapped) => turns(subject, libraries, rounds, swapped))
  const all = halves.flat()
  const ratiosOf = (half: typeof all) => half.map(({ before, after }) => before / after)
  return {
    name: subject.name,
    before: median(all.map(({ before }) => before)),
    after: median(all.map(({ after }) => after)),
    ratio: geometricMean(halves.map((half) => median(ratiosOf(half)))),
    spread: [quantile(ratiosOf(all), 0.25), quantile(ratiosOf(all), 0.75)],
  }
}

const milliseconds = (value: number): string => value.toPrecision(3)
const times = (value: number): string => `${value.toFixed(2)}×`

function lines(title: string, rows: readonly Row[]): string[] {
  const ratios = rows.map(({ ratio }) => ratio)
  const least = rows.reduce((least, row) => (row.ratio < least.ratio ? row : least))
  return [
    ...columns([
      [title, 'other, ms', 'this, ms', 'ratio', 'middle half'],
      ...rows.map(({ name, before, after, ratio, spread }) => [
        ...[name, milliseconds(before), milliseconds(after), times(ratio)],
        spread.map(times).join(' – '),
      ]),
    ]),
    `geometric mean ${times(geometricMean(ratios))}, least ${times(least.ratio)} (${least.name})`,
    '',
  ]
}

/** Times the library built in `folder` and this one, native, on one thread, on rows whose names match. */
export async function against(folder: string, filter: string | undefined, quick: boolean): Promise<void> {
  const pattern = new RegExp(filter ?? '', 'iu')
  const libraries = [await open(folder), convoke] as const
  for (const library of libraries) {
    await library.useBackend('native')
    library.setThreads(1)
  }
  const rounds = quick ? 3 : 11
  const networks = layers.filter(({ set }: Layer) => set === 'networks')
  const groups: readonly (readonly [string, readonly Subject[]])[] = [
    ['forward', layers.map((layer) => layerCase(layer))],
    ['forward and backward, batch 8', networks.map((layer) => layerCase(layer, 8))],
    ['training step', [stepCase]],
    ['small call', calls],
  ]
  let found = false
  for (const [title, all] of groups) {
    const chosen = all.filter(({ name }) => pattern.test(name))
    if (chosen.length === 0) continue
    found = true
    say(`${title}, ${chosen.length} ${chosen.length === 1 ? 'row' : 'rows'}`)
    const rows = chosen.map((subject) => measure(subject, libraries, rounds))
    process.stdout.write(`${lines(title, rows).join('\n')}\n`)
  }
  check(found, () => `bench: no row matches --filter ${JSON.stringify(filter)}.`)
}
