// Pictures of twelve megapixels through kernels, one thread, beside OpenCV's `filter2D`, `GaussianBlur` and `Sobel`, in
// turns: float32, one and three channels, the picture mirrored at its edges.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as convoke from 'convoke'
import { check, largestOf } from 'convoke/shapes'
import { noise } from '../random.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { median } from '../statistics.ts'
import { type PictureCase, pictureCases } from './cases.ts'
import { type OpenCv, startOpenCv } from './opencv.ts'

const [height, width] = [3000, 4000]

/** Results differ by rounding: pixels are from −1 to 1, kernels add up to a few times that. */
const largestDifference = 4e-5

interface Row {
  readonly name: string
  readonly own: number
  readonly peer: number | undefined
  /** The median of the ratios of neighbouring turns. */
  readonly ratio: number | undefined
  readonly share: number
  readonly way: string
  readonly required: number | undefined
}

/** Multiply-adds an output of the way taken. */
const products = (algorithm: string, size: number): number => (algorithm === 'two passes' ? 2 * size : size * size)

async function measureCase(task: PictureCase, x: convoke.Tensor, opencv: OpenCv | null, turns: number): Promise<Row> {
  const channels = x.shape[2]
  const kernel = convoke.tensor(Float32Array.from(task.kernel), { shape: [task.size, task.size] })
  const options = { mode: 'same', boundary: 'mirror' } as const
  const sample = Array.from({ length: 2000 }, (_, i) => (i * 104729) % x.size)
  const run = (): convoke.Tensor => convoke.correlate(x, kernel, options)
  const result = run()
  const expected = opencv && (await opencv.run(task, sample))
  if (expected !== null) {
    const own = result.dataSync()
    const off = largestOf(sample.map((place, i) => Math.abs(own[place] - expected.sample[i])))
    check(off <= largestDifference, () => `bench: ${task.name} differs from OpenCV's result by ${off}.`)
  }
  result.dispose()
  const times: number[] = []
  const peers: number[] = []
  for (let turn = 0; turn < turns; turn++) {
    if (opencv !== null) peers.push((await opencv.run(task, [])).ms)
    const start = performance.now()
    const y = run()
    times.push(performance.now() - start)
    y.dispose()
  }
  const { algorithm, kernel: way } = convoke.explainCorrelate(x.shape, kernel, options)
  const own = median(times)
  const peak = convoke.fmaPeak() ?? Number.NaN
  kernel.dispose()
  return {
    name: `${task.name}, ${channels} channel${channels === 1 ? '' : 's'}`,
    own,
    peer: opencv === null ? undefined : median(peers),
    ratio: opencv === null ? undefined : median(peers.map((ms, i) => ms / times[i])),
    share: (2 * x.size * products(algorithm, task.size)) / own / 1e6 / peak,
    way,
    required: task.required[channels],
  }
}

function verdict({ ratio, required }: Row): string {
  if (required === undefined) return ''
  if (ratio === undefined) return `${required}× asked, no OpenCV here`
  return `${required}× ${ratio >= required ? 'reached' : 'not reached'}`
}

const lines = (rows: readonly Row[], version: string): string[] =>
  columns([
    ['4000×3000, float32, one thread', 'Convoke, ms', `OpenCV ${version}, ms`, 'ratio', 'of peak', 'kernel', 'asked'],
    ...rows.map((row) => [
      row.name,
      row.own.toFixed(1),
      row.peer?.toFixed(1) ?? '–',
      row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)}×`,
      `${(100 * row.share).toFixed(0)}%`,
      row.way,
      verdict(row),
    ]),
  ])

/** Runs the benchmark; `filter` chooses among the rows by name. */
export async function pictures(filter: string | undefined, quick: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-bench-'))
  const opencv = await startOpenCv()
  if (opencv === null) say('no Python with OpenCV here (Debian: python3-opencv): Convoke is timed alone')
  try {
    await convoke.useBackend('native')
    convoke.setThreads(1)
    const rows: Row[] = []
    for (const channels of [3, 1]) {
      const chosen = pictureCases.filter(({ name }) =>
        new RegExp(filter ?? '', 'iu').test(`${name}, ${channels} channels`),
      )
      if (chosen.length === 0) continue
      const shape = [height, width, channels]
      const values = noise(height * width * channels, 1)
      const file = join(folder, `${channels}.f32`)
      writeFileSync(file, values)
      await opencv?.load(file, shape)
      const x = convoke.tensor(values, { shape })
      for (const task of chosen) rows.push(await measureCase(task, x, opencv, quick ? 3 : 9))
      x.dispose()
    }
    check(rows.length > 0, () => `bench: no row matches --filter ${JSON.stringify(filter)}.`)
    process.stdout.write(`${lines(rows, opencv?.version ?? '').join('\n')}\n`)
  } finally {
    opencv?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
