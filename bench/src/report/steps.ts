// Training steps as text: a line an engine, a column a network.

import type { StepRow } from '../results.ts'
import { columns } from './columns.ts'

const none = '–'
const showTime = (ms: number): string =>
  ms >= 10_000 ? `${(ms / 1000).toFixed(0)} s` : `${ms.toFixed(ms < 100 ? 1 : 0)} ms`

export function stepLines(rows: readonly StepRow[]): string[] {
  if (rows.length === 0) return []
  const cells = rows.map(({ network, results }) => {
    const [own] = results
    return [
      network,
      ...results.map(({ timing }) => {
        if (timing === null) return none
        const ratio =
          own.timing === null
            ? ''
            : ` (${(timing.median / own.timing.median).toFixed(timing.median > 10 * own.timing.median ? 0 : 2)}×)`
        return `${showTime(timing.median)}${ratio}`
      }),
      '',
    ]
  })
  const names = rows[0].results.map(({ engine, threads }) => `${engine} ×${threads}`)
  const notes = rows.flatMap(({ network, results }) =>
    results.flatMap(({ engine, threads, note }) =>
      note === '' ? [] : [`${none} ${engine} ×${threads}: ${note} (${network})`],
    ),
  )
  return [
    'A training step: forward, backward, optimiser; in brackets, times the first column',
    ...columns([['network', ...names, ''], ...cells]),
    ...notes,
    '',
  ]
}
