// LSTM and GRU over whole sequences, forward and with backward, beside PyTorch's, turn by turn.

import * as convoke from 'convoke'
import { check, largestOf } from 'convoke/shapes'
import type { Family } from '../contender.ts'
import { pytorchVariable, sentFloats } from '../peers/python.ts'
import { columns } from '../report/columns.ts'
import { say } from '../report/say.ts'
import { median } from '../statistics.ts'
import { isAsked, macsOf, nameOf, type RecurrentCase, recurrentCases, required } from './cases.ts'
import { type PyTorch, type Sent, startPyTorch } from './pytorch.ts'

export interface RecurrentOptions {
  /** Rows whose names match, where it is given. */
  readonly filter: string | undefined
}

interface Row {
  readonly name: string
  readonly own: number
  readonly peer: number | undefined
  /** The median of the ratios of neighbouring turns. */
  readonly ratio: number | undefined
  readonly share: number
  readonly asked: boolean
}

/** Results differ by rounding, and by what a hundred steps make of it. */
const largestDifference = 1e-3

const sent = (x: convoke.Tensor): Sent => [sentFloats(Float32Array.from(x.dataSync())), x.shape]

const namesOfPyTorch = {
  weightInput: 'weight_ih_l0',
  weightHidden: 'weight_hh_l0',
  biasInput: 'bias_ih_l0',
  biasHidden: 'bias_hh_l0',
} as const

/** A layer and an input, and what a turn of them is. */
function layerOf({ kind, batch, steps, features, units, training }: RecurrentCase) {
  const layer = convoke.nn[kind]({ in: features, hidden: units }).initialize(1)
  const x = convoke.randomNormal([batch, steps, features], { seed: 2 })
  const parameters = layer.parameters()
  /** The output, or in training the gradient of the input. */
  const run = (): convoke.Tensor =>
    convoke.scope(() => {
      if (!training) return layer(x).output
      const loss = () => convoke.sum(convoke.square(layer(x).output))
      return convoke.valueAndGradients(loss, [x, ...parameters]).gradients[0]
    })
  const state = layer.state()
  return {
    run,
    sent: {
      ...{ kind, features, units, training, input: sent(x) },
      parameters: Object.fromEntries(
        Object.entries(namesOfPyTorch).map(([own, name]) => [name, sent(state[`forward0.${own}`])]),
      ),
    },
    dispose: () => {
      for (const tensor of [x, ...parameters]) tensor.dispose()
    },
  }
}

interface Turns {
  readonly count: number
  /** Milliseconds before each, so that nobody pays for threads of the one before that still look for work. */
  readonly rest: number
}

const settled = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function measureCase(task: RecurrentCase, pytorch: PyTorch | null, turns: Turns, asked: boolean): Promise<Row> {
  const { run, sent: layer, dispose } = layerOf(task)
  const result = run()
  const sample = Array.from({ length: 500 }, (_, i) => (i * 104729) % result.size)
  await pytorch?.load(layer)
  if (pytorch !== null) {
    const [own, { sample: expected }] = [result.dataSync(), await pytorch.run(sample)]
    const off = largestOf(sample.map((place, i) => Math.abs(own[place] - expected[i])))
    check(off <= largestDifference, () => `bench: ${nameOf(task)} differs from PyTorch's result by ${off}.`)
  }
  result.dispose()
  const [times, peers]: [number[], number[]] = [[], []]
  for (let turn = -2; turn < turns.count; turn++) {
    await settled(turns.rest)
    const peer = (await pytorch?.run([]))?.ms
    await settled(turns.rest)
    const start = performance.now()
    run().dispose()
    const spent = performance.now() - start
    // The first turns wake everybody up.
    if (turn < 0) continue
    times.push(spent)
    if (peer !== undefined) peers.push(peer)
  }
  dispose()
  const own = median(times)
  const peak = convoke.fmaPeak() ?? Number.NaN
  return {
    ...{ name: nameOf(task), own, asked },
    peer: peers.length === 0 ? undefined : median(peers),
    ratio: peers.length === 0 ? undefined : median(peers.map((ms, i) => ms / times[i])),
    share: (2 * macsOf(task)) / own / 1e6 / peak / convoke.threads(),
  }
}

function verdict({ ratio, asked }: Row): string {
  if (!asked || ratio === undefined) return ''
  return `${required}× ${ratio >= required ? 'reached' : 'not reached'}`
}

const lines = (title: string, rows: readonly Row[], version: string): string[] =>
  columns([
    [title, 'Convoke, ms', `PyTorch ${version}, ms`, 'ratio', 'of peak', 'asked'],
    ...rows.map((row) => [
      row.name,
      row.own.toFixed(2),
      row.peer?.toFixed(2) ?? '–',
      row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)}×`,
      `${(100 * row.share).toFixed(0)}%`,
      verdict(row),
    ]),
  ])

/** Runs the benchmark: a table for each family and number of threads. */
export async function recurrent(
  { filter }: RecurrentOptions,
  families: readonly Family[],
  threads: readonly number[],
  quick: boolean,
): Promise<void> {
  let pytorch: PyTorch | null = null
  try {
    const chosen = recurrentCases.filter((task) => new RegExp(filter ?? '', 'iu').test(nameOf(task)))
    check(chosen.length > 0, () => `bench: no row matches --filter ${JSON.stringify(filter)}.`)
    for (const count of threads) {
      pytorch = await startPyTorch(count)
      if (pytorch === null) {
        say(
          `no Python with PyTorch here (Debian: python3-torch; or name one in ${pytorchVariable}): Convoke is timed alone`,
        )
      }
      for (const family of families) {
        await convoke.useBackend(family)
        convoke.setThreads(count)
        const rows: Row[] = []
        for (const task of chosen) {
          const asked = family === 'native' && count === 1 && isAsked(task)
          const turns = { count: quick ? 3 : 15, rest: count > 1 ? 50 : 3 }
          rows.push(await measureCase(task, pytorch, turns, asked))
        }
        const title = `${family}, ${count} thread${count === 1 ? '' : 's'}`
        process.stdout.write(`${lines(title, rows, pytorch?.version ?? '').join('\n')}\n\n`)
      }
      pytorch?.close()
    }
  } finally {
    pytorch?.close()
  }
}
