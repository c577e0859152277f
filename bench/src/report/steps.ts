// Training steps as text: a line an engine of each network.

import type { Timing } from '../measure.ts'
import type { StepResult, StepRow } from '../results.ts'
import { columns } from './columns.ts'

const none = '–'
const showTime = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(0)} s` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`

/** The time over that of the first engine. */
const times = (timing: Timing, { timing: own }: StepResult): string =>
  own === null ? none : `${(timing.median / own.median).toFixed(2)}×`

/** How much faster several threads are than one of the same engine. */
function speedup({ engine, threads, timing }: StepResult, results: readonly StepResult[]): string {
  if (threads === 1) return ''
  const one = results.find((result) => result.engine === engine && result.threads === 1)?.timing
  return one && timing ? `${(one.median / timing.median).toFixed(2)}×` : none
}

export function stepLines(rows: readonly StepRow[]): string[] {
  if (rows.length === 0) return []
  const several = [...new Set(rows.flatMap(({ results }) => results.map(({ threads }) => threads)))].filter(
    (n) => n > 1,
  )
  const over = several.length === 1 && several[0] === 2 ? 'two threads over one' : 'threads over one'
  const lines = rows.flatMap(({ network, results }) => {
    const [own] = results
    return results.map((result, i) => {
      const { engine, threads, timing, cpu, memory } = result
      return [
        ...[i === 0 ? network : '', `${engine} ×${threads}`],
        ...(timing === null
          ? [none, none, none, none, threads === 1 ? '' : none]
          : [
              ...[showTime(timing.median), showTime(cpu ?? Number.NaN), memory?.toFixed(0) ?? none],
              ...[times(timing, own), speedup(result, results)],
            ]),
        '',
      ]
    })
  })
  const notes = rows.flatMap(({ network, results }) =>
    results.flatMap(({ engine, threads, note }) =>
      note === '' ? [] : [`${none} ${engine} ×${threads}: ${note} (${network})`],
    ),
  )
  const environments = new Set(rows.flatMap(({ results }) => results.flatMap(({ environment }) => environment ?? [])))
  return [
    'A training step: forward, backward, optimiser. CPU: what all threads spent, which other work on the machine does not change.',
    'MiB: the most memory that the process of an engine held.',
    ...columns([
      ['network', 'engine', 'time', 'CPU', 'MiB', '× the first', several.length > 0 ? over : '', ''],
      ...lines,
    ]),
    ...(environments.size > 0 ? [`Engines: ${[...environments].join(', ')}`] : []),
    ...notes,
    '',
  ]
}
