// Convolutions with large kernels, one thread and two, beside the better of SciPy's `fftconvolve` and `oaconvolve`, in turns;
// and their gradients beside the convolution itself.

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
import { type ConvolutionCase, convolutionCases } from './cases.ts'
import { type SciPy, startSciPy } from './scipy.ts'

/** Of the largest result. */
const largestDifference = 2e-5

interface Row {
  readonly name: string
  readonly one: number
  readonly two: number
  readonly peer: number | undefined
  /** Medians of the ratios of neighbouring turns. */
  readonly ratio: number | undefined
  readonly gain: number
  /** Both gradients over the convolution. */
  readonly gradients: number
  readonly way: string
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1)

/** The two ways to ask: a kernel over pictures and signals, or a filter a channel. */
function runnerOf({ input, kernel, mode }: ConvolutionCase, values: Float32Array, taps: Float32Array) {
  const channels = input[input.length - 1]
  const x = convoke.tensor(values, { shape: [...input] })
  if (channels === 1) {
    const k = convoke.tensor(taps, { shape: [...kernel] })
    return { tensors: [x, k], run: () => convoke.convolve(x, k, { mode }) }
  }
  // A network's convolution slides its filter as it is.
  const turned = convoke.flip(
    convoke.tensor(taps, { shape: [...kernel, 1, channels] }),
    kernel.map((_, axis) => axis),
  )
  const padding = kernel.map((size): [number, number] => [Math.ceil((size - 1) / 2), Math.floor((size - 1) / 2)])
  return { tensors: [x, turned], run: () => convoke.conv(x, turned, { padding, groups: channels }) }
}

/** Rounds at most: some of SciPy's turns take half a second. */
const mostRounds = 9

/** Milliseconds of one of `times` runs, after two on as many threads that are not timed. */
function timed(threads: number, run: () => convoke.Tensor, times: number): number {
  convoke.setThreads(threads)
  for (let i = 0; i < 2; i++) run().dispose()
  const start = performance.now()
  for (let i = 0; i < times; i++) run().dispose()
  return (performance.now() - start) / times
}

/** Forward and backward with a result's gradient of ones, over forward alone; both with a filter that is new each time. */
function gradientShare(fresh: () => ReturnType<typeof runnerOf>, turns: number): number {
  convoke.setThreads(1)
  const once = (backward: boolean): number => {
    const { tensors, run } = fresh()
    const start = performance.now()
    convoke.scope(() => {
      if (backward) convoke.valueAndGradients(() => convoke.sum(run()), tensors)
      else run()
    })
    const ms = performance.now() - start
    for (const tensor of tensors) tensor.dispose()
    return ms
  }
  const ratios = Array.from({ length: turns + 1 }, () => {
    const forward = once(false)
    return (once(true) - forward) / forward
  })
  return median(ratios.slice(1))
}

async function measureCase(
  task: ConvolutionCase,
  scipy: SciPy | null,
  folder: string,
  { turn: length, settle, rounds }: Budget,
): Promise<Row> {
  const channels = task.input[task.input.length - 1]
  const values = noise(sizeOf(task.input), 1)
  const taps = noise(sizeOf(task.kernel) * channels, 2)
  const files = ['x', 'k'].map((name) => join(folder, name))
  writeFileSync(files[0], values)
  writeFileSync(files[1], taps)
  const peer = scipy && (await scipy.load([files[0], files[1]], task))
  const { tensors, run } = runnerOf(task, values, taps)
  const first = run()
  const own = first.dataSync()
  const sample = Array.from({ length: 2000 }, (_, i) => (i * 104729) % own.length)
  if (scipy !== null) {
    const expected = (await scipy.run(sample)).sample
    const off = largestOf(sample.map((place, i) => Math.abs(own[place] - expected[i])))
    const most = largestOf(expected.map(Math.abs))
    check(
      off <= largestDifference * most,
      () => `bench: ${task.name} differs from SciPy's result by ${off} of ${most}.`,
    )
  }
  first.dispose()
  const turns = Math.min(rounds, mostRounds)
  const [times] = [1, 2].map((threads) => Math.max(1, Math.ceil(length / timed(threads, run, 3))))
  const [one, two, peers]: number[][] = [[], [], []]
  for (let turn = 0; turn < turns; turn++) {
    if (scipy !== null) peers.push((await scipy.run([])).ms)
    await pause(settle)
    one.push(timed(1, run, times))
    await pause(settle)
    two.push(timed(2, run, times))
  }
  const gradients = gradientShare(() => runnerOf(task, values, taps), Math.ceil(turns / 3) * Math.min(10, times))
  for (const tensor of tensors) tensor.dispose()
  return {
    name: task.name,
    ...{ one: median(one), two: median(two), peer: scipy === null ? undefined : median(peers) },
    ratio: scipy === null ? undefined : median(peers.map((ms, i) => ms / one[i])),
    gain: median(two.map((ms, i) => one[i] / ms)),
    ...{ gradients, way: peer ?? '–' },
  }
}

const lines = (rows: readonly Row[], version: string): string[] =>
  columns([
    ['float32', 'one thread, ms', 'two, ms', 'gain', `SciPy ${version}, ms`, 'ratio', 'its way', 'gradients'],
    ...rows.map((row) => [
      row.name,
      row.one.toFixed(1),
      row.two.toFixed(1),
      `${row.gain.toFixed(2)}×`,
      row.peer?.toFixed(1) ?? '–',
      row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)}×`,
      row.way,
      `${row.gradients.toFixed(1)}×`,
    ]),
    ['geometric mean', '', '', `${geometricMean(rows.map(({ gain }) => gain)).toFixed(2)}×`, '', ratios(rows), '', ''],
  ])

const ratios = (rows: readonly Row[]): string => {
  const known = rows.flatMap(({ ratio }) => ratio ?? [])
  return known.length === 0 ? '–' : `${geometricMean(known).toFixed(2)}×`
}

/** Runs the benchmark; `filter` chooses among the rows by name. Whether there was a row whose name matches. */
export async function fftConvolutions(filter: string | undefined, budget: Budget): Promise<boolean> {
  const chosen = convolutionCases.filter(({ name }) => new RegExp(filter ?? '', 'iu').test(name))
  if (chosen.length === 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'convoke-bench-'))
  const scipy = await startSciPy()
  if (scipy === null) say('no Python with SciPy here (Debian: python3-scipy): Convoke is timed alone')
  try {
    await convoke.useBackend('native')
    const rows: Row[] = []
    for (const task of chosen) {
      say(task.name)
      rows.push(await measureCase(task, scipy, folder, budget))
    }
    process.stdout.write(`${lines(rows, scipy?.version ?? '').join('\n')}\n`)
    return true
  } finally {
    scipy?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
