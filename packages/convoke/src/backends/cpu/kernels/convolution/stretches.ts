// Long axes in stretches. Plans write down every row of tiles, so what has millions of rows is cut into parts that are
// convolutions of their own: those in the middle are all alike, share one plan, and differ only in where they begin.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'

/** Pixels in `count` lines of `length`, which begin `pitch` pixels apart. */
export interface Lines {
  readonly count: number
  readonly length: number
  readonly pitch: number
}

/** A part of a convolution, and where its first pixels of input and output stand in the whole. */
export interface Stretch {
  readonly conv: ConvSpec
  /** Equal for equal specs. */
  readonly key: string
  readonly input: number
  readonly output: number
  /** How its pixels lie in the whole where the axis that is cut has others around it; else null: one behind the other. */
  readonly within: { readonly whole: ConvSpec; readonly input: Lines; readonly output: Lines } | null
}

/** Rows, and positions of a row, that are planned as a whole. */
const mostRows = 2 ** 16
const mostAlong = 2 ** 18

/** Rows that one index of an axis may have inside for that axis to be cut. */
const mostInside = 2 ** 14

/** Positions of a stretch, and how many stretches there may be of smaller ones. */
const positionsOf = (total: number): number => Math.max(2 ** 15, Math.ceil(total / 1024))

/** The side whose positions are shared out: stretches may read the same parts of the other. */
export type Side = 'input' | 'output'

/** A kernel of one tap, without stride and padding, takes all pixels for one axis. */
function asPixels(conv: ConvSpec): ConvSpec {
  const { kernel, stride, padding, inputSize, outputSize } = conv
  const single = kernel.every((size) => size === 1) && stride.every((step) => step === 1)
  if (!single || padding.flat().some((amount) => amount !== 0)) return conv
  if (inputSize.some((size, axis) => size !== outputSize[axis])) return conv
  const pixels = [conv.batch * sizeOf(inputSize)]
  return {
    ...conv,
    ...{ rank: 1, batch: 1, inputSize: pixels, outputSize: pixels, kernel: [1], stride: [1] },
    ...{ padding: [[0, 0]], dilation: [1] },
  }
}

/** The larger of a product over the sizes of either side. */
const largerOf = ({ inputSize, outputSize }: ConvSpec, part: (sizes: readonly number[]) => readonly number[]): number =>
  Math.max(sizeOf(part(inputSize)), sizeOf(part(outputSize)))

const widthOf = (conv: ConvSpec): number => largerOf(conv, (sizes) => sizes.slice(-1))

/** The axis to cut: the outermost of more than one position, or a longer one inside it. */
function axisToCut(conv: ConvSpec): number {
  const { inputSize, outputSize, rank } = conv
  const found = inputSize.findIndex((size, axis) => size > 1 || outputSize[axis] > 1)
  let axis = found < 0 ? rank - 1 : found
  const isLongInside = (): boolean =>
    widthOf(conv) > mostAlong || largerOf(conv, (sizes) => sizes.slice(axis + 1, -1)) > mostInside
  while (axis < rank - 1 && isLongInside()) axis++
  return axis
}

const replaced = <T>(list: readonly T[], at: number, value: T): T[] => list.map((old, i) => (i === at ? value : old))

interface AxisPart {
  readonly input: readonly [number, number]
  readonly output: readonly [number, number]
  readonly before: number
}

/** Outputs first … end − 1 of an axis, the inputs they read, and the padding before those. */
function byOutput(conv: ConvSpec, axis: number, first: number, end: number): AxisPart {
  const [stride, size, taps] = [conv.stride[axis], conv.inputSize[axis], conv.kernel[axis] - 1]
  const from = first * stride - conv.padding[axis][0]
  const to = from + (end - first - 1) * stride + taps * conv.dilation[axis] + 1
  const [start, stop] = [Math.max(0, from), Math.min(size, to)]
  // All of it reads padding: a position stands for none, and lies behind all windows.
  if (start >= stop) return { input: [0, 1], output: [first, end], before: to - from }
  return { input: [start, stop], output: [first, end], before: start - from }
}

