// Random groups that are normalised by themselves, and shares along axes.

import type { AxisSpec, NormalizeGroupsSpec } from '../../../backend.ts'
import * as kernels from '../../../kernels/index.ts'
import type { Draw, FuzzCase, Operand } from './fuzz-case.ts'

const float32 = 'float32'
const of = (length: number) => ({ dtype: float32, length }) as const

function drawGroups(draw: Draw): NormalizeGroupsSpec {
  const common = { epsilon: draw.pick([1e-5, 0.1]), centred: draw.chance(0.75) }
  if (draw.chance(0.4)) {
    const channels = draw.size(draw.chance(0.1) ? 5000 : 200)
    return { outer: draw.size(Math.ceil(6000 / channels)), positions: 1, groups: 1, channels, ...common }
  }
  const [groups, channels] = [draw.size(12), draw.chance(0.3) ? 1 : draw.size(40)]
  const positions = draw.size(Math.max(1, Math.ceil((draw.chance(0.1) ? 40_000 : 4000) / (groups * channels))))
  return { outer: draw.size(6), positions, groups, channels, ...common }
}

const sizeOf = ({ outer, positions, groups, channels }: NormalizeGroupsSpec): number =>
  outer * positions * groups * channels

/** Numbers about 0, with one in each group away from them, so that no variance is next to 0. */
function drawValues(draw: Draw, spec: NormalizeGroupsSpec): Operand {
  const x = draw.values(float32, sizeOf(spec), 1)
  const columns = spec.groups * spec.channels
  const size = spec.positions * columns
  for (let start = 0; start < x.data.length; start += size) {
    for (let group = 0; group < spec.groups; group++) x.data[start + group * spec.channels] += 2
  }
  return x
}

export function drawNormalizeGroups(draw: Draw): FuzzCase<'normalizeGroups'> {
  const spec = drawGroups(draw)
  const [count, columns] = [spec.outer * spec.groups, spec.groups * spec.channels]
  const single = spec.positions * spec.channels === 1
  const x = single ? draw.values(float32, sizeOf(spec), 1) : drawValues(draw, spec)
  return {
    kernel: 'normalizeGroups',
    spec,
    inputs: [x, draw.values(float32, columns, 1), draw.values(float32, columns, 1)],
    outputs: [of(x.data.length), of(count), of(count)],
    // r is at most the root of 10⁵, of a mean rounded next to numbers up to 3; where there are more numbers, that of their count.
    allowance: { kind: 'ulps', ulps: 16, absolute: 2 ** -23 * (8 + 2 * Math.sqrt(spec.positions * spec.channels)) },
  }
}

export function drawNormalizeGroupsGradient(draw: Draw): FuzzCase<'normalizeGroupsGradient'> {
  const spec = drawGroups(draw)
  const [count, columns] = [spec.outer * spec.groups, spec.groups * spec.channels]
  const x = drawValues(draw, spec)
  const scale = draw.values(float32, columns, 1)
  const [y, mean, inverse] = [x.data.length, count, count].map((length) => new Float32Array(length))
  kernels.normalizeGroups.loops(spec, [x.data, scale.data, new Float32Array(columns)], [y, mean, inverse])
  // Of groups of one number, of no variance, r would be next to the root of 10⁵.
  inverse.forEach((r, i) => {
    inverse[i] = Math.min(r, 4)
  })
  const terms = spec.outer * spec.positions * columns
  return {
    kernel: 'normalizeGroupsGradient',
    spec,
    inputs: [
      ...[draw.values(float32, x.data.length, 1), x],
      ...[mean, inverse].map((data) => ({ dtype: float32, data }) as const),
      scale,
    ],
    outputs: [of(x.data.length), of(columns), of(columns)],
    // Sums of terms up to 12, times 4.
    allowance: { kind: 'ulps', ulps: 16, absolute: (3 + 2 * Math.sqrt(terms)) * 2 ** -24 * 12 * Math.sqrt(terms) },
  }
}

const drawAxis = (draw: Draw): AxisSpec => {
  const inner = draw.chance(0.5) ? 1 : draw.size(draw.chance(0.1) ? 600 : 70)
  const length = draw.size(Math.max(1, Math.ceil((draw.chance(0.1) ? 40_000 : 3000) / inner)))
  return { outer: draw.size(Math.max(1, Math.ceil(4000 / (length * inner)))), length, inner }
}

const drawLogits = (draw: Draw, { outer, length, inner }: AxisSpec): Operand => {
  const x = draw.values(float32, outer * length * inner, draw.pick([1, 10]))
  // What is left out on purpose, and what never should have been there.
  if (draw.chance(0.3)) x.data[draw.below(x.data.length)] = Number.NEGATIVE_INFINITY
  if (draw.chance(0.1)) x.data[draw.below(x.data.length)] = draw.pick([Number.NaN, Number.POSITIVE_INFINITY])
  return x
}

export function drawSoftmax(draw: Draw): FuzzCase<'softmax'> {
  const spec = { ...drawAxis(draw), log: draw.chance(0.4) }
  const x = drawLogits(draw, spec)
  return {
    kernel: 'softmax',
    spec,
    inputs: [x],
    outputs: [of(x.data.length)],
    // Differences up to 20 are rounded by up to 2⁻²⁰, 16 units of the last place of their powers; sums add a few.
    allowance: { kind: 'ulps', ulps: 24, absolute: spec.log ? 2 ** -19 : 0 },
  }
}

export function drawSoftmaxGradient(draw: Draw): FuzzCase<'softmaxGradient'> {
  const spec = { ...drawAxis(draw), log: draw.chance(0.4) }
  const x = drawLogits(draw, spec)
  const y = new Float32Array(x.data.length)
  kernels.softmax.loops(spec, [x.data], [y])
  return {
    kernel: 'softmaxGradient',
    spec,
    inputs: [draw.values(float32, y.length, 1), { dtype: float32, data: y }],
    outputs: [of(y.length)],
    // The sum of shares is 1; without them, that of terms up to 1.
    allowance: {
      kind: 'ulps',
      ulps: 8,
      absolute: spec.log ? (3 + 2 * Math.sqrt(spec.length)) * 2 ** -24 * spec.length : 2 ** -21,
    },
  }
}
