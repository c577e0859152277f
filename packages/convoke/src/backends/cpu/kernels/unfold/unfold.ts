// im2col: columns[o, t, c] = x[o·stride − before + t·dilation, c], 0 where that is padding. Nothing is computed: long
// runs of memory are what counts, so where neighbouring taps read neighbouring pixels they are copied as one run.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'
import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  vectorProgram,
} from '../../program/index.ts'
import { inputOf, outputsInside } from '../convolution/axes.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf, stepOf } from '../step.ts'

/** In elements and pixels. */
interface UnfoldShape {
  readonly channels: number
  readonly kernelWidth: number
  /** Taps of a pixel in all. */
  readonly taps: number
  readonly width: number
  readonly stride: number
  readonly dilation: number
  /** Output columns before the first and after the last at which every tap reads inside, and those between. */
  readonly left: number
  readonly inside: number
  readonly right: number
  /** Column of x that the first tap reads at the first output. */
  readonly start: number
}

/** Copies `count` elements, or writes zeros; moves `to` behind them. */
function emitRun(b: Builder, from: Pointer | null, to: Pointer, count: number): void {
  const zero = from === null ? b.zero() : null
  const put = (tail?: ReturnType<Builder['tail']>): void =>
    b.store(to, 0, from === null ? zero! : b.load(from, 0, tail), tail)
  b.loop(Math.floor(count / b.lanes), () => {
    put()
    if (from !== null) b.advance(from, b.bytes)
    b.advance(to, b.bytes)
  })
  const rest = count % b.lanes
  if (rest > 0) put(b.tail(rest))
  b.advance(to, 4 * rest)
}

/** Pixels at the border: each tap is looked at by itself. `column`: what the first tap of the next pixel reads. */
function emitBorder(b: Builder, shape: UnfoldShape, row: Pointer, to: Pointer, column: Integer, pixels: number): void {
  const { channels, kernelWidth, taps, width, stride, dilation } = shape
  b.loop(pixels, () => {
    b.loop(kernelWidth, () => {
      const nearest = b.integerMax(b.integerMin(column, width - 1), 0)
      b.when(
        nearest,
        'eq',
        column,
        () => emitRun(b, b.offset(row, b.integerMul(column, 4 * channels)), to, channels),
        () => emitRun(b, null, to, channels),
      )
      b.integerAdd(column, dilation, column)
    })
    b.integerAdd(column, stride - kernelWidth * dilation, column)
    b.advance(to, 4 * (taps - kernelWidth) * channels)
  })
}

function emitInside(b: Builder, shape: UnfoldShape, row: Pointer, to: Pointer, column: Integer): void {
  const { channels, kernelWidth, taps, stride, dilation, inside } = shape
  const from = b.offset(row, b.integerMul(column, 4 * channels))
  b.loop(inside, () => {
    if (dilation === 1) emitRun(b, b.offset(from, 0), to, kernelWidth * channels)
    else {
      const tap = b.offset(from, 0)
      b.loop(kernelWidth, () => {
        emitRun(b, b.offset(tap, 0), to, channels)
        b.advance(tap, 4 * dilation * channels)
      })
    }
    b.advance(from, 4 * stride * channels)
    b.advance(to, 4 * (taps - kernelWidth) * channels)
  })
  b.integerAdd(column, inside * stride, column)
}

/** Arguments: x, columns, table rows (the row of x for each row of the kernel, or −1), rowCount, kernelRows. */
const unfoldProgram = (shape: UnfoldShape, target: Target): Program =>
  vectorProgram('unfold', target, (b) => {
    const { channels, kernelWidth, taps, width, left, inside, right } = shape
    const pixels = left + inside + right
    const entry = b.pointer('rows')
    const columns = b.pointer('columns')
    b.loop(b.integer('rowCount'), () => {
      b.loop(b.integer('kernelRows'), () => {
        const to = b.offset(columns, 0)
        const number = b.loadInteger(entry)
        b.when(
          number,
          'ge',
          0,
          () => {
            const row = b.pointer('x')
            b.advance(row, b.integerMul(number, 4 * width * channels))
            const column = b.set(shape.start)
            emitBorder(b, shape, row, to, column, left)
            if (inside > 0) emitInside(b, shape, row, to, column)
            emitBorder(b, shape, row, to, column, right)
          },
          () =>
            b.loop(pixels, () => {
              emitRun(b, null, to, kernelWidth * channels)
              b.advance(to, 4 * (taps - kernelWidth) * channels)
            }),
        )
        b.advance(columns, 4 * kernelWidth * channels)
        b.advance(entry, 4)
      })
      b.advance(columns, 4 * (pixels - 1) * taps * channels)
    })
  })

function shapeOf(spec: ConvSpec): UnfoldShape {
  const [, , width] = liftAxes(spec)
  const ranges = Array.from({ length: width.kernel }, (_, tap) => outputsInside(width, tap))
  const first = Math.min(largestOf(ranges.map((range) => range.first)), width.output)
  const end = Math.max(first, smallestOf(ranges.map((range) => range.end)))
  return {
    ...{ channels: spec.inputChannels, kernelWidth: width.kernel, taps: sizeOf(spec.kernel), width: width.input },
    ...{ stride: width.stride, dilation: width.dilation, start: inputOf(width, 0, 0) },
    ...{ left: first, inside: end - first, right: width.output - end },
  }
}

/** For each row of the output and each row of the kernel: the row of x, or −1 where that is padding. */
function rowTable(spec: ConvSpec): Int32Array {
  const [depth, height] = liftAxes(spec)
  const rows = new Int32Array(spec.batch * depth.output * height.output * depth.kernel * height.kernel)
  let at = 0
  for (let row = 0; row < spec.batch * depth.output * height.output; row++) {
    const [oh, plane] = [row % height.output, Math.floor(row / height.output)]
    const [od, image] = [plane % depth.output, Math.floor(plane / depth.output)]
    for (let kd = 0; kd < depth.kernel; kd++) {
      for (let kh = 0; kh < height.kernel; kh++) {
        const [id, ih] = [inputOf(depth, od, kd), inputOf(height, oh, kh)]
        const inside = id >= 0 && id < depth.input && ih >= 0 && ih < height.input
        rows[at++] = inside ? (image * depth.input + id) * height.input + ih : -1
      }
    }
  }
  return rows
}

/** [x] → [columns] */
export function planUnfold(spec: ConvSpec, target: Target): KernelPlan {
  const shape = shapeOf(spec)
  const table = rowTable(spec)
  const kernelRows = shape.taps / shape.kernelWidth
  const rowElements = (shape.left + shape.inside + shape.right) * shape.taps * shape.channels
  const count = table.length / kernelRows
  const calls = grainsOf(count, grainUnits(count, rowElements)).map((grain) => ({
    ...{ x: place(0, 0), columns: place(1, 4 * grain.start * rowElements) },
    ...{ rows: place(2, 4 * grain.start * kernelRows), rowCount: grain.count, kernelRows },
  }))
  return planOf([stepOf(unfoldProgram(shape, target), calls)], [], [table])
}
