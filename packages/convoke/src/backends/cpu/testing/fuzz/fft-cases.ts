// Fourier transforms and convolutions by FFT of up to 2²² elements, against the bounds that they state: mostly short, as what is
// planned differs more among short ones.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec, convTransposeSpec } from '../../../../shapes/conv-spec.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import type { Epilogue } from '../../../backend.ts'
import { checkStated, enginesByFft } from './check-stated.ts'
import { gridPoints } from './exact-convolutions.ts'
import type { CaseSource } from './fuzz.ts'
import { type Allowance, createDraw, type Draw, type FuzzCase, type Operand } from './fuzz-case.ts'

const mostElements = 22

/** The logarithm of a number of elements. */
const drawExponent = (draw: Draw, most: number = mostElements): number => most * draw.unit() ** 3

function isPrime(n: number): boolean {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return false
  return n > 1
}

function primeBelow(n: number): number {
  let p = Math.max(2, n)
  while (!isPrime(p)) p--
  return p
}

/** A product of the radices near n, any number near it, a prime, or a power of two and what is next to it. */
function lengthNear(draw: Draw, n: number): number {
  const most = Math.max(1, Math.floor(n))
  if (most < 4) return draw.between(1, most)
  const kind = draw.unit()
  if (kind < 0.2) return draw.between(Math.ceil(most / 2), most)
  if (kind < 0.35) return primeBelow(draw.between(Math.ceil(most / 2), most))
  if (kind < 0.5) return Math.max(1, 2 ** Math.floor(Math.log2(most)) + draw.between(-1, 0))
  let length = 1
  for (;;) {
    const next = length * draw.pick([2, 2, 2, 3, 4, 5, 7, 8])
    if (next > most) return length
    length = next
  }
}

/** Sizes whose product is about 2^exponent at most. */
function drawSizes(draw: Draw, rank: number, exponent: number): number[] {
  const shares = Array.from({ length: rank }, () => 0.15 + draw.unit())
  const whole = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => lengthNear(draw, 2 ** ((exponent * share) / whole)))
}

const stated: Allowance = { kind: 'stated' }

/** Examples along the axes that are not transformed differ in size by as much as 2⁴⁰. */
function drawValues(draw: Draw, shape: readonly number[], examples: number): Operand {
  const operand = draw.values('float32', sizeOf(shape), 1)
  const data = operand.data as Float32Array
  const kind = draw.unit()
  if (kind < 0.15) {
    const keep = draw.between(1, 4)
    const at = new Set(Array.from({ length: keep }, () => draw.below(Math.max(1, data.length))))
    for (let i = 0; i < data.length; i++) if (!at.has(i)) data[i] = 0
  } else if (kind < 0.3) {
    const offset = draw.pick([1, -30, 1000])
    for (let i = 0; i < data.length; i++) data[i] += offset
  } else if (kind < 0.45) {
    const scales = Array.from({ length: Math.max(1, examples) }, () => 2 ** draw.between(-20, 20))
    const each = Math.max(1, data.length / scales.length)
    for (let i = 0; i < data.length; i++) data[i] *= scales[Math.floor(i / each)]
  }
  return operand
}

/** Not finite, or as small as a float can be. */
function withSpecial(draw: Draw, { data }: Operand): void {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** -149]
  if (data.length > 0) data[draw.below(data.length)] = draw.pick(values)
}

function drawTransform(draw: Draw): FuzzCase<'fft' | 'rfft' | 'irfft'> {
  const kernel = draw.pick(['fft', 'fft', 'rfft', 'irfft'] as const)
  const count = draw.pick([1, 1, 1, 2, 2, 3])
  const rank = count + draw.pick([0, 0, 1, 2])
  const shape = drawSizes(draw, rank, drawExponent(draw))
  const axes = shape
    .map((_, axis) => axis)
    .sort(() => draw.unit() - 0.5)
    .slice(0, count)
  const points = sizeOf(axes.map((axis) => shape[axis]))
  const scale = draw.pick([1, 1, 1 / points, 1 / Math.sqrt(points), -0.3])
  const half = [...halvedShape(shape, axes), 2]
  const whole = [...shape, ...(kernel === 'fft' ? [2] : [])]
  const [from, to] = kernel === 'fft' ? [whole, whole] : kernel === 'rfft' ? [whole, half] : [half, whole]
  const x = drawValues(draw, from, axes.includes(0) ? 1 : shape[0])
  if (draw.chance(0.08)) withSpecial(draw, x)
  return {
    kernel,
    spec: { shape, axes, scale, ...(kernel === 'fft' && { inverse: draw.chance(0.5) }) } as FuzzCase<'fft'>['spec'],
    inputs: [x],
    outputs: [{ dtype: 'float32', length: sizeOf(to) }],
    allowance: stated,
  }
}

/** Points that the float64 transforms of a case are of, all planes together. */
const mostPoints = 2 ** 23

