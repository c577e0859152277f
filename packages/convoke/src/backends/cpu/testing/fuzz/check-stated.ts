// Compares transforms and convolutions by FFT with float64, by the bounds that they state and nothing else.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import type { KernelSpecs, TypedArray } from '../../../backend.ts'
import { createCpuBackend } from '../../backend.ts'
import { dftErrorBound, typicalDftError } from '../../kernels/dft/error-bound.ts'
import type { StatedError } from '../../kernels/fft/index.ts'
import { planByFft } from '../../plan/by-fft.ts'
import type { Target } from '../../program/index.ts'
import { kernelNamed } from '../kernel-named.ts'
import { type Failure, failuresOf, lengthOf, nameOf } from './check-case.ts'
import { type ConvKernel, exactConvolution, rolesOf } from './exact-convolutions.ts'
import { exactResults } from './expected.ts'
import type { FuzzCase } from './fuzz-case.ts'
import type { FuzzTarget } from './targets.ts'

/** Engines that take the FFT wherever it has a plan. */
export const enginesByFft = ({ name, backends: [one, two] }: FuzzTarget): FuzzTarget => ({
  name,
  backends: [createCpuBackend(one.runtime, undefined, planByFft), createCpuBackend(two.runtime, undefined, planByFft)],
})

/** What is wrong with an output, or undefined. */
type Judge = (actual: TypedArray) => string | undefined

/** A margin for errors that no float32 avoids: of the last operation, and where numbers leave the normal ones. */
const lastRounding = 2 ** -22
const underflow = 2 ** -120

const places = (shape: readonly number[]): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))

/** Which example each element of `shape` belongs to: those along the axes that are not transformed. */
function examplesOf(shape: readonly number[], axes: readonly number[]): Int32Array {
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const [steps, own] = [places(shape), places(kept)]
  const ids = new Int32Array(sizeOf(shape))
  for (let i = 0; i < ids.length; i++) {
    for (let axis = 0; axis < shape.length; axis++) {
      if (kept[axis] > 1) ids[i] += (Math.floor(i / steps[axis]) % shape[axis]) * own[axis]
    }
  }
  return ids
}

interface Examples {
  /** Sums of squares. */
  readonly squares: Float64Array
  readonly finite: boolean[]
}

function squaresOf(
  values: TypedArray,
  ids: Int32Array,
  count: number,
  pairs: number,
  weight: (i: number) => number,
): Examples {
  const squares = new Float64Array(count)
  const finite = Array<boolean>(count).fill(true)
  for (let i = 0; i < values.length; i++) {
    const example = ids[Math.floor(i / pairs)]
    if (!Number.isFinite(values[i])) finite[example] = false
    squares[example] += weight(Math.floor(i / pairs)) * values[i] * values[i]
  }
  return { squares, finite }
}

/** Of a complex value one part may stay finite: factors of 0 are left out. Of real results that part may be all there is. */
const isFinitePair = (values: TypedArray, at: number, pairs: number): boolean =>
  values.subarray(at, at + pairs).every(Number.isFinite)

/** ‖computed − exact‖₂ ≤ bound · ‖exact‖₂ of each example. The norm of what is exact is that of what is given, scaled. */
function transformJudge(given: FuzzCase<'fft' | 'rfft' | 'irfft'>, exact: TypedArray, target: Target): Judge {
  const { kernel, spec, inputs } = given
  const { shape, axes, scale } = spec as KernelSpecs['rfft']
  const half = halvedShape(shape, axes)
  const last = axes[axes.length - 1]
  const [from, to] = [kernel === 'irfft' ? half : shape, kernel === 'rfft' ? half : shape]
  const count = sizeOf(shape) / Math.max(1, sizeOf(axes.map((axis) => shape[axis])))
  const inner = sizeOf(half.slice(last + 1))
  const column = (i: number): number => Math.floor(i / inner) % half[last]
  const twice = (i: number): number => (column(i) === 0 || 2 * column(i) === shape[last] ? 1 : 2)
  const { squares, finite } = squaresOf(
    inputs[0].data,
    examplesOf(from, axes),
    count,
    kernel === 'rfft' ? 1 : 2,
    kernel === 'irfft' ? twice : () => 1,
  )
  const points = sizeOf(axes.map((axis) => shape[axis]))
  const bound = axes.reduce(
    (sum, axis) => sum + (shape[axis] > 1 ? dftErrorBound(shape[axis], target) : 0),
    lastRounding,
  )
  // For random numbers the error is far below its bound.
  const typical = axes.reduce((sum, axis) => sum + typicalDftError(Math.max(2, shape[axis]), target) ** 2, 0)
  const [ids, pairs] = [examplesOf(to, axes), kernel === 'irfft' ? 1 : 2]
  return (actual) => {
    const errors = new Float64Array(count)
    for (let i = 0; i < exact.length; i++) {
      const example = ids[Math.floor(i / pairs)]
      if (finite[example]) {
        const weight = kernel === 'rfft' ? twice(Math.floor(i / pairs)) : 1
        errors[example] += weight * (actual[i] - exact[i]) ** 2
      } else if (pairs === 2 && i % 2 === 0 && isFinitePair(actual, i, pairs) && !isFinitePair(exact, i, pairs)) {
        return `[${i}] is finite, not ${exact.slice(i, i + pairs)}`
      }
    }
    for (let example = 0; example < count; example++) {
      const norm = Math.sqrt(squares[example] * points) * Math.abs(scale)
      const error = Math.sqrt(errors[example])
      if (finite[example] && !(error <= bound * norm + underflow)) {
        return `example ${example} is off by ${error} in norm, ${bound * norm} allowed`
      }
      if (finite[example] && points >= 64 && error > 8 * Math.sqrt(typical) * norm + underflow) {
        return `example ${example} is off by ${error} in norm, within its bound but ${error / norm / Math.sqrt(typical)} times what is typical`
      }
    }
    return undefined
  }
}

