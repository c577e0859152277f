// gatherElements and scatterElements: one index for every element, so one load and one store each. What is gained over
// plain TypeScript is the threads and memory of the engine, not the lanes.

import { sizeOf, stridesOf } from '../../../../shapes/broadcast.ts'
import type { DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { castStep } from '../elementwise/cast.ts'
import {
  bytesOf,
  collapse,
  emitNest,
  grainsOf,
  grainUnits,
  type Nest,
  type NestOperand,
  nestArguments,
  type SplitNest,
  splitNest,
} from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'

/** Operands of the nest: the tensor that is indexed, the indices, and what goes with them one to one. */
const names = ['indexed', 'indices', 'listed'] as const

interface ElementsSpec {
  readonly shape: readonly number[]
  readonly indexShape: readonly number[]
  readonly axis: number
}

/** What is done at a place that an index names, with its partner so many bytes behind `listed`. */
type Write = (b: Builder, indexed: Pointer, listed: Pointer, displacement: number) => void

/** Elements of a turn: what moves pointers on costs as much as the rest. */
const abreast = 4

/**
 * Loops over the indices. `still`: the indexed tensor stays where it is along a row, whose indices count its elements one by one,
 * as they do where the axis is the last.
 */
function writeProgram(
  title: string,
  depth: number,
  bytes: number,
  still: boolean,
  target: Target,
  write: Write,
): Program {
  return vectorProgram(title, target, (b) => {
    const [indexed, indices, listed] = names.map((name) => b.pointer(name))
    const visit = (turn: number): void => {
      const index = b.loadInteger(indices, 4 * turn)
      const by = still ? b.integerShl(index, bytes === 4 ? 2 : 0) : b.integerMul(index, b.integer('axisStride'))
      write(b, b.offset(indexed, by), listed, turn * bytes)
      if (!still) b.advance(indexed, b.integer('indexedStride'))
    }
    const advance = (count: number): void => {
      b.advance(indices, 4 * count)
      b.advance(listed, bytes * count)
    }
    emitNest(b, depth, { indexed, indices, listed }, () => {
      b.loop(b.integer('several'), () => {
        for (let turn = 0; turn < abreast; turn++) visit(turn)
        advance(abreast)
      })
      b.loop(b.integer('left'), () => {
        visit(0)
        advance(1)
      })
    })
  })
}

/** Whether the rows of a split nest run along the axis, and the axis is the tensor's last. */
const isStill = (split: SplitNest, { shape, axis }: ElementsSpec): boolean =>
  split.strides[0][split.depth] === 0 && stridesOf(shape)[axis] === 1

/** Copies one element. */
function move(b: Builder, bytes: number, from: Pointer, fromAt: number, to: Pointer, toAt: number): void {
  if (bytes === 4) b.storeInteger(to, toAt, b.loadInteger(from, fromAt))
  else b.storeBytes(to, toAt, b.loadBytes(from, fromAt, 1), 1)
}

interface Buffers {
  readonly indexed: number
  readonly indices: number
  readonly listed: number
}

/** The calls of a split nest; `columns` is where its rows begin, for nests that take a part of every row. */
function callsOf(
  split: SplitNest,
  { shape, axis }: ElementsSpec,
  bytes: number,
  buffers: Buffers,
  column = 0,
): CallArguments[] {
  const sizes = [bytes, 4, bytes]
  const rowStrides = split.strides.map((list) => list[split.depth])
  const operands = names.map(
    (name, k): NestOperand => ({
      name,
      bytes: sizes[k],
      consumed: (elements) => elements * (k === 0 ? rowStrides[0] : 1) * sizes[k],
    }),
  )
  const numbers = [buffers.indexed, buffers.indices, buffers.listed]
  return split.runs.map((run) => ({
    ...Object.fromEntries(
      names.map((name, k) => [name, place(numbers[k], (run.starts[k] + column * rowStrides[k]) * sizes[k])]),
    ),
    ...nestArguments(split, run, operands),
    ...{ several: Math.floor(run.sizes[split.depth] / abreast), left: run.sizes[split.depth] % abreast },
    ...{ indexedStride: rowStrides[0] * bytes, axisStride: stridesOf(shape)[axis] * bytes },
  }))
}

/** The indexed tensor stands still along the axis: the index moves there. Indices and list are contiguous. */
function stridesFor({ shape, indexShape, axis }: ElementsSpec): number[][] {
  const own = stridesOf(indexShape)
  return [stridesOf(shape).map((stride, a) => (a === axis ? 0 : stride)), own, own]
}

/** [x of shape, int32 indices of indexShape] → [y of indexShape]. */
export function planGatherElements(spec: KernelSpecs['gatherElements'], dtype: DType, target: Target): KernelPlan {
  const bytes = bytesOf(dtype)
  const split = splitNest(collapse(spec.indexShape, stridesFor(spec)))
  const still = isStill(split, spec)
  const title = `gather single elements of ${bytes}${still ? ' of rows' : ''} depth ${split.depth}`
  const program = programFor(`${title} ${target.name}`, () =>
    writeProgram(title, split.depth, bytes, still, target, (b, from, to, at) => move(b, bytes, from, 0, to, at)),
  )
  return planOf([stepOf(program, callsOf(split, spec, bytes, { indexed: 0, indices: 1, listed: 2 }))])
}

/** A nest with the axis along which indices may meet at place `axis`, 1 or later; axes before it never meet. */
function nestAroundAxis(spec: ElementsSpec): { nest: Nest; axis: number } {
  const { indexShape, axis } = spec
  const strides = stridesFor(spec)
  const part = (from: number, to: number): Nest =>
    collapse(
      indexShape.slice(from, to),
      strides.map((list) => list.slice(from, to)),
    )
  const [before, after] = [part(0, axis), part(axis + 1, indexShape.length)]
  const middle: Nest = { sizes: [indexShape[axis]], strides: strides.map((list) => [list[axis]]) }
  // Behind the last axis there is nothing: its indices are the rows.
  const parts = after.sizes.length === 1 && after.sizes[0] === 1 ? [before, middle] : [before, middle, after]
  return {
    axis: before.sizes.length,
    nest: {
      sizes: parts.flatMap(({ sizes }) => sizes),
      strides: strides.map((_, k) => parts.flatMap((nest) => nest.strides[k])),
    },
  }
}

/**
 * [x of shape, int32 indices, updates of indexShape] → [y of shape]: a copy of x, then the updates, put or added in the
 * order of the axis. Calls share out the other axes alone, since only along the axis two updates can meet.
 */
export function planScatterElements(spec: KernelSpecs['scatterElements'], dtype: DType, target: Target): KernelPlan {
  const bytes = bytesOf(dtype)
  const size = sizeOf(spec.shape)
  const copied = castStep({ from: dtype, to: dtype }, size, target, [0, 3])
  const { nest, axis } = nestAroundAxis(spec)
  const last = nest.sizes.length - 1
  const columns = nest.sizes[last]
  const whole = splitNest(nest, { before: axis })
  const perCall = grainUnits(columns, nest.sizes[axis])
  // Few outer indices: share out the columns too, each call all the rows.
  const byColumns = last > axis && whole.runs.length < 4 && perCall < columns
  const parts = byColumns
    ? grainsOf(columns, perCall).map(({ start, count }) => ({
        start,
        split: splitNest({ ...nest, sizes: nest.sizes.with(last, count) }, { before: axis }),
      }))
    : [{ start: 0, split: whole }]
  const adding = spec.reduction === 'add'
  const still = isStill(whole, spec)
  const title = `scatter ${adding ? 'adding ' : ''}single elements of ${dtype}${still ? ' of rows' : ''} depth ${whole.depth}`
  const program = programFor(`${title} ${target.name}`, () =>
    writeProgram(title, whole.depth, bytes, still, target, (b, to, from, at) => {
      if (!adding) return move(b, bytes, from, at, to, 0)
      if (bytes === 4) {
        const one = b.tail(1)
        const [old, update] = [b.load(to, 0, one), b.load(from, at, one)]
        b.store(to, 0, dtype === 'float32' ? b.add(old, update) : b.iadd(old, update), one)
      } else b.storeBytes(to, 0, b.iadd(b.loadBytes(to, 0, 1), b.loadBytes(from, at, 1)), 1)
    }),
  )
  const calls = parts.flatMap(({ start, split }) =>
    callsOf(split, spec, bytes, { indexed: 3, indices: 1, listed: 2 }, start),
  )
  // Where the loops are too deep to keep the axis inside a call, the calls go one after the other.
  const steps = whole.cut < axis ? [stepOf(program, calls)] : calls.map((call) => stepOf(program, [call]))
  return planOf([copied, ...steps], [], [], program.name)
}
