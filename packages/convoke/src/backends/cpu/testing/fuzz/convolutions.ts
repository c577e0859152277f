// Random convolutions of every family the planner tells apart, their adjoints, and im2col.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec, convTransposeSpec } from '../../../../shapes/conv-spec.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import type { Padding } from '../../../../shapes/padding.ts'
import type { Activation, ConvDemand, Epilogue, Precision } from '../../../backend.ts'
import type { Allowance, Draw, FuzzCase, Operand } from './fuzz-case.ts'
import { rounded } from './fuzz-case.ts'

/** Products that the reference is given at most, and where fewer would not pay transforms. */
const mostProducts = 3_000_000
const mostGradientProducts = 10_000_000

interface Family {
  readonly rank: number
  readonly size: (draw: Draw) => number
  readonly kernel: (draw: Draw) => number
  readonly groups: (draw: Draw) => number
  /** Input and output channels of a group. */
  readonly channels: readonly [(draw: Draw) => number, (draw: Draw) => number]
  /** Whether strides and dilation are drawn: both, one dilation for all axes, neither. */
  readonly steps: 'any' | 'dilated' | 'none'
}

const one = (): number => 1
const upTo =
  (most: number) =>
  (draw: Draw): number =>
    draw.size(most)
const tile = (draw: Draw): number => draw.between(1, 5)

const anyRank = (rank: number, size: number, channels: number): Family => ({
  ...{ rank, size: upTo(size), kernel: tile, groups: one, channels: [upTo(channels), upTo(channels)], steps: 'any' },
})

const families: readonly Family[] = [
  anyRank(1, 70, 70),
  anyRank(2, 14, 70),
  anyRank(2, 30, 20),
  anyRank(3, 7, 20),
  // One filter a channel, or a few; small groups.
  { ...anyRank(2, 16, 1), groups: upTo(70), channels: [one, (draw) => draw.pick([1, 1, 1, 2, 3])] },
  { ...anyRank(1, 60, 1), groups: upTo(70), channels: [one, one] },
  { ...anyRank(2, 12, 6), groups: upTo(20), channels: [upTo(6), upTo(6)] },
  // One tap; first layers.
  { ...anyRank(2, 16, 130), kernel: one },
  { ...anyRank(2, 30, 1), kernel: (draw) => draw.between(3, 7), channels: [(draw) => draw.between(1, 4), upTo(70)] },
  // What Winograd takes.
  { ...anyRank(2, 1, 40), size: (draw) => draw.between(6, 26), kernel: () => 3, steps: 'none' },
  { ...anyRank(2, 1, 40), size: (draw) => draw.between(6, 26), kernel: () => 3, steps: 'dilated' },
  { ...anyRank(2, 1, 24), size: (draw) => draw.between(8, 22), kernel: () => 5, steps: 'dilated' },
  // Kernels that skip most of the input, and kernels longer than it.
  { ...anyRank(1, 200, 8), kernel: (draw) => draw.between(1, 3) },
  { ...anyRank(2, 3, 8), kernel: (draw) => draw.between(2, 7) },
]

/** What two passes take, should the filter be a column times a row. */
const separable: readonly Family[] = [
  {
    ...anyRank(2, 40, 1),
    ...{ kernel: (draw: Draw) => draw.between(7, 13), steps: 'none', groups: (draw: Draw) => draw.between(1, 5) },
    channels: [one, one],
  },
]

/** What the Winograd gradient takes: vectors of output channels, and more tiles than it sums at once. */
const gradients: readonly Family[] = [
  {
    ...anyRank(2, 1, 1),
    ...{ size: (draw: Draw) => draw.between(12, 40), kernel: () => 3, steps: 'dilated' as const },
    channels: [(draw) => draw.between(8, 40), (draw) => draw.between(16, 64)],
  },
  {
    ...anyRank(2, 1, 1),
    ...{ size: (draw: Draw) => draw.between(8, 20), kernel: () => 5, steps: 'dilated' as const },
    channels: [(draw) => draw.between(8, 40), (draw) => draw.between(16, 40)],
  },
]

