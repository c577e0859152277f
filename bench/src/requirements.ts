// What Convoke has to reach, judged from a report. Each line of the table is one pure function of the rows of a pass.

import { smallestOf } from 'convoke/shapes'
import type { Family } from './contender.ts'
import { isDense, isDepthwise } from './layers.ts'
import { bestPeer, ours, type Pass, type Report, type Result, type Row, ratio, shareOfPeak, time } from './results.ts'
import { geometricMean } from './statistics.ts'
import { stepVerdicts } from './train-step/requirements.ts'
import type { Verdict } from './verdict.ts'

interface Figure {
  readonly layer: string
  readonly value: number
}

/** Figures of the rows that have one. */
const figures = (rows: readonly Row[], figure: (row: Row) => number | null | undefined): Figure[] =>
  rows.flatMap((row) => {
    const value = figure(row)
    return value === undefined || value === null ? [] : [{ layer: row.layer, value }]
  })

const times = (value: number): string => `${value.toFixed(2)}×`
const percent = (value: number): string => `${(value * 100).toFixed(0)}%`

interface Rule {
  readonly measure: string
  readonly required: number
  /** How many layers there are to measure. */
  readonly of: number
  readonly show: (value: number) => string
  readonly summary: 'geometric mean' | 'least'
}

function judge({ measure, required, of, show, summary }: Rule, found: readonly Figure[]): Verdict[] {
  if (found.length === 0) return []
  const values = found.map(({ value }) => value)
  const reached = summary === 'least' ? smallestOf(values) : geometricMean(values)
  const sorted = [...found].sort((a, b) => a.value - b.value)
  const [worst, best] = [sorted[0], sorted[sorted.length - 1]]
  const range = `from ${show(worst.value)} (${worst.layer}) to ${show(best.value)} (${best.layer})`
  const count = found.length === of ? `${of} layer${of === 1 ? '' : 's'}` : `only ${found.length} of ${of} layers`
  return [
    {
      ...{ measure: `${measure}, ${summary}`, required: show(required), reached: show(reached) },
      ...{ holds: reached < required ? 'no' : found.length === of ? 'yes' : 'partial', detail: `${count}, ${range}` },
    },
  ]
}

const networks = (pass: Pass): Row[] => pass.rows.filter(({ set }) => set === 'networks')

const overPeer =
  (family: Family) =>
  (row: Row): number | undefined =>
    ratio(bestPeer(row, family), ours(row, family))

const variant = (row: Row, suffix: string): Result | undefined =>
  row.results.find(({ contender, role, timing }) => role === 'variant' && contender.endsWith(suffix) && timing !== null)

const direct = (row: Row): Result | undefined => variant(row, ' direct') ?? ours(row, 'native')

const dense3x3 = (pass: Pass, size: (side: number) => boolean): Row[] =>
  networks(pass).filter(({ spec }) => isDense(spec, 3) && size(spec.inputSize[0]))

function nativeVerdicts(pass: Pass): Verdict[] {
  const peer = 'native over onnxruntime-node'
  const all = figures(networks(pass), overPeer('native'))
  const wide = networks(pass).filter(
    ({ spec }) => spec.groups === 1 && spec.inputChannels >= 64 && spec.outputChannels >= 64,
  )
  const share = (row: Row) => {
    const result = direct(row)
    return result && shareOfPeak(row, result)
  }
  const large = dense3x3(pass, (side) => side >= 28)
  const small = dense3x3(pass, (side) => side === 14)
  const depthwise = networks(pass).filter(({ spec }) => isDepthwise(spec))
  const factor = { show: times, summary: 'least' } as const
  return [
    ...judge({ measure: peer, required: 2, of: 16, show: times, summary: 'geometric mean' }, all),
    ...judge({ measure: peer, required: 1, of: 16, ...factor }, all),
    ...judge(
      {
        measure: 'direct kernels with 64 or more channels, share of the FMA peak',
        required: 0.92,
        of: 10,
        show: percent,
        summary: 'least',
      },
      figures(wide, share),
    ),
    ...judge(
      { measure: `${peer}, 3×3 stride 1 at 28² and above`, required: 2.2, of: 2, ...factor },
      figures(large, overPeer('native')),
    ),
    ...judge(
      { measure: `${peer}, 3×3 stride 1 at 14²`, required: 1.5, of: 1, ...factor },
      figures(small, overPeer('native')),
    ),
    ...judge({ measure: `${peer}, depthwise`, required: 4, of: 3, ...factor }, figures(depthwise, overPeer('native'))),
    ...pictureVerdicts(pass),
  ]
}

/** A large kernel against the loop one would write, and, for interest, against the engine's own direct kernels. */
function pictureVerdicts(pass: Pass): Verdict[] {
  const rows = pass.rows.filter(({ set }) => set === 'picture')
  const rule = { required: 10, of: 2, show: times, summary: 'least' } as const
  return judge(
    { measure: '31×31 kernel on a 1024² picture over the direct loop', ...rule },
    figures(rows, (row) => ratio(variant(row, 'direct loop'), ours(row, 'native'))),
  )
}

function threadVerdicts(pass: Pass): Verdict[] {
  const single = (row: Row) => variant(row, ' ×1')
  const double = (row: Row) => (pass.threads === 2 ? ours(row, 'native') : variant(row, ' ×2'))
  const worth = pass.rows.filter((row) => {
    const one = single(row)
    return one !== undefined && time(one) > 0.5
  })
  return judge(
    {
      measure: 'native, two threads over one, layers above 0.5 ms',
      required: 1.8,
      of: worth.length,
      show: times,
      summary: 'least',
    },
    figures(worth, (row) => ratio(single(row), double(row))),
  )
}

function wasmVerdicts(pass: Pass): Verdict[] {
  const found = figures(networks(pass), overPeer('wasm'))
  const measure = `wasm over the best of TF.js and ONNX Runtime Web, ${pass.environment}`
  return [
    ...judge({ measure, required: 2, of: 16, show: times, summary: 'geometric mean' }, found),
    ...judge({ measure, required: 1, of: 16, show: times, summary: 'least' }, found),
  ]
}

function trainVerdicts(pass: Pass): Verdict[] {
  const dense = pass.rows.filter(({ spec }) => spec.groups === 1 && (spec.kernel[0] === 3 || spec.kernel[0] === 5))
  const share = (row: Row) => {
    const result = ours(row, 'native')
    return result && shareOfPeak(row, result)
  }
  return judge(
    {
      measure: 'forward + backward at batch 8, dense 3×3 and 5×5, share of the FMA peak',
      required: 0.85,
      of: 7,
      show: percent,
      summary: 'least',
    },
    figures(dense, share),
  )
}

function startupVerdicts({ startup }: Report): Verdict[] {
  if (startup === null || startup.backend !== 'native') return []
  return [
    {
      ...{ measure: 'process start to first native convolution result, median', required: '≤ 150 ms' },
      ...{ reached: `${startup.median.toFixed(0)} ms`, holds: startup.median <= 150 ? 'yes' : 'no' },
      detail: `${startup.samples.length} processes; one that does nothing takes ${startup.bare.toFixed(0)} ms`,
    },
  ]
}

/** Every requirement that the report has figures for. */
export function verdicts(report: Report): Verdict[] {
  const perPass = report.passes.flatMap((pass) => {
    if (pass.mode === 'train') return pass.threads === 1 ? trainVerdicts(pass) : []
    return pass.threads === 1 ? [...nativeVerdicts(pass), ...wasmVerdicts(pass)] : threadVerdicts(pass)
  })
  return [...perPass, ...stepVerdicts(report.steps ?? []), ...startupVerdicts(report)]
}