/** Sums and norms of the channels of a tensor `[images, elements, channels]`. */
interface Channels {
  readonly sums: Float64Array
  readonly norms: Float64Array
  readonly largest: Float64Array
}

function channelsOf(values: TypedArray, images: number, channels: number): Channels {
  const each = values.length / Math.max(1, images)
  const [sums, squares, largest] = [0, 1, 2].map(() => new Float64Array(images * channels))
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(i / each) * channels + (i % channels)
    const size = Math.abs(values[i])
    sums[at] += size
    squares[at] += size * size
    largest[at] = Number.isNaN(size) ? Number.NaN : Math.max(largest[at], size)
  }
  return { sums, norms: squares.map(Math.sqrt), largest }
}

/** ‖x‖₂ of two tiles of a channel at most; they may overlap. Beyond its edges a picture may go on. */
const normOf = ({ norms, largest }: Channels, at: number, { norm }: StatedError, goesOn: boolean): number =>
  goesOn ? norm * largest[at] : Math.min(Math.SQRT2 * norms[at], norm * largest[at])

/**
 * |computed − exact| ≤ bound · Σ|f| · ‖x‖₂ for each channel of each image of the result; no limit where one of the two is not finite,
 * but a result that is not finite must not come out as a number.
 */
function convolutionJudge(given: ConvolutionCase, exact: Float64Array, stated: StatedError): Judge {
  const { kernel, inputs } = given
  const { conv, boundary, epilogue } = geometryOf(given)
  const { own, operands } = askedOf(given)
  const limits = limitsOf(own, conv, operands, stated, kernel === 'correlate', boundary !== 'zero')
  const [, , role] = rolesOf[own]
  const channels = role === 'x' ? conv.inputChannels : conv.outputChannels
  const images = role === 'f' ? 1 : conv.batch
  const each = exact.length / images
  const inputsOfGroup = conv.inputChannels / conv.groups
  const bias = epilogue?.bias ? inputs[2].data : undefined
  const residual = epilogue?.residual ? inputs[bias ? 3 : 2].data : undefined
  return (actual) => {
    for (let i = 0; i < exact.length; i++) {
      const channel = i % channels
      // Of a filter, the pair of an input and an output channel.
      const at =
        role === 'f'
          ? (Math.floor(i / channels) % inputsOfGroup) * channels + channel
          : Math.floor(i / each) * channels + channel
      const sum = exact[i] + (bias?.[channel] ?? 0) + (residual?.[i] ?? 0)
      const value = epilogue?.activation ? Math.max(0, sum) : sum
      const around = Math.abs(exact[i]) + Math.abs(bias?.[channel] ?? 0) + Math.abs(residual?.[i] ?? 0)
      const limit = limits[at]
      if (!Number.isFinite(limit)) continue
      if (!(Math.abs(actual[i] - value) <= limit + lastRounding * around + underflow)) {
        return `[${i}] is ${actual[i]}, not ${value} (off by ${Math.abs(actual[i] - value)}, ${limit} stated)`
      }
    }
    return undefined
  }
}

type ConvolutionCase = FuzzCase<ConvKernel | 'correlate'>

const geometryOf = ({ spec }: ConvolutionCase) => {
  const {
    conv,
    boundary = 'zero',
    turned = false,
    epilogue = null,
  } = spec as KernelSpecs['conv'] & Partial<KernelSpecs['correlate']>
  return { conv, boundary, turned, epilogue }
}

