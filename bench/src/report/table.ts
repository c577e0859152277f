// The report as text: one table, a section for each family of engines and thread count, then the requirements.

import { largestOf, smallestOf } from 'convoke/shapes'
import type { Family } from '../contender.ts'
import { verdicts } from '../requirements.ts'
import {
  bestPeer,
  gflops,
  ours,
  type Pass,
  type Report,
  type Result,
  type Row,
  ratio,
  shareOfPeak,
} from '../results.ts'
import { geometricMean } from '../statistics.ts'
import { columns } from './columns.ts'
import { stepLines } from './steps.ts'

const none = '–'

/** Four significant digits at most, so that microseconds and seconds fit one column. */
const showTime = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3))

const showRatio = (value: number | undefined): string => (value === undefined ? none : `${value.toFixed(2)}×`)

/** Names of the contenders of a family in the order they appear, Convoke's first. */
function contendersOf(pass: Pass, family: Family): string[] {
  const all = pass.rows.flatMap(({ results }) => results.filter((result) => result.family === family))
  const named = [...new Map(all.map((result) => [result.contender, result])).values()]
  const order = { convoke: 0, variant: 1, peer: 2 }
  return named.sort((a, b) => order[a.role] - order[b.role]).map(({ contender }) => contender)
}

const resultOf = (row: Row, family: Family, contender: string): Result | undefined =>
  row.results.find((result) => result.family === family && result.contender === contender)

function rowCells(row: Row, family: Family, contenders: readonly string[]): string[] {
  const own = ours(row, family)
  const share = own && shareOfPeak(row, own)
  return [
    row.layer,
    ...contenders.map((name) => {
      const timing = resultOf(row, family, name)?.timing
      return timing ? showTime(timing.median) : none
    }),
    own?.timing ? gflops(row, own.timing).toFixed(1) : none,
    typeof share === 'number' ? `${(share * 100).toFixed(0)}%` : none,
    showRatio(ratio(bestPeer(row, family), own)),
    own?.kernel ?? '',
  ]
}

function section(pass: Pass, family: Family): string[] {
  const contenders = contendersOf(pass, family)
  if (contenders.length === 0) return []
  const rows = pass.rows.filter(({ results }) => results.some((result) => result.family === family))
  const task = pass.mode === 'train' ? 'forward + backward' : 'forward'
  const threads = pass.threads === 1 ? '1 thread' : `${pass.threads} threads`
  const batch = rows[0].spec.batch
  const head = [`ms: ${contenders[0]}`, ...contenders.slice(1), 'GFLOP/s', 'of peak', '× best peer', 'kernel']
  const ratios = rows.flatMap((row) => ratio(bestPeer(row, family), ours(row, family)) ?? [])
  const blank = [...contenders, 'GFLOP/s', 'of peak'].map(() => '')
  const mean = ratios.length > 0 ? [['geometric mean', ...blank, showRatio(geometricMean(ratios)), '']] : []
  return [
    `${family}, ${threads}, ${task}, batch ${batch}, ${pass.environment}`,
    ...columns([['layer', ...head], ...rows.map((row) => rowCells(row, family, contenders)), ...mean]),
    peakLine(rows, family),
    ...notes(rows, family),
    '',
  ].filter((line) => line !== null)
}

function peakLine(rows: readonly Row[], family: Family): string | null {
  const peaks = rows.flatMap(({ peak }) => peak[family] ?? [])
  if (peaks.length === 0) return null
  const [low, high] = [smallestOf(peaks), largestOf(peaks)].map((peak) => peak.toFixed(0))
  return `FMA peak of one core, measured with each row: ${low} to ${high} GFLOP/s`
}

/** What was not timed, and why, said once for all the layers it is true of. */
function notes(rows: readonly Row[], family: Family): string[] {
  const byNote = new Map<string, string[]>()
  for (const { layer, results } of rows) {
    for (const { contender, note, family: of } of results) {
      if (note === '' || of !== family) continue
      const said = `${contender}: ${note}`
      byNote.set(said, [...(byNote.get(said) ?? []), layer])
    }
  }
  return [...byNote].map(
    ([said, layers]) => `${none} ${said} (${layers.length === rows.length ? 'every layer' : layers.join(', ')})`,
  )
}

/** Everything the report holds, as lines. */
export function reportLines(report: Report): string[] {
  const { machine, passes, absent } = report
  const judged = verdicts(report)
  const head = ['requirement', 'at least', 'reached', '', 'detail']
  const lines = judged.map(({ measure, required, reached, holds, detail }) => [
    ...[measure, required, reached, holds, detail],
  ])
  return [
    `Convoke ${machine.convoke} · ${machine.processor}, ${machine.cores} cores · ${machine.platform} · ${report.date.slice(0, 10)}`,
    'Medians over turns taken in rotation; GFLOP/s count the operations of the direct algorithm.',
    '',
    ...passes.flatMap((pass) => [...section(pass, 'native'), ...section(pass, 'wasm')]),
    ...stepLines(report.steps ?? []),
    ...absent.map((reason) => `${none} left out: ${reason}`),
    ...(absent.length > 0 ? [''] : []),
    ...(lines.length > 0 ? columns([head, ...lines]) : []),
  ]
}
