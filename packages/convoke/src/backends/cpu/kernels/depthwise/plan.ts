// Which depthwise convolutions go by tiles of rows and pixels, and how they are cut.

import { type Axis, liftAxes, tapsInside } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { check } from '../../../../shapes/error.ts'
import { indices } from '../../../../shapes/indices.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { evenParts, type Part, partsOf } from '../convolution/axes.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { Derived, KernelPlan } from '../plan.ts'
import { type CallArguments, place, programFor, stepOfEach } from '../step.ts'
import { type DepthwiseShape, depthwiseProgram, insideBits, type Taps } from './program.ts'

/** Rows and pixels of a tile, at most. */
const most = { rows: 4, pixels: 4 } as const

/** The longest side of a kernel: tiles are written out, tap by tap. */
const longestSide = 5

/** Tasks that a thread finds at least, where there are channels to part. */
const tasksAThread = 4

/** An axis of outputs: those at its two ends, some of whose taps lie in the padding, and how many are between them. */
interface Ends {
  readonly left: readonly Taps[]
  readonly right: readonly Taps[]
  readonly middle: number
}

const tapsOf = (axis: Axis, first: number, count: number): Taps[] =>
  indices(count).map((i) => tapsInside(axis, first + i))

/** null where there are more ends than two tiles take, or windows in the padding alone. */
function endsOf(axis: Axis): Ends | null {
  const { input, output, kernel, stride, before } = axis
  const first = Math.min(output, Math.ceil(before / stride))
  const end = Math.max(first, Math.min(output, Math.floor((input + before - kernel) / stride) + 1))
  if (first > longestSide || output - end > longestSide) return null
  const [left, right] = [tapsOf(axis, 0, first), tapsOf(axis, end, output - end)]
  return [...left, ...right].some(isEmpty) ? null : { left, right, middle: end - first }
}

const isEmpty = ([first, end]: Taps): boolean => first >= end

/** Rows and pixels of a tile whose sums fit beside the weights of a kernel's row. */
function tileOf({ vectorRegisters, fma }: Target, height: Axis, width: Axis, middle: number) {
  const pixels = Math.min(most.pixels, middle)
  const sums = vectorRegisters - width.kernel - (fma ? 1 : 2)
  const rows = Math.max(1, Math.min(most.rows, Math.floor(sums / pixels)))
  return { rows: evenParts(height.output, rows).size, pixels }
}

export interface DepthwiseQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly target: Target
  readonly threads: number
}

/** How a convolution is cut into these tiles; null where it does not suit them. */
function cutOf({ conv, epilogue, target: { lanes } }: Omit<DepthwiseQuestion, 'threads'>) {
  const { inputChannels: channels, outputChannels, groups } = conv
  const [depth, height, width] = liftAxes(conv)
  if (groups !== channels || outputChannels !== channels || channels < lanes) return null
  if (depth.output > 1 || depth.kernel > 1 || epilogue?.residual) return null
  const suits = ({ kernel, stride, dilation }: Axis): boolean =>
    kernel <= longestSide && stride <= 2 && (dilation === 1 || kernel === 1)
  if (!suits(height) || !suits(width) || height.kernel * width.kernel === 1) return null
  const [down, across] = [endsOf(height), endsOf(width)]
  return down === null || across === null || across.middle === 0 ? null : { height, width, down, across }
}

/** Whether a convolution goes by these tiles. */
export const fitsDepthwise = (question: Omit<DepthwiseQuestion, 'threads'>): boolean => cutOf(question) !== null

/** Vectors of channels; the last may overlap the one before. */
const vectorStarts = (channels: number, lanes: number): number[] =>
  indices(Math.ceil(channels / lanes)).map((v) => Math.min(v * lanes, channels - lanes))

/** The weights of each vector, tap by tap. */
function packed(channels: number, taps: number, { lanes }: Target): Derived {
  const starts = vectorStarts(channels, lanes)
  return {
    input: 1,
    bytes: 4 * starts.length * taps * lanes,
    key: `depthwise ${lanes} ${taps} ${channels}`,
    compute: (filter, target) => {
      let at = 0
      for (const start of starts) {
        for (let tap = 0; tap < taps; tap++, at += lanes)
          target.set(filter.subarray(tap * channels + start, tap * channels + start + lanes), at)
      }
    },
  }
}

/** [x, filter, bias?] → [y] */
export function planDepthwise({ conv, epilogue, target, threads }: DepthwiseQuestion): KernelPlan {
  const cut = cutOf({ conv, epilogue, target })
  check(cut !== null, () => 'This depthwise convolution cannot be computed in tiles. Use the direct sum.')
  const { height, width, down, across } = cut
  const { inputChannels: channels, batch } = conv
  const { lanes } = target
  const { rows, pixels } = tileOf(target, height, width, across.middle)
  const kernel = [height.kernel, width.kernel] as const
  const stride = [height.stride, width.stride] as const
  const taps = height.kernel * width.kernel
  const output = epilogue?.bias ? 3 : 2
  const pixel = channels * 4
  const columnOf = (first: number): number => (first * width.stride - width.before) * pixel
  const end = across.left.length + across.middle
  const starts = vectorStarts(channels, lanes)
  const tiles = Math.ceil(height.output / rows)
  // Rows of the picture are read in order where a task takes all channels.
  const parts = Math.ceil((tasksAThread * threads) / (batch * tiles))
  const blocks = partsOf(evenParts(starts.length, Math.ceil(starts.length / parts)))
  const whole = insideBits(
    indices(rows).map((): Taps => [0, height.kernel]),
    height.kernel,
  )
  const bitsOf = (first: number): number =>
    first >= down.left.length && first + rows <= down.left.length + down.middle
      ? whole
      : insideBits(tapsOf(height, first, rows), height.kernel)
  const callOf = (image: number, first: number, block: Part): CallArguments => {
    const top = first * height.stride - height.before
    const channel = starts[block.first] * 4
    return {
      x: place(0, (image * height.input + top) * width.input * pixel + channel),
      inside: bitsOf(first),
      y: place(output, (image * height.output + first) * width.output * pixel + channel),
      ...{ xRow: width.input * pixel, xPixel: pixel, yRow: width.output * pixel, yPixel: pixel },
      ...{ xMiddle: columnOf(across.left.length), yMiddle: across.left.length * pixel },
      ...{ xRight: columnOf(end), yRight: end * pixel },
      ...{ middles: Math.ceil(across.middle / pixels), lastMiddle: across.middle - pixels },
      ...{ vectors: block.count, lastVector: starts[block.first + block.count - 1] * 4 - channel },
      taps: place(output + 1, block.first * taps * lanes * 4),
      bias: place(2, channel),
      ...epilogueArguments(epilogue),
    }
  }
  const { left, right } = across
  const shape: DepthwiseShape = { kernel, stride, rows, left, right, pixels, epilogue }
  const program = programFor(`depthwise ${JSON.stringify(shape)} ${target.name}`, () => depthwiseProgram(shape, target))
  const step = stepOfEach(program, batch * tiles * blocks.length, (task) => {
    const [tile, block] = [Math.floor(task / blocks.length), task % blocks.length]
    const first = Math.min((tile % tiles) * rows, height.output - rows)
    return callOf(Math.floor(tile / tiles), first, blocks[block])
  })
  return Object.freeze({
    name: program.name,
    ...{ steps: [step], scratch: [], tables: [] },
    derived: [packed(channels, taps, target)],
  })
}
