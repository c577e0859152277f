// Sums, products and extremes over any axes. Axes are merged until kept and reduced ones alternate; then the reduced
// ones go one after the other, the innermost first, each as [outer, length, inner] → [outer, inner]:
//
//   inner = 1   rows: four accumulators, then across the lanes
//   inner > 1   columns: the lanes lie over inner
//
// Totals are kept in two levels, so that the rounding errors of a sum of n elements grow with √n rather than n. A long
// axis is cut into pieces of a size that depends on the shape alone, reduced to scratch and from there: never by thread.

import { stridesOf } from '../../../../shapes/broadcast.ts'
import type { AxisSpec, DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { planCast } from '../elementwise/cast.ts'
import { loadPart, type Part, storePart } from '../elementwise/elementwise.ts'
import { fillStep } from '../elementwise/fill.ts'
import { bytesOf, collapse, grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'
import { columnArguments, columnBlocks, emitColumns } from './columns.ts'
import { accumulate, acrossLanes, identities, identityLanes, type ReduceOp } from './reduction.ts'

/** Accumulators of a row, columns of vectors of a strip: enough to hide the latency of an addition. */
const accumulators = 4
/** Turns after which the inner totals are added to the outer ones. */
const turns = 32

/** One axis of a reduction, between two buffers of the plan. */
interface Stage extends AxisSpec {
  readonly op: ReduceOp
  readonly dtype: DType
  /** Buffers of the plan. */
  readonly from: number
  readonly to: number
  readonly target: Target
}

/** A piece of the axis, and which of how many it is. */
interface Pieces {
  readonly start: number
  readonly count: number
  readonly piece: number
  readonly pieces: number
}

const fresh = (b: Builder, { op, dtype }: Stage, count: number): Vector[] =>
  Array.from({ length: count }, () => identityLanes(b, op, dtype))

function writeRows(stage: Stage, title: string): Program {
  const { op, dtype, target } = stage
  const bytes = bytesOf(dtype)
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const add = (total: Vector, value: Vector) => accumulate(b, op, dtype, total, value)
    const loadAt = (vector: number) => (bytes === 1 ? b.loadBytes(x, vector * b.lanes) : b.load(x, vector * b.bytes))
    const partial = (part: Part, total: Vector) => {
      const value = loadPart(b, dtype, x, part)
      const covered = b.tailMask(part === 'one' || part === 'all' ? b.tail(1) : part)
      add(total, b.select(covered, value, identityLanes(b, op, dtype)))
    }
    b.loop(b.integer('rows'), () => {
      const [total] = fresh(b, stage, 1)
      b.loop(b.integer('blocks'), () => {
        const sums = fresh(b, stage, accumulators)
        b.loop(turns, () => {
          sums.forEach((sum, i) => {
            add(sum, loadAt(i))
          })
          b.advance(x, accumulators * b.lanes * bytes)
        })
        for (const sum of sums) add(total, sum)
      })
      b.loop(b.integer('vectors'), () => {
        add(total, loadAt(0))
        b.advance(x, b.lanes * bytes)
      })
      if (bytes === 1) {
        b.loop(b.integer('rest'), () => {
          partial('one', total)
          b.advance(x, 1)
        })
      } else {
        const rest = b.integer('rest')
        b.when(rest, 'gt', 0, () => partial(b.tail(rest), total))
      }
      storePart(b, dtype, y, acrossLanes(b, op, dtype, total), 'one')
      b.advance(x, b.integer('xStep'))
      b.advance(y, b.integer('yStep'))
    })
  })
}

function rowCalls(stage: Stage, { start, count, piece, pieces }: Pieces): CallArguments[] {
  const { outer, length, dtype, from, to, target } = stage
  const bytes = bytesOf(dtype)
  const perBlock = target.lanes * accumulators * turns
  const blocks = Math.floor(count / perBlock)
  const vectors = Math.floor((count % perBlock) / target.lanes)
  const consumed = bytes === 1 ? count : count - (count % target.lanes)
  return grainsOf(outer, grainUnits(outer, count + target.lanes)).map((grain) => ({
    x: place(from, (grain.start * length + start) * bytes),
    y: place(to, (grain.start * pieces + piece) * bytes),
    ...{ rows: grain.count, blocks, vectors, rest: count % target.lanes },
    ...{ xStep: (length - consumed) * bytes, yStep: pieces * bytes },
  }))
}

