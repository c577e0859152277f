// Training steps as text: a line an engine of each network.

import type { Timing } from '../measure.ts'
import type { StepResult, StepRow } from '../results.ts'
import { columns } from './columns.ts'

const none = '–'
const showTime = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(0)} s` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`

const times = (timing: Timing, { timing: own }: StepResult): string =>
  own === null ? none : `${(timing.median / own.median).toFixed(2)}×`

export function stepLines(rows: readonly StepRow[]): string[] {
  if (rows.length === 0) return []
  const lines = rows.flatMap(({ network, results }) => {
    const [own] = results
    return results.map(({ engine, threads, timing, cpu }, i) => [
      ...[i === 0 ? network : '', `${engine} ×${threads}`],
      ...(timing === null
        ? [none, none, none]
        : [showTime(timing.median), showTime(cpu ?? Number.NaN), times(timing, own)]),
      '',
    ])
  })
  const notes = rows.flatMap(({ network, results }) =>
    results.flatMap(({ engine, threads, note }) =>
      note === '' ? [] : [`${none} ${engine} ×${threads}: ${note} (${network})`],
    ),
  )
  return [
    'A training step: forward, backward, optimiser. CPU: what all threads spent, which other work on the machine does not change',
    ...columns([['network', 'engine', 'time', 'CPU', '× the first', ''], ...lines]),
    ...notes,
    '',
  ]
}