/** Large kernels, as the FFT takes them: slow for the reference, so drawn seldom. */
const large: readonly Family[] = [
  {
    ...anyRank(2, 1, 1),
    ...{
      size: (draw: Draw) => draw.between(24, 70),
      kernel: (draw: Draw) => draw.between(9, 23),
      steps: 'none' as const,
    },
    ...{ groups: (draw: Draw) => draw.between(1, 3), channels: [one, one] as const },
  },
  {
    ...anyRank(1, 1, 1),
    ...{
      size: (draw: Draw) => draw.between(600, 3000),
      kernel: (draw: Draw) => draw.between(100, 400),
      steps: 'none' as const,
    },
    ...{ channels: [(draw: Draw) => draw.between(1, 2), one] as const },
  },
  // Signals longer than what one task transforms, pictures and volumes under kernels nearly as large, with strides and dilation.
  {
    ...anyRank(1, 1, 1),
    ...{ size: (draw: Draw) => draw.between(1500, 6000), kernel: (draw: Draw) => draw.between(200, 500) },
    ...{ groups: (draw: Draw) => draw.between(1, 2), channels: [one, one] as const },
  },
  {
    ...anyRank(2, 1, 1),
    ...{ size: (draw: Draw) => draw.between(30, 60), kernel: (draw: Draw) => draw.between(12, 30) },
    ...{ channels: [(draw: Draw) => draw.between(1, 2), (draw: Draw) => draw.between(1, 2)] as const },
  },
  {
    ...anyRank(3, 1, 1),
    ...{ size: (draw: Draw) => draw.between(9, 18), kernel: (draw: Draw) => draw.between(5, 8) },
    ...{ groups: (draw: Draw) => draw.between(1, 2), channels: [one, one] as const },
  },
  // Pictures, large enough for tiles of rows.
  {
    ...anyRank(2, 1, 1),
    ...{ size: (draw: Draw) => draw.between(165, 180), kernel: (draw: Draw) => draw.between(4, 6) },
    ...{ steps: 'dilated' as const, groups: (draw: Draw) => draw.between(2, 3), channels: [one, one] as const },
  },
  // Kernels too wide for a transposed convolution to write its taps out.
  {
    ...anyRank(1, 1, 1),
    ...{ size: (draw: Draw) => draw.between(150, 700), kernel: (draw: Draw) => draw.between(60, 300) },
    ...{ groups: (draw: Draw) => draw.between(1, 3), channels: [tile, tile] as const },
  },
]

function drawSteps(draw: Draw, { rank, steps }: Family): readonly [number[], number[]] {
  const each = (usual: number, most: number): number[] =>
    Array.from({ length: rank }, () => (draw.chance(usual) ? 1 : draw.between(1, most)))
  const ones = Array<number>(rank).fill(1)
  if (steps === 'none') return [ones, ones]
  if (steps === 'dilated') return [ones, Array<number>(rank).fill(draw.between(1, 3))]
  const far = draw.chance(0.05) ? 20 : 4
  return [each(0.6, draw.chance(0.05) ? 9 : 4), each(0.7, far)]
}

function drawGeometry(draw: Draw, family: Family): () => ConvSpec {
  const each = <T>(make: () => T): T[] => Array.from({ length: family.rank }, make)
  const groups = family.groups(draw)
  const [inner, outer] = family.channels.map((channels) => groups * channels(draw))
  const kernel = each(() => family.kernel(draw))
  const [size, batch] = [each(() => family.size(draw)), draw.chance(0.02) ? 0 : draw.between(1, 3)]
  const [stride, dilation] = drawSteps(draw, family)
  // Padding would hide most of the ways there are for a single tap.
  const single = kernel.every((taps) => taps === 1) && draw.chance(0.7)
  const widest = single ? 1 : draw.chance(0.1) ? 30 : 4
  const padding = each((): [number, number] => [draw.below(widest), draw.below(widest)])
  const around: Padding = draw.chance(0.3) ? 'same' : draw.chance(0.2) ? 'valid' : draw.chance(0.1) ? 'causal' : padding
  const filter = [...kernel, inner / groups, outer]
  const common = { groups, stride, dilation }
  if (draw.chance(0.6)) {
    return () => convSpec('fuzz', [batch, ...size, inner], filter, { ...common, padding: around })
  }
  const outputPadding = stride.map((s, axis) => draw.below(Math.max(s, dilation[axis])))
  const options = { ...common, padding: around, outputPadding }
  return () => convTransposeSpec('fuzz', [batch, ...size, outer], filter, options)
}