/** Inputs first … end − 1 of an axis, and the outputs that read them. */
function byInput(conv: ConvSpec, axis: number, first: number, end: number): AxisPart {
  const [stride, size, before] = [conv.stride[axis], conv.outputSize[axis], conv.padding[axis][0]]
  const span = (conv.kernel[axis] - 1) * conv.dilation[axis]
  const stop = Math.min(size, Math.floor((end - 1 + before) / stride) + 1)
  const start = Math.max(0, Math.min(stop - 1, Math.floor((first + before - span) / stride)))
  return { input: [first, end], output: [start, Math.max(stop, start + 1)], before: before + first - start * stride }
}

function stretchOf(conv: ConvSpec, axis: number, part: AxisPart, image: number): Stretch {
  const { inputSize, outputSize, padding } = conv
  const [input, output] = [part.input[1] - part.input[0], part.output[1] - part.output[0]]
  const extent = (output - 1) * conv.stride[axis] + (conv.kernel[axis] - 1) * conv.dilation[axis] + 1
  const own: ConvSpec = {
    ...conv,
    batch: 1,
    inputSize: replaced(inputSize, axis, input),
    outputSize: replaced(outputSize, axis, output),
    padding: replaced(padding, axis, [part.before, Math.max(0, extent - part.before - input)]),
  }
  const linesOf = (sizes: readonly number[], length: number): Lines => {
    const inner = sizeOf(sizes.slice(axis + 1))
    return { count: sizeOf(sizes.slice(0, axis)), length: length * inner, pitch: sizes[axis] * inner }
  }
  const within = { whole: conv, input: linesOf(inputSize, input), output: linesOf(outputSize, output) }
  return {
    ...{ conv: own, key: `${input} ${output} ${part.before}` },
    input: image * sizeOf(inputSize) + part.input[0] * sizeOf(inputSize.slice(axis + 1)),
    output: image * sizeOf(outputSize) + part.output[0] * sizeOf(outputSize.slice(axis + 1)),
    within: within.input.count === 1 && within.output.count === 1 ? null : within,
  }
}

/** Images a few at a time. */
function byImages(conv: ConvSpec, positions: number): Stretch[] {
  const most = Math.max(1, Math.ceil(positionsOf(positions) / (positions / conv.batch)))
  return Array.from({ length: Math.ceil(conv.batch / most) }, (_, i): Stretch => {
    const batch = Math.min(most, conv.batch - i * most)
    const first = i * most
    return {
      ...{ conv: { ...conv, batch }, key: `${batch}` },
      ...{ input: first * sizeOf(conv.inputSize), output: first * sizeOf(conv.outputSize) },
      within: null,
    }
  })
}

/** Positions from which on what is copied for two neighbours is little; 0 where nothing is. */
function seam(conv: ConvSpec, axis: number, side: Side): number {
  const sizes = side === 'output' ? conv.outputSize : conv.inputSize
  if (largerOf(conv, (list) => list.slice(0, axis)) === 1) return 0
  const span = (conv.kernel[axis] - 1) * conv.dilation[axis]
  return Math.min((4 * span) / (side === 'output' ? conv.stride[axis] : 1), sizes[axis] / 8)
}

/** The stretches of a convolution, in order, or null where it is planned as a whole. */
export function stretchesOf(given: ConvSpec, side: Side): readonly Stretch[] | null {
  const conv = asPixels(given)
  const sizes = side === 'output' ? conv.outputSize : conv.inputSize
  const rows = conv.batch * largerOf(conv, (list) => list.slice(0, -1))
  const along = widthOf(conv)
  if (rows <= mostRows && along <= mostAlong) return null
  if (sizeOf(conv.inputSize) === 0 || sizeOf(sizes) === 0) return null
  const positions = conv.batch * sizeOf(sizes)
  if (conv.batch > 1 && rows / conv.batch <= mostRows / 16 && along <= mostAlong) return byImages(conv, positions)
  const axis = axisToCut(conv)
  const each = sizeOf(sizes) / sizes[axis]
  const stride = conv.stride[axis]
  const step = stride * Math.max(1, Math.ceil(Math.max(positionsOf(positions) / each, seam(conv, axis, side)) / stride))
  const count = Math.ceil(sizes[axis] / step)
  if (count < 2) return null
  const part = side === 'output' ? byOutput : byInput
  return Array.from({ length: conv.batch }, (_, image) =>
    Array.from({ length: count }, (__, i) => {
      const first = i * step
      return stretchOf(conv, axis, part(conv, axis, first, Math.min(sizes[axis], first + step)), image)
    }),
  ).flat()
}