function writeColumns(stage: Stage, title: string): Program {
  const { op, dtype, target } = stage
  const bytes = bytesOf(dtype)
  return vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    const add = (totals: readonly Vector[], values: readonly Vector[]) => {
      totals.forEach((total, i) => {
        accumulate(b, op, dtype, total, values[i])
      })
    }
    const pointers = [
      { pointer: x, dtype, name: 'x' },
      { pointer: y, dtype, name: 'y' },
    ]
    emitColumns(b, pointers, accumulators, (part, vectors) => {
      const at = b.offset(x, 0)
      const row = (totals: readonly Vector[]) => {
        const values = totals.map((_, i) =>
          vectors === 1
            ? loadPart(b, dtype, at, part)
            : bytes === 1
              ? b.loadBytes(at, i * b.lanes)
              : b.load(at, i * b.bytes),
        )
        add(totals, values)
        b.advance(at, b.integer('xRow'))
      }
      const totals = fresh(b, stage, vectors)
      b.loop(b.integer('blocks'), () => {
        const sums = fresh(b, stage, vectors)
        b.loop(turns, () => row(sums))
        add(totals, sums)
      })
      b.loop(b.integer('rows'), () => row(totals))
      const to = b.offset(y, 0)
      for (const total of totals) {
        storePart(b, dtype, to, total, part)
        b.advance(to, b.lanes * bytes)
      }
    })
  })
}

function columnCalls(stage: Stage, { start, count, piece, pieces }: Pieces): CallArguments[] {
  const { length, inner, dtype, from, to, target } = stage
  const bytes = bytesOf(dtype)
  return columnBlocks({ ...stage, length: count }, accumulators * target.lanes).map((block) => ({
    x: place(from, ((block.outer * length + start) * inner + block.column) * bytes),
    y: place(to, ((block.outer * pieces + piece) * inner + block.column) * bytes),
    ...columnArguments(target.lanes, accumulators, block, [
      { name: 'x', dtype, outerStride: length * inner },
      { name: 'y', dtype, outerStride: pieces * inner },
    ]),
    ...{ blocks: Math.floor(count / turns), rows: count % turns, xRow: inner * bytes },
  }))
}

/** Elements of the axis in a piece, or all of it where there is work enough to share without cutting. */
function pieceLength({ outer, length, inner }: AxisSpec, lanes: number): number {
  const tasks = outer * Math.ceil(inner / (accumulators * lanes))
  const piece = grainUnits(length, inner)
  return tasks < 8 && length >= 2 * piece ? piece : length
}

/** [outer, length, inner] → [outer, pieces, inner]. */
function stageStep(stage: Stage, piece: number): KernelStep {
  const rows = stage.inner === 1
  const title = `${stage.op} of ${stage.dtype} ${rows ? 'rows' : 'columns'}`
  const program = programFor(`${title} ${stage.target.name}`, () =>
    rows ? writeRows(stage, title) : writeColumns(stage, title),
  )
  const grains = grainsOf(stage.length, piece)
  const calls = grains.flatMap((grain, index) => {
    const pieces = { ...grain, piece: index, pieces: grains.length }
    return rows ? rowCalls(stage, pieces) : columnCalls(stage, pieces)
  })
  return stepOf(program, calls)
}

const product = (list: readonly number[]): number => list.reduce((total, size) => total * size, 1)

/** The axes to reduce, the innermost first, each with the length of its pieces. */
function stagesOf(
  sizes: readonly number[],
  kept: readonly boolean[],
  lanes: number,
): { readonly axis: AxisSpec; readonly piece: number }[] {
  const at = kept.lastIndexOf(false)
  if (at < 0) return []
  const [before, after] = [sizes.slice(0, at), sizes.slice(at + 1)]
  const axis = { outer: product(before), length: sizes[at], inner: product(after) }
  const piece = pieceLength(axis, lanes)
  const pieces = Math.ceil(axis.length / piece)
  const again = pieces === 1 ? [] : [{ axis: { ...axis, length: pieces }, piece: pieces }]
  return [{ axis, piece }, ...again, ...stagesOf([...before, ...after], kept.toSpliced(at, 1), lanes)]
}

/** [x of shape] → [y of the axes kept], of one dtype. int32 wraps around. */
export function planReduce({ op, shape, axes }: KernelSpecs['reduce'], dtype: DType, target: Target): KernelPlan {
  const keptShape = shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  if (shape.includes(0)) return planOf([fillStep(identities[op], dtype, product(keptShape), target, 1)])
  const keptStrides = stridesOf(keptShape).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const { sizes, strides } = collapse(shape, [stridesOf(shape), keptStrides])
  const stages = stagesOf(
    sizes,
    strides[1].map((stride) => stride !== 0),
    target.lanes,
  )
  if (stages.length === 0) return planCast({ to: dtype }, dtype, product(shape), target)
  const steps = stages.map(({ axis, piece }, index) => {
    const to = index === stages.length - 1 ? 1 : 2 + index
    return stageStep({ ...axis, op, dtype, from: index === 0 ? 0 : 1 + index, to, target }, piece)
  })
  const scratch = stages.slice(0, -1).map(({ axis, piece }) => {
    const elements = axis.outer * Math.ceil(axis.length / piece) * axis.inner
    return 4 * Math.ceil((elements * bytesOf(dtype)) / 4)
  })
  return planOf(steps, scratch)
}
