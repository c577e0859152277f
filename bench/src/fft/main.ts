// Fourier transforms, float32, beside scipy.fft and FFTW's measured plans (one thread each), in turns: native code on one thread and on
// two, WebAssembly on one.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as convoke from 'convoke'
import { check, largestOf } from 'convoke/shapes'
import { type Budget, pause } from '../measure.ts'
import { noise } from '../random.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { geometricMean, median } from '../statistics.ts'
import { type TransformCase, transformCases } from './cases.ts'
import { type Peers, startPeers } from './peers.ts'

/** Of the largest element of a result: float32 rounding in a different order. */
const largestDifference = 2e-6

/** Who takes turns: an engine of Convoke with so many threads, or a peer. */
const own = [
  { name: 'one', backend: 'native', threads: 1 },
  { name: 'two', backend: 'native', threads: 2 },
  { name: 'wasm', backend: 'wasm', threads: 1 },
] as const

type Contender = (typeof own)[number]['name'] | 'scipy' | 'fftw'

interface Row {
  readonly name: string
  readonly times: Partial<Record<Contender, number>>
  /** The median over rounds of what the other took, in terms of the first. */
  readonly ratios: Partial<Record<Contender, number>>
}

const transform = ({ kind, axes }: TransformCase, x: convoke.Tensor): convoke.Tensor =>
  kind === 'fft' ? convoke.fft(x, { axes }) : convoke.rfft(x, { axes })

/** What a contender does `times` over; milliseconds of one. */
type Turn = (times: number) => Promise<number>

async function ownTurn(
  { backend, threads }: (typeof own)[number],
  task: TransformCase,
  values: Float32Array,
): Promise<{ turn: Turn; result: () => Promise<Float32Array>; close: () => void }> {
  const use = async (): Promise<void> => {
    await convoke.useBackend(backend)
    convoke.setThreads(threads)
  }
  await use()
  const x = convoke.tensor(values, { shape: task.kind === 'fft' ? [...task.shape, 2] : task.shape })
  return {
    turn: async (times) => {
      await use()
      // One that is not timed, after a change of engine or threads.
      transform(task, x).dispose()
      const start = performance.now()
      for (let i = 0; i < times; i++) transform(task, x).dispose()
      return (performance.now() - start) / times
    },
    result: async () => {
      await use()
      const y = transform(task, x)
      const data = (await y.data()) as Float32Array
      y.dispose()
      return data
    },
    close: () => x.dispose(),
  }
}

async function measureCase(task: TransformCase, peers: Peers | null, folder: string, budget: Budget): Promise<Row> {
  const size = task.shape.reduce((a, b) => a * b, 1)
  const values = noise(task.kind === 'fft' ? 2 * size : size, 1)
  const file = join(folder, 'values.f32')
  writeFileSync(file, values)
  const sample = Array.from({ length: 1000 }, (_, i) => (i * 104729) % size)
  const expected = await peers?.load(task, file, sample)
  const turns = new Map<Contender, Turn>()
  const closing: (() => void)[] = []
  for (const entry of own) {
    const { turn, result, close } = await ownTurn(entry, task, values)
    closing.push(close)
    if (expected !== undefined) {
      const actual = await result()
      const off = largestOf(sample.map((place, i) => Math.abs(actual[place] - expected.sample[i]))) / expected.peak
      check(
        off <= largestDifference,
        () => `bench: ${task.name} (${entry.name}) differs from SciPy's result by ${off}.`,
      )
    }
    turns.set(entry.name, turn)
  }
  if (peers !== null) turns.set('scipy', (times) => peers.run('scipy', times))
  if (peers?.fftw === true) turns.set('fftw', (times) => peers.run('fftw', times))
  const counts = new Map<Contender, number>()
  for (const [name, turn] of turns) {
    await turn(1)
    counts.set(name, Math.max(1, Math.min(1000, Math.round(budget.turn / (await turn(3))))))
  }
  const taken = new Map<Contender, number[]>([...turns.keys()].map((name) => [name, []]))
  for (let round = 0; round < budget.rounds; round++) {
    const order = round % 2 === 0 ? [...turns] : [...turns].reverse()
    for (const [name, turn] of order) {
      await pause(budget.settle)
      taken.get(name)?.push(await turn(counts.get(name) ?? 1))
    }
  }
  for (const close of closing) close()
  const first = taken.get('one') ?? []
  return {
    name: task.name,
    times: Object.fromEntries([...taken].map(([name, list]) => [name, median(list)])),
    ratios: Object.fromEntries([...taken].map(([name, list]) => [name, median(list.map((ms, i) => ms / first[i]))])),
  }
}

const shown = (value: number | undefined, digits: (value: number) => string): string =>
  value === undefined ? '–' : digits(value)

const ms = (value: number | undefined): string => shown(value, (time) => time.toPrecision(3))
const times = (value: number | undefined): string => shown(value, (ratio) => `${ratio.toFixed(2)}×`)

const inverse = (ratio: number | undefined): number | undefined => (ratio === undefined ? undefined : 1 / ratio)

function table(rows: readonly Row[], version: string): string[] {
  const mean = (name: Contender, of: (ratio: number) => number = (ratio) => ratio): string => {
    const list = rows.flatMap(({ ratios }) => (ratios[name] === undefined ? [] : [of(ratios[name])]))
    return list.length === 0 ? '–' : times(geometricMean(list))
  }
  return columns([
    [
      ...['float32', 'Convoke, ms', '2 threads, ms', 'WASM, ms', `SciPy ${version}, ms`, 'FFTW, ms'],
      ...['to SciPy', 'to FFTW', '2 threads to 1', 'WASM to native'],
    ],
    ...rows.map(({ name, times: took, ratios }) => [
      ...[name, ms(took.one), ms(took.two), ms(took.wasm), ms(took.scipy), ms(took.fftw)],
      ...[times(ratios.scipy), times(ratios.fftw), times(inverse(ratios.two)), times(inverse(ratios.wasm))],
    ]),
    [
      ...['geometric mean', '', '', '', '', '', mean('scipy'), mean('fftw')],
      ...[mean('two', (ratio) => 1 / ratio), mean('wasm', (ratio) => 1 / ratio)],
    ],
  ])
}

/** Runs the benchmark; `filter` chooses among the rows by name. Whether there was a row whose name matches. */
export async function transforms(filter: string | undefined, budget: Budget): Promise<boolean> {
  const chosen = transformCases.filter(({ name }) => new RegExp(filter ?? '', 'iu').test(name))
  if (chosen.length === 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'convoke-bench-'))
  const peers = await startPeers()
  if (peers === null) say('no Python with SciPy here (Debian: python3-scipy): Convoke is timed alone')
  else if (!peers.fftw) say('no FFTW here (Debian: libfftw3-single3): it is left out')
  try {
    const rows: Row[] = []
    for (const task of chosen) {
      say(task.name)
      rows.push(await measureCase(task, peers, folder, budget))
    }
    process.stdout.write(`${table(rows, peers?.version ?? '').join('\n')}\n`)
    return true
  } finally {
    peers?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
