// One case: its values compared, then timed in turns.

import * as convoke from 'convoke'
import { smallestOf } from 'convoke/shapes'
import { median } from '../statistics.ts'
import type { Onnx, OnnxRun } from './onnx.ts'
import { exportOf, type OpCase, sizeOf } from './op-case.ts'
import type { Torch } from './torch.ts'
import { difference, differenceOf, fill, ownValues, reordered, tensorsOf, watchedOf } from './values.ts'

export interface OpRow {
  readonly op: string
  readonly size: string
  readonly pass: 'forward' | 'with gradients'
  /** Milliseconds; null where the values are wrong. */
  readonly own: number | null
  readonly onnx: number | null
  readonly torch: number | null
  /** The better peer's time over ours, each the median of the ratios of neighbouring turns; null without a peer. */
  readonly ratio: number | null
  /** What was found wrong, and who could not run it. */
  readonly notes: readonly string[]
}

export interface Budget {
  readonly rounds: number
  /** Milliseconds a turn. */
  readonly turn: number
  /** Milliseconds before the first: JavaScript is optimised while it runs. */
  readonly warm: number
  /** Milliseconds that the reference backend may be expected to take for the values of a case. */
  readonly reference: number
}

export interface Peers {
  readonly onnx: Onnx | null
  readonly torch: Torch | null
}

/** Milliseconds a call. */
async function timed(run: () => unknown, turn: number): Promise<number> {
  const start = performance.now()
  for (let count = 1; ; count++) {
    const waiting = run()
    if (waiting instanceof Promise) await waiting
    const spent = performance.now() - start
    if (spent >= turn) return spent / count
  }
}

/** How long the reference backend took for how many numbers, op by op: what it will take for more. */
export type ReferenceTimes = Map<string, { readonly numbers: number; readonly ms: number }>

async function wrongByReference(
  task: OpCase,
  data: readonly Float32Array[],
  inputs: readonly convoke.Tensor[],
  { reference }: Budget,
  times: ReferenceTimes,
): Promise<string | null> {
  const numbers = task.inputs.reduce((total, { shape }) => total + sizeOf(shape), 1)
  const known = times.get(task.op)
  if (known !== undefined && (known.ms * numbers) / known.numbers > reference) return null
  const own = ownValues(task, inputs, false)
  await convoke.useBackend('reference')
  try {
    const start = performance.now()
    const there = tensorsOf(task.inputs, data)
    const expected = ownValues(task, there, false)
    for (const tensor of there) tensor.dispose()
    times.set(task.op, { numbers, ms: performance.now() - start })
    return differenceOf(own, expected, task.tolerance)
  } finally {
    await convoke.useBackend('native')
  }
}

type Turn = () => Promise<number>

interface Prepared {
  readonly onnx: OnnxRun | null
  readonly torch: Torch | null
  readonly notes: readonly string[]
}

/** The peers that can run a case and give the same values. */
async function prepare(
  task: OpCase,
  data: readonly Float32Array[],
  inputs: readonly convoke.Tensor[],
  { onnx, torch }: Peers,
): Promise<Prepared> {
  const notes: string[] = []
  const given = task.inputs.map((input, i) => reordered(data[i], input))
  const own = ownValues(task, inputs, true)
  const differs = (values: ArrayLike<number>): string | null =>
    task.incomparable === undefined ? difference(own.result, values, task.tolerance) : null

  let onnxRun: OnnxRun | null = null
  if (onnx !== null && task.onnx !== undefined) {
    const found = await onnx.prepare(task, given)
    const problem = typeof found === 'string' ? found : differs(found.values())
    if (problem !== null) notes.push(`ONNX Runtime: ${problem}`)
    if (typeof found !== 'string') {
      if (problem === null) onnxRun = found
      else await found.close()
    }
  }
  let usable: Torch | null = null
  if (torch !== null && task.torch !== undefined) {
    const values = await torch.prepare(task, given)
    let problem = typeof values === 'string' ? values : differs(values)
    if (problem === null && watchedOf(task).length > 0 && task.incomparable === undefined) {
      const gradients = await torch.gradients(own.weights)
      problem =
        typeof gradients === 'string' ? gradients : differenceOf(own, { result: own.result, gradients }, task.tolerance)
    }
    if (problem === null) usable = torch
    else notes.push(`PyTorch: ${problem}`)
  }
  return { onnx: onnxRun, torch: usable, notes }
}

function passesOf(task: OpCase, inputs: readonly convoke.Tensor[]): readonly (readonly [OpRow['pass'], () => void])[] {
  const watched = watchedOf(task).map((i) => inputs[i])
  // What an op gives besides, as the indices of topK, must go as well.
  const forward = (): void => convoke.scope(() => task.run(inputs)).dispose()
  const backward = (): void => {
    const { value, gradients } = convoke.valueAndGradients(() => convoke.sum(task.run(inputs)), watched)
    value.dispose()
    for (const gradient of gradients) gradient.dispose()
  }
  return watched.length === 0
    ? [['forward', forward]]
    : [
        ['forward', forward],
        ['with gradients', backward],
      ]
}

/** Rounds of turns whose order is reversed from one to the next. */
async function inTurns(
  turns: Readonly<Record<string, Turn | null>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const entries = Object.entries(turns).flatMap(([name, turn]) => (turn === null ? [] : [{ name, turn }]))
  const times: Record<string, number[]> = Object.fromEntries(entries.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, turn } of round % 2 === 0 ? entries : [...entries].reverse()) times[name].push(await turn())
  }
  return times
}

/** The better of the peers' times over ours. */
export function ratioOf(own: readonly number[], peers: readonly (readonly number[] | undefined)[]): number | null {
  const known = peers.filter((times) => times !== undefined)
  if (known.length === 0) return null
  return smallestOf(known.map((times) => median(times.map((ms, i) => ms / own[i]))))
}

const medianOf = (times: readonly number[] | undefined): number | null => (times === undefined ? null : median(times))

/** A row a pass. */
export async function measureCase(
  task: OpCase,
  peers: Peers,
  budget: Budget,
  references: ReferenceTimes,
): Promise<OpRow[]> {
  const data = task.inputs.map((input, i) => fill(input, i + 1))
  const inputs = tensorsOf(task.inputs, data)
  const named = { op: task.op, size: task.size }
  const untimed = { ...named, own: null, onnx: null, torch: null, ratio: null }
  try {
    const wrong = await wrongByReference(task, data, inputs, budget, references)
    if (wrong !== null) return [{ ...untimed, pass: 'forward', notes: [`${exportOf(task)} is wrong: ${wrong}`] }]
    const { onnx, torch, notes } = await prepare(task, data, inputs, peers)
    const rows: OpRow[] = []
    for (const [pass, run] of passesOf(task, inputs)) {
      await timed(run, budget.warm)
      const own: Turn = async () => {
        run()
        return timed(run, budget.turn)
      }
      const times = await inTurns(
        {
          own,
          onnx: pass === 'forward' && onnx !== null ? () => timed(onnx.run, budget.turn) : null,
          torch: torch === null ? null : () => torch.time(pass === 'with gradients', budget.turn),
        },
        budget.rounds,
      )
      rows.push({
        ...{
          ...named,
          pass,
          own: median(times['own']),
          onnx: medianOf(times['onnx']),
          torch: medianOf(times['torch']),
        },
        ...{ ratio: ratioOf(times['own'], [times['onnx'], times['torch']]), notes },
      })
    }
    await onnx?.close()
    return rows
  } finally {
    for (const tensor of inputs) tensor.dispose()
  }
}
