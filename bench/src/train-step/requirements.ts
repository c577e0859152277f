// What training steps have to reach, judged from the rows of a report: native code, one thread unless two are named.

import { smallestOf } from 'convoke/shapes'
import type { StepResult, StepRow } from '../results.ts'
import type { Verdict } from '../verdict.ts'
import { networks } from './networks.ts'

type Timed = StepResult & { readonly timing: NonNullable<StepResult['timing']> }

const isTimed = (result: StepResult): result is Timed => result.timing !== null

const on = (row: StepRow, threads: number, isOne: (engine: string) => boolean): readonly Timed[] =>
  row.results.filter(isTimed).filter((result) => isOne(result.engine) && result.threads === threads)

const native = (row: StepRow, threads: number): Timed | undefined =>
  on(row, threads, (engine) => engine === 'convoke native')[0]

const pytorch = (row: StepRow): readonly Timed[] => on(row, 1, (engine) => engine.startsWith('PyTorch'))

const milliseconds = ({ timing }: Timed): string => `${timing.median.toFixed(timing.median < 100 ? 1 : 0)} ms`

const times = (value: number): string => `${value.toFixed(2)}×`

/** How many times faster one is than another, where it is asked and both were timed. */
function factor(
  measure: string,
  required: number | undefined,
  slow: Timed | undefined,
  fast: Timed | undefined,
): Verdict[] {
  if (required === undefined || slow === undefined || fast === undefined) return []
  const reached = slow.timing.median / fast.timing.median
  const figure = (timed: Timed): string => `${timed.engine} ×${timed.threads} ${milliseconds(timed)}`
  return [
    {
      ...{ measure, required: times(required), reached: times(reached), holds: reached >= required ? 'yes' : 'no' },
      detail: `${figure(slow)}, ${figure(fast)}`,
    },
  ]
}

/** Beside whichever PyTorch needs less. */
function memory(network: string, { memory: own }: Timed, peers: readonly Timed[]): Verdict[] {
  const known = peers.flatMap((peer) => peer.memory ?? [])
  if (own === undefined || known.length === 0) return []
  const least = smallestOf(known)
  const mebibytes = (value: number): string => `${value.toFixed(0)} MiB`
  return [
    {
      ...{ measure: `training step, peak memory, ${network}`, required: `≤ ${mebibytes(least)}` },
      ...{ reached: mebibytes(own), holds: own <= least ? 'yes' : 'no' },
      detail: `${times(own / least)} PyTorch's`,
    },
  ]
}

/** A line for every figure that is asked of a network and was measured. */
export function stepVerdicts(rows: readonly StepRow[]): Verdict[] {
  return rows.flatMap((row) => {
    const { network } = row
    const asked = networks.find(({ name }) => name === network)?.asked ?? {}
    const own = native(row, 1)
    if (own === undefined) return []
    const peers = pytorch(row)
    const fastest = [...peers].sort((a, b) => a.timing.median - b.timing.median)[0]
    return [
      ...factor(`training step, native, two threads over one, ${network}`, asked.twoThreads, own, native(row, 2)),
      ...factor(`training step, native over the faster PyTorch, ${network}`, asked.overPyTorch, fastest, own),
      ...memory(network, own, peers),
    ]
  })
}