/** A convolution that the reference can afford, from either side. */
export function drawConv(draw: Draw, choice?: readonly Family[], most: number = mostProducts): ConvSpec {
  for (;;) {
    const make = drawGeometry(draw, draw.pick(choice ?? (draw.chance(0.05) ? large : families)))
    try {
      const conv = make()
      const { filter, output } = convShapes(conv)
      const products = (sizeOf(output) * sizeOf(filter)) / Math.max(1, conv.outputChannels)
      if (products <= most) return conv
    } catch (error) {
      // The numbers drawn do not make a convolution: draw again.
      if (!(error instanceof ConvokeError)) throw error
    }
  }
}

export function drawActivation(draw: Draw): Activation {
  const plain = ['relu', 'selu', 'gelu', 'geluTanh', 'silu', 'mish', 'softplus', 'softsign'] as const
  const kind = draw.pick([...plain, 'hardSwish', 'sigmoid', 'tanh', 'leakyRelu', 'elu', 'hardSigmoid', 'clip'] as const)
  // Constants that float32 holds exactly.
  const alpha = draw.between(1, 24) / 16
  if (kind === 'leakyRelu' || kind === 'elu') return { kind, alpha }
  if (kind === 'hardSigmoid') return { kind, alpha, beta: draw.between(0, 8) / 8 }
  if (kind === 'clip') return { kind, low: -draw.between(0, 16) / 4, high: draw.between(0, 24) / 4 }
  return { kind }
}

function drawEpilogue(draw: Draw): Epilogue | null {
  if (draw.chance(0.4)) return null
  const activation = draw.chance(0.5) ? drawActivation(draw) : null
  return { bias: draw.chance(0.6), residual: draw.chance(0.3), activation }
}

/** Besides the model's choice now and then everything that could run instead. */
const drawDemand = (draw: Draw): ConvDemand => ({
  precision: precisionOf(draw),
  ...(draw.chance(0.25) ? { training: true } : {}),
  ...(draw.chance(0.1) ? { plan: 'measure' as const } : {}),
})

const precisionOf = (draw: Draw): Precision => (draw.chance(0.25) ? 'exact' : 'fast')

/** A few numbers that are no ordinary ones among those of an operand. */
export function withSpecials(draw: Draw, operand: Operand): Operand {
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** -140]
  for (let i = 0; i < 2 && operand.data.length > 0; i++)
    operand.data[draw.below(operand.data.length)] = draw.pick(specials)
  return operand
}

/** The two factors of a bilinear map, now and then with special numbers in one of them. */
function drawFactors(draw: Draw, ...shapes: readonly (readonly number[])[]): Operand[] {
  const factors = shapes.map((shape) => floats(draw, shape))
  if (draw.chance(0.04)) withSpecials(draw, draw.pick(factors))
  return factors
}

/** A column times a row, the same for every channel, of taps whose sizes differ by four times at most. */
function separableFilter(draw: Draw, { kernel: [height, width], outputChannels }: ConvSpec): Operand {
  const factor = (length: number): number[] =>
    Array.from({ length }, () => (draw.chance(0.5) ? 1 : -1) * (0.5 + draw.unit() / 2))
  const [column, row] = [factor(height), factor(width)]
  const tap = (i: number): number => column[Math.floor(i / width)] * row[i % width]
  const length = height * width * outputChannels
  return { dtype: 'float32', data: Float32Array.from({ length }, (_, i) => tap(Math.floor(i / outputChannels))) }
}

const floats = (draw: Draw, shape: readonly number[], scale = 1): Operand =>
  draw.values('float32', sizeOf(shape), scale)

const float32 = (shape: readonly number[]) => ({ dtype: 'float32', length: sizeOf(shape) }) as const

function extras(draw: Draw, epilogue: Epilogue | null, channels: number, result: readonly number[]): Operand[] {
  const bias = epilogue?.bias ? [floats(draw, [channels])] : []
  return epilogue?.residual ? [...bias, floats(draw, result)] : bias
}

export function drawForward(draw: Draw): FuzzCase<'conv'> {
  const isSeparable = draw.chance(0.06)
  const conv = drawConv(draw, isSeparable ? separable : undefined)
  const { input, filter, output } = convShapes(conv)
  const epilogue = drawEpilogue(draw)
  const factors = isSeparable ? [floats(draw, input), separableFilter(draw, conv)] : drawFactors(draw, input, filter)
  return {
    kernel: 'conv',
    spec: { conv, epilogue, ...drawDemand(draw) },
    inputs: [...factors, ...extras(draw, epilogue, conv.outputChannels, output)],
    outputs: [float32(output)],
    allowance: { kind: 'sum', terms: 2 + (sizeOf(conv.kernel) * conv.inputChannels) / conv.groups },
  }
}

