// Strided copies. Elements are only moved, so every dtype of four bytes is moved as float32 lanes, and bytes that come
// in aligned fours likewise. Five ways, by what the axis along which the output is contiguous does in the input:
//
//   input contiguous or standing still   rows of whole vectors
//   input contiguous, from its end       the same, the lanes of each vector turned round
//   another axis contiguous in the input lanes × lanes blocks, transposed in registers;
//                                        2 to 4 channels beside each other: vectors of pixels
//   neither                              element by element

import type { DType, StridedCopy } from '../../../backend.ts'
import { type Target, vectorProgram } from '../../program/index.ts'
import { elementwiseStep, loadPart, storePart } from '../elementwise/elementwise.ts'
import { bytesOf, collapse, emitNest, type Nest, type NestOperand, nestArguments, splitNest } from '../nest.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { place, planOf, programFor, rowArguments, stepOf } from '../step.ts'
import { interleaveStep } from './interleave.ts'
import { transposeSteps } from './transpose.ts'

/** A copy over as few axes as possible, the output's smallest stride last. */
export interface CollapsedCopy {
  readonly nest: Nest
  /** Where input and output start, in elements. */
  readonly offsets: readonly [number, number]
  readonly dtype: DType
  /** Of the plan: what is read and what is written. */
  readonly buffers: readonly [from: number, to: number]
}

/** Axes may go in any order: every element is written once. */
function simplify(copy: StridedCopy, dtype: DType, buffers: CollapsedCopy['buffers']): CollapsedCopy {
  const axes = copy.shape.map((_, axis) => axis)
  const distance = (axis: number): number => Math.abs(copy.outputStrides[axis])
  const order = axes.toSorted((a, b) => distance(b) - distance(a))
  const pick = (list: readonly number[]): number[] => order.map((axis) => list[axis])
  const nest = collapse(pick(copy.shape), [pick(copy.inputStrides), pick(copy.outputStrides)])
  return { nest, offsets: [copy.inputOffset, copy.outputOffset], dtype, buffers }
}

/** Bytes as words of four, where sizes, strides and offsets allow. */
function inWords(copy: CollapsedCopy): CollapsedCopy {
  const { nest, offsets, dtype } = copy
  const last = nest.sizes.length - 1
  const aligned = (values: readonly number[]): boolean => values.every((value) => value % 4 === 0)
  const rows = nest.strides.every((list) => list[last] === 1 && aligned(list.slice(0, -1)))
  if (bytesOf(dtype) === 4 || !rows || !aligned([nest.sizes[last], ...offsets])) return copy
  return {
    nest: {
      sizes: nest.sizes.with(last, nest.sizes[last] / 4),
      strides: nest.strides.map((list) => list.map((stride, axis) => (axis === last ? 1 : stride / 4))),
    },
    offsets: [offsets[0] / 4, offsets[1] / 4],
    dtype: 'int32',
    buffers: copy.buffers,
  }
}

function rowStep({ nest, offsets, dtype, buffers }: CollapsedCopy, target: Target): KernelStep {
  return elementwiseStep({
    name: 'copy rows',
    target,
    inputs: [dtype],
    output: dtype,
    shape: nest.sizes,
    strides: [nest.strides[0]],
    outputStrides: nest.strides[1],
    ...{ offsets, buffers },
    compute: (_, [x]) => x,
  })
}

/** Rows read from their ends. */
function reversedStep({ nest, offsets, dtype, buffers: [from, to] }: CollapsedCopy, target: Target): KernelStep {
  const split = splitNest(nest)
  const title = `copy reversed rows depth ${split.depth}`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const backwards = Array.from({ length: b.lanes }, (_, lane) => b.lanes - 1 - lane)
      emitNest(b, split.depth, { x, y }, () => {
        b.loop(b.integer('vectors'), () => {
          const read = b.load(x, 4 - b.bytes)
          b.store(y, 0, b.shuffle(read, read, backwards))
          b.advance(x, -b.bytes)
          b.advance(y, b.bytes)
        })
        b.loop(b.integer('rest'), () => {
          storePart(b, dtype, y, loadPart(b, dtype, x, 'one'), 'one')
          b.advance(x, -4)
          b.advance(y, 4)
        })
      })
    }),
  )
  const operands = [-4, 4].map(
    (bytes, k): NestOperand => ({ name: k === 0 ? 'x' : 'y', bytes: 4, consumed: (elements) => elements * bytes }),
  )
  const calls = split.runs.map((run) => ({
    x: place(from, (offsets[0] + run.starts[0]) * 4),
    y: place(to, (offsets[1] + run.starts[1]) * 4),
    ...nestArguments(split, run, operands),
    ...rowArguments(target.lanes, run.sizes[split.depth]),
  }))
  return stepOf(program, calls)
}

/** Both strides of the row are arguments. */
function elementStep({ nest, offsets, dtype, buffers: [from, to] }: CollapsedCopy, target: Target): KernelStep {
  const split = splitNest(nest)
  const bytes = bytesOf(dtype)
  const strides = split.strides.map((list) => list[split.depth] * bytes)
  const title = `copy elements of ${bytes} depth ${split.depth}`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      emitNest(b, split.depth, { x, y }, () => {
        const [xStride, yStride] = [b.integer('xStride'), b.integer('yStride')]
        b.loop(b.integer('elements'), () => {
          storePart(b, dtype, y, loadPart(b, dtype, x, 'one'), 'one')
          b.advance(x, xStride)
          b.advance(y, yStride)
        })
      })
    }),
  )
  const operands = ['x', 'y'].map(
    (name, k): NestOperand => ({ name, bytes, consumed: (elements) => elements * strides[k] }),
  )
  const calls = split.runs.map((run) => ({
    x: place(from, (offsets[0] + run.starts[0]) * bytes),
    y: place(to, (offsets[1] + run.starts[1]) * bytes),
    ...nestArguments(split, run, operands),
    ...{ xStride: strides[0], yStride: strides[1], elements: run.sizes[split.depth] },
  }))
  return stepOf(program, calls)
}

/** [x] → [y]; writes only the elements that the output strides address. */
export const planCopy = (spec: StridedCopy, dtype: DType, target: Target): KernelPlan =>
  planOf(copySteps(spec, dtype, target))

/** The same from one buffer of a plan to another. */
export function copySteps(spec: StridedCopy, dtype: DType, target: Target, from = 0, to = 1): readonly KernelStep[] {
  const copy = inWords(simplify(spec, dtype, [from, to]))
  const [input, output] = copy.nest.strides
  const last = copy.nest.sizes.length - 1
  if (output[last] === 1 && (input[last] === 1 || input[last] === 0)) return [rowStep(copy, target)]
  const words = bytesOf(copy.dtype) === 4
  if (words && output[last] === 1 && input[last] === -1) return [reversedStep(copy, target)]
  const across = input.indexOf(1)
  if (output[last] === 1 && across >= 0 && words) {
    const interleaved = interleaveStep(copy, across, target)
    return interleaved === null ? transposeSteps(copy, across, target) : [interleaved]
  }
  return [elementStep(copy, target)]
}