/** Numbers that make a convolution which FFT has a plan for; draws until they do. */
function drawConv(draw: Draw, oneAChannel: boolean): ConvSpec {
  for (;;) {
    const rank = draw.pick([1, 1, 2, 2, 2, 3])
    const each = <T>(make: (axis: number) => T): T[] => Array.from({ length: rank }, (_, axis) => make(axis))
    const groups = draw.chance(0.6) ? 1 : draw.size(12)
    const [inner, outer] = oneAChannel || draw.chance(0.5) ? [1, 1] : [draw.size(9), draw.size(9)]
    const size = drawSizes(draw, rank, drawExponent(draw, mostElements - 1))
    const kernel = each((axis) => {
      const share = draw.unit()
      if (share < 0.3) return draw.between(1, 9)
      return draw.between(1, Math.max(1, Math.ceil(size[axis] * (share < 0.9 ? 0.6 : 1.5))))
    })
    const stride = each(() => (oneAChannel || draw.chance(0.7) ? 1 : draw.between(1, 5)))
    const dilation = each(() => (draw.chance(0.75) ? 1 : draw.between(1, draw.chance(0.1) ? 30 : 4)))
    const far = draw.chance(0.2) ? 60 : 8
    const padding = draw.chance(0.4)
      ? 'same'
      : each((axis): [number, number] =>
          draw.chance(0.3)
            ? [(kernel[axis] - 1) * dilation[axis], (kernel[axis] - 1) * dilation[axis]]
            : [draw.below(far), draw.below(far)],
        )
    const batch = draw.between(1, 3)
    const filter = [...kernel, inner, groups * outer]
    try {
      const conv =
        oneAChannel || draw.chance(0.7)
          ? convSpec('fuzz', [batch, ...size, groups * inner], filter, { groups, stride, dilation, padding })
          : convTransposeSpec('fuzz', [batch, ...size, groups * outer], filter, {
              ...{ groups, stride, dilation, padding },
              outputPadding: stride.map((s, axis) => draw.below(Math.max(s, dilation[axis]))),
            })
      const { input, output } = convShapes(conv)
      if (sizeOf(output) > 0 && sizeOf(input) > 0 && gridPoints(conv) <= mostPoints) return conv
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
    }
  }
}

function drawEpilogue(draw: Draw): Epilogue | null {
  if (draw.chance(0.5)) return null
  return { bias: draw.chance(0.6), residual: draw.chance(0.4), activation: draw.chance(0.4) ? { kind: 'relu' } : null }
}

function drawConvolution(draw: Draw): FuzzCase<'conv' | 'convTranspose' | 'convFilterGradient'> {
  const kernel = draw.pick(['conv', 'convTranspose', 'convFilterGradient'] as const)
  const conv = drawConv(draw, false)
  const { input, filter, output } = convShapes(conv)
  const [first, second, result] = {
    conv: [input, filter, output],
    convTranspose: [output, filter, input],
    convFilterGradient: [input, output, filter],
  }[kernel]
  const epilogue = kernel === 'convFilterGradient' ? null : drawEpilogue(draw)
  const factors = [first, second].map((shape) => drawValues(draw, shape, shape === filter ? 1 : conv.batch))
  if (draw.chance(0.08)) withSpecial(draw, draw.pick(factors))
  const extras = [
    ...(epilogue?.bias ? [draw.values('float32', result[result.length - 1])] : []),
    ...(epilogue?.residual ? [draw.values('float32', sizeOf(result))] : []),
  ]
  return {
    kernel,
    spec: { conv, epilogue, precision: 'fast' },
    inputs: [...factors, ...extras],
    outputs: [{ dtype: 'float32', length: sizeOf(result) }],
    allowance: stated,
  }
}

function drawPicture(draw: Draw): FuzzCase<'correlate'> {
  const conv = drawConv(draw, true)
  const factors = conv.rank === 2 && draw.chance(0.2)
  const { input, output } = convShapes(conv)
  const kernels = factors
    ? conv.kernel.map((length) => draw.values('float32', length, 1))
    : [drawValues(draw, conv.kernel, 1)]
  const x = drawValues(draw, input, conv.batch)
  if (draw.chance(0.08)) withSpecial(draw, draw.pick([x, ...kernels]))
  return {
    kernel: 'correlate',
    spec: {
      conv,
      boundary: draw.pick(['zero', 'zero', 'reflect', 'mirror', 'edge', 'wrap'] as const),
      ...{ factors, method: 'fft', turned: draw.chance(0.4) },
    },
    inputs: [x, ...kernels],
    outputs: [{ dtype: 'float32', length: sizeOf(output) }],
    allowance: stated,
  }
}

const kinds: readonly ((draw: Draw) => FuzzCase)[] = [
  drawTransform,
  drawTransform,
  drawConvolution,
  drawConvolution,
  drawPicture,
]

export const fftCases: CaseSource = {
  draw: (seed, index) => {
    const draw = createDraw(seed, index)
    return draw.pick(kinds)(draw)
  },
  options: '--fft ',
  check: checkStated,
  enginesOf: enginesByFft,
}