/** A question as one of the three that are computed exactly. */
function askedOf(given: ConvolutionCase): { readonly own: ConvKernel; readonly operands: readonly TypedArray[] } {
  const { kernel, inputs } = given
  const [x, ...rest] = inputs.map(({ data }) => data)
  if (kernel !== 'correlate') return { own: kernel, operands: [x, rest[0]] }
  const { conv, turned } = geometryOf(given)
  return { own: 'conv', operands: [x, spreadKernel(conv, rest, turned)] }
}

function exactOf(given: FuzzCase): TypedArray {
  if (isTransform(given)) return exactResults(given)[0]
  const asked = given as ConvolutionCase
  const { own, operands } = askedOf(asked)
  const { conv, boundary } = geometryOf(asked)
  return exactConvolution(own, conv, operands, boundary)
}

/** One kernel as a filter of one per channel. */
function spreadKernel(
  { outputChannels, kernel }: ConvSpec,
  parts: readonly TypedArray[],
  turned: boolean,
): Float64Array {
  const given = parts.reduce<number[]>(
    (list, part) => list.flatMap((tap) => Array.from(part, (value: number) => tap * value)),
    [1],
  )
  const taps = turned ? given.reverse() : given
  return Float64Array.from({ length: sizeOf(kernel) * outputChannels }, (_, i) => taps[Math.floor(i / outputChannels)])
}

/** By image and channel of the result, or of a filter by input of a group and output. */
function limitsOf(
  kernel: ConvKernel,
  conv: ConvSpec,
  [first, second]: readonly TypedArray[],
  stated: StatedError,
  together: boolean,
  goesOn: boolean,
): Float64Array {
  const { batch, groups, inputChannels, outputChannels } = conv
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)
  const { bound } = stated
  if (kernel === 'convFilterGradient') {
    const [x, g] = [channelsOf(first, batch, inputChannels), channelsOf(second, batch, outputChannels)]
    return Float64Array.from({ length: inputs * outputChannels }, (_, i) => {
      const [input, output] = [Math.floor(i / outputChannels), i % outputChannels]
      const own = Math.floor(output / outputs) * inputs + input
      const norms = range(0, batch).map((b) => normOf(x, b * inputChannels + own, stated, false))
      const sum = range(0, batch).reduce((total, b) => total + g.sums[b * outputChannels + output], 0)
      return bound * Math.max(...norms) * sum
    })
  }
  const forward = kernel === 'conv'
  const [own, other] = forward ? [outputChannels, inputChannels] : [inputChannels, outputChannels]
  const [perGroup, summed] = forward ? [outputs, inputs] : [inputs, outputs]
  // Channels of a picture lie in one row.
  const x = together ? channelsOf(first, batch, 1) : channelsOf(first, batch, other)
  const sums = new Float64Array(own)
  for (let i = 0; i < second.length; i++) {
    const output = i % outputChannels
    const input = Math.floor(output / outputs) * inputs + (Math.floor(i / outputChannels) % inputs)
    sums[forward ? output : input] += Math.abs(second[i])
  }
  return Float64Array.from({ length: batch * own }, (_, i) => {
    const [image, channel] = [Math.floor(i / own), i % own]
    const group = Math.floor(channel / perGroup)
    const channels = together ? [image] : range(image * other + group * summed, summed)
    return bound * sums[channel] * Math.max(...channels.map((at) => normOf(x, at, stated, goesOn)))
  })
}

const isTransform = (given: FuzzCase): given is FuzzCase<'fft' | 'rfft' | 'irfft'> => given.kernel.endsWith('fft')

/** What is wrong with the results of each target, on one thread and on two. */
export function checkStated(given: FuzzCase, targets: readonly FuzzTarget[]): Failure[] {
  const exact = exactOf(given)
  return targets.flatMap(({ name, backends }) => {
    const { runtime } = backends[0]
    const planned = planByFft({
      ...given,
      kernel: kernelNamed(given.kernel),
      inputs: given.inputs.map(lengthOf),
      runtime,
    })
    const ran = { target: name, plan: nameOf(planned) }
    const error = 'plan' in planned ? planned.error : undefined
    if (isTransform(given)) {
      const judge = transformJudge(given, exact, runtime.target)
      return failuresOf(given, backends, ran, (_, actual) => judge(actual))
    }
    if (error === undefined) return [{ ...ran, what: 'has no plan by FFT' }]
    const judge = convolutionJudge(given as ConvolutionCase, exact as Float64Array, error)
    return failuresOf(given, backends, ran, (_, actual) => judge(actual))
  })
}
