// Every op at two sizes, forward and with its gradients, one thread, beside ONNX Runtime's single operators and PyTorch, in
// turns: so that a cliff shows itself.

import * as convoke from 'convoke'
import { check, smallestOf } from 'convoke/shapes'
import { pytorchVariable } from '../peers/python.ts'
import { columns } from '../report/columns.ts'
import { writeWhole } from '../report/files.ts'
import { say } from '../report/say.ts'
import { median } from '../statistics.ts'
import { opCases } from './cases.ts'
import { type Onnx, startOnnx } from './onnx.ts'
import { nameOf, type OpCase, type OpInput } from './op-case.ts'
import { startTorch, type Torch } from './torch.ts'

export interface OpRow {
  readonly op: string
  readonly size: string
  readonly pass: 'forward' | 'with gradients'
  /** Milliseconds. */
  readonly own: number
  readonly onnx: number | null
  readonly torch: number | null
  /** The better peer's time over ours; null without a peer. */
  readonly ratio: number | null
}

/** Below this share of the better peer's speed a row is listed again at the end. */
export const slowest = 0.9

interface Budget {
  readonly rounds: number
  /** Milliseconds a turn. */
  readonly turn: number
  /** Milliseconds before the first: JavaScript is optimised while it runs. */
  readonly warm: number
}

function fill({ shape, filling = 'normal' }: OpInput, seed: number): Float32Array {
  const random = convoke.randomSource(seed)
  const length = shape.reduce((total, size) => total * size, 1)
  if (typeof filling === 'object') return Float32Array.from({ length }, () => random.integer(filling.below))
  return Float32Array.from({ length }, () => (filling === 'normal' ? random.normal() : 0.05 + 0.9 * random.uniform()))
}

function dispose(result: convoke.Tensor | readonly convoke.Tensor[]): void {
  if (result instanceof convoke.Tensor) result.dispose()
  else for (const tensor of result) tensor.dispose()
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

/** A call forward, and one with gradients. */
function ownRuns(task: OpCase, inputs: readonly convoke.Tensor[]) {
  const forward = (): void => dispose(task.run(inputs))
  const watched = inputs.filter(({ dtype }) => dtype === 'float32')
  const backward = (): void => {
    const { value, gradients } = convoke.valueAndGradients(() => {
      const result = task.run(inputs)
      return convoke.sum(result instanceof convoke.Tensor ? result : result[0])
    }, watched)
    value.dispose()
    dispose(gradients)
  }
  return { forward, backward }
}

const ratioOf = (own: number, peers: readonly (number | null)[]): number | null => {
  const known = peers.filter((time) => time !== null)
  return known.length === 0 ? null : smallestOf(known) / own
}

async function measureCase(task: OpCase, onnx: Onnx | null, torch: Torch | null, budget: Budget): Promise<OpRow[]> {
  const data = task.inputs.map((input, i) => fill(input, i + 1))
  const inputs = task.inputs.map(({ shape, filling }, i) =>
    convoke.tensor(data[i], { shape, dtype: typeof filling === 'object' ? 'int32' : 'float32' }),
  )
  const { forward, backward } = ownRuns(task, inputs)
  const operator = onnx === null ? 'absent' : await onnx.prepare(task, data)
  if (typeof operator === 'string' && task.onnx !== undefined && onnx !== null)
    say(`${nameOf(task)}: ONNX Runtime: ${operator}`)
  const problem = torch === null || task.torch === undefined ? 'absent' : await torch.prepare(task)
  if (problem !== undefined && problem !== 'absent') say(`${nameOf(task)}: PyTorch: ${problem}`)
  const peer = problem === undefined ? torch : null
  const rows: OpRow[] = []
  for (const pass of task.backward === false ? (['forward'] as const) : (['forward', 'with gradients'] as const)) {
    const run = pass === 'forward' ? forward : backward
    const times: { own: number[]; onnx: number[]; torch: number[] } = { own: [], onnx: [], torch: [] }
    await timed(run, budget.warm)
    for (let round = 0; round < budget.rounds; round++) {
      times.own.push(await timed(run, budget.turn))
      if (pass === 'forward' && typeof operator !== 'string') times.onnx.push(await timed(operator.run, budget.turn))
      if (peer !== null) times.torch.push(await peer.time(pass === 'with gradients', budget.turn))
    }
    const found = (list: readonly number[]): number | null => (list.length === 0 ? null : median(list))
    const [own, ofOnnx, ofTorch] = [median(times.own), found(times.onnx), found(times.torch)]
    rows.push({
      ...{ op: task.op, size: task.size, pass, own, onnx: ofOnnx, torch: ofTorch },
      ratio: ratioOf(own, [ofOnnx, ofTorch]),
    })
  }
  if (typeof operator !== 'string') await operator.close()
  dispose(inputs)
  return rows
}

const milliseconds = (time: number | null): string => (time === null ? '–' : time.toPrecision(3))

const cells = ({ op, size, pass, own, onnx, torch, ratio }: OpRow): string[] => [
  ...[op, size, milliseconds(own), milliseconds(onnx), milliseconds(torch)],
  ...[ratio === null ? '–' : `${ratio.toFixed(2)}×`, pass],
]

/** The table, and the rows under 0.9 once more. */
export function opLines(rows: readonly OpRow[], version: string): string[] {
  const head = ['op', 'size', 'Convoke, ms', 'ONNX Runtime', `PyTorch${version}`, 'ratio', '']
  const behind = rows.filter(({ ratio }) => ratio !== null && ratio < slowest)
  const compared = rows.filter(({ ratio }) => ratio !== null)
  return [
    ...columns([head, ...rows.map(cells)]),
    '',
    `${behind.length} of ${compared.length} rows with a peer are under ${slowest}× the better one${behind.length > 0 ? ':' : '.'}`,
    ...(behind.length > 0 ? columns(behind.map(cells)) : []),
  ]
}

/** Runs the benchmark; `filter` chooses among the ops by name and size. */
export async function ops(filter: string | undefined, quick: boolean, json: string | null): Promise<void> {
  const pattern = new RegExp(filter ?? '', 'iu')
  const chosen = opCases.filter((task) => pattern.test(nameOf(task)))
  check(chosen.length > 0, () => `bench: no op matches --filter ${JSON.stringify(filter)}.`)
  const onnx = await startOnnx()
  if (onnx === null) say('onnxruntime-node is not installed')
  const torch = await startTorch()
  if (torch === null) say(`no Python with PyTorch here (Debian: python3-torch; or name one in ${pytorchVariable})`)
  else say(`PyTorch ${torch.version} with ${torch.instructions}`)
  await convoke.useBackend('native')
  convoke.setThreads(1)
  const budget: Budget = quick ? { rounds: 3, turn: 5, warm: 50 } : { rounds: 7, turn: 25, warm: 200 }
  const rows: OpRow[] = []
  try {
    for (const task of chosen) {
      for (const row of await measureCase(task, onnx, torch, budget)) rows.push(row)
    }
  } finally {
    torch?.close()
  }
  process.stdout.write(`${opLines(rows, torch === null ? '' : ` ${torch.version}`).join('\n')}\n`)
  if (json !== null) writeWhole(json, `${JSON.stringify({ date: new Date().toISOString(), rows }, null, 1)}\n`)
}