export function drawTransposed(draw: Draw): FuzzCase<'convTranspose'> {
  const conv = drawConv(draw)
  const { input, filter, output } = convShapes(conv)
  const epilogue = drawEpilogue(draw)
  return {
    kernel: 'convTranspose',
    spec: { conv, epilogue, ...drawDemand(draw) },
    inputs: [...drawFactors(draw, output, filter), ...extras(draw, epilogue, conv.inputChannels, input)],
    outputs: [float32(input)],
    allowance: { kind: 'sum', terms: 2 + (sizeOf(conv.kernel) * conv.outputChannels) / conv.groups },
  }
}

export function drawFilterGradient(draw: Draw): FuzzCase<'convFilterGradient'> {
  const conv = draw.chance(0.4) ? drawConv(draw, gradients, mostGradientProducts) : drawConv(draw)
  const { input, filter, output } = convShapes(conv)
  return {
    kernel: 'convFilterGradient',
    spec: { conv, precision: precisionOf(draw) },
    inputs: drawFactors(draw, input, output),
    outputs: [float32(filter)],
    allowance: { kind: 'sum', terms: conv.batch * sizeOf(conv.outputSize) },
  }
}

const columnShape = (conv: ConvSpec): number[] => [
  conv.batch,
  ...conv.outputSize,
  sizeOf(conv.kernel),
  conv.inputChannels,
]

const windows: readonly Family[] = [anyRank(1, 70, 40), anyRank(2, 14, 40), anyRank(3, 6, 12)]

export function drawUnfold(draw: Draw): FuzzCase<'unfold'> {
  const conv = drawConv(draw, windows)
  return {
    kernel: 'unfold',
    spec: { conv },
    inputs: [floats(draw, convShapes(conv).input)],
    outputs: [float32(columnShape(conv))],
    allowance: rounded,
  }
}

export function drawFold(draw: Draw): FuzzCase<'fold'> {
  const conv = drawConv(draw, windows)
  return {
    kernel: 'fold',
    spec: { conv },
    inputs: [floats(draw, columnShape(conv))],
    outputs: [float32(convShapes(conv).input)],
    allowance: { kind: 'sum', terms: sizeOf(conv.kernel) },
  }
}

/**
 * A sample lies up to some 16 pixels from the origin, and its place is kept in float32: the weights of its four corners are
 * off by up to 16 · 2⁻²⁴, and so is what they weigh, of magnitude 1, a few of which add up.
 */
const deformed: Allowance = { kind: 'ulps', ulps: 8, absolute: 64 * 2 ** -24 }

/** A deformable window over pictures: its offsets reach beyond them. */
function drawDeform(draw: Draw) {
  const conv = drawConv(draw, [anyRank(2, 9, 12)])
  const offsetGroups = draw.pick([1, 2, 3].filter((groups) => conv.inputChannels % groups === 0))
  const masked = draw.chance(0.5)
  const samples = [conv.batch, ...conv.outputSize, offsetGroups * sizeOf(conv.kernel)]
  const offsets = floats(draw, [...samples, 2], 4)
  return { spec: { conv, offsetGroups, masked }, conv, masked, samples, offsets }
}

export function drawDeformUnfold(draw: Draw): FuzzCase<'deformUnfold'> {
  const { spec, conv, masked, samples, offsets } = drawDeform(draw)
  const mask = masked ? [floats(draw, samples)] : []
  return {
    kernel: 'deformUnfold',
    spec,
    inputs: [floats(draw, convShapes(conv).input), offsets, ...mask],
    outputs: [float32(columnShape(conv))],
    allowance: deformed,
  }
}

export function drawDeformGradient(draw: Draw): FuzzCase<'deformUnfoldGradient'> {
  const { spec, conv, masked, samples, offsets } = drawDeform(draw)
  const { input } = convShapes(conv)
  const mask = masked ? [floats(draw, samples)] : []
  return {
    kernel: 'deformUnfoldGradient',
    spec,
    inputs: [floats(draw, columnShape(conv)), floats(draw, input), offsets, ...mask],
    outputs: [float32(input), float32([...samples, 2]), ...(masked ? [float32(samples)] : [])],
    allowance: deformed,
  }
}
