// Copies that turn columns into rows: lanes × lanes blocks through registers. A strip is `rows` ≤ lanes elements wide
// along the axis contiguous in the output, and runs along the axis contiguous in the input.

import {
  type Builder,
  type Integer,
  type Pointer,
  type Program,
  type Target,
  vectorProgram,
} from '../../program/index.ts'
import { emitNest, grainsOf, type NestOperand, nestArguments, splitNest } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import type { CollapsedCopy } from './copy.ts'

/** Columns of a strip in one call: long enough to stream, short enough to share. */
const longestStrip = 1024

/**
 * One block. Its `rows` lie `xRow` bytes apart in the input, its `columns` `yRow` bytes apart in the output; where a
 * count is less than the lanes, nothing beyond it is touched. Moves y past the columns written.
 */
function emitBlock(b: Builder, x: Pointer, y: Pointer, rows: Integer | 'all', columns: Integer | 'all'): void {
  const read = columns === 'all' ? undefined : b.tail(columns)
  const from = b.offset(x, 0)
  const loaded = Array.from({ length: b.lanes }, (_, i) => {
    const row = b.load(from, 0, read)
    // Beyond the last row it is read again: what comes of it is not stored.
    if (rows === 'all') b.advance(from, b.integer('xRow'))
    else b.when(rows, 'gt', i + 1, () => b.advance(from, b.integer('xRow')))
    return row
  })
  const written = rows === 'all' ? undefined : b.tail(rows)
  b.transpose(loaded).forEach((column, i) => {
    const put = () => {
      b.store(y, 0, column, written)
      b.advance(y, b.integer('yRow'))
    }
    if (columns === 'all') put()
    else b.when(columns, 'gt', i, put)
  })
}

function emitStrip(b: Builder, x: Pointer, y: Pointer, rows: Integer | 'all'): void {
  b.loop(b.integer('blocks'), () => {
    emitBlock(b, x, y, rows, 'all')
    b.advance(x, b.bytes)
  })
  const columns = b.integer('columns')
  b.when(columns, 'gt', 0, () => emitBlock(b, x, y, rows, columns))
}

const writeProgram = (title: string, depth: number, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    emitNest(b, depth, { x, y }, () => {
      b.loop(b.integer('strips'), () => {
        const [from, to] = [b.offset(x, 0), b.offset(y, 0)]
        const rows = b.integer('rows')
        b.when(
          rows,
          'eq',
          b.lanes,
          () => emitStrip(b, from, to, 'all'),
          () => emitStrip(b, from, to, b.integer('rows')),
        )
        b.advance(x, b.integer('xStrip'))
        b.advance(y, b.bytes)
      })
    })
  })

/** `across` is the axis contiguous in the input; the last is contiguous in the output. */
export function transposeSteps(
  { nest, offsets, buffers: [from, to] }: CollapsedCopy,
  across: number,
  target: Target,
): KernelStep[] {
  const { lanes } = target
  const last = nest.sizes.length - 1
  const [width, height] = [nest.sizes[across], nest.sizes[last]]
  const [xRow, yRow] = [nest.strides[0][last], nest.strides[1][across]]
  const outer = nest.sizes.map((_, axis) => axis).filter((axis) => axis !== across && axis !== last)
  const pick = (list: readonly number[]): number[] => outer.map((axis) => list[axis])

  /** Strips of `rows` rows, `strips` of them from row `first` on. */
  const part = (first: number, strips: number, rows: number): KernelStep => {
    const strides = [
      [...pick(nest.strides[0]), lanes * xRow],
      [...pick(nest.strides[1]), lanes],
    ]
    const split = splitNest(
      { sizes: [...pick(nest.sizes), strips], strides },
      { weight: rows * Math.min(width, longestStrip) },
    )
    const operands = ['x', 'y'].map(
      (name, k): NestOperand => ({
        name,
        bytes: 4,
        consumed: (count) => count * 4 * strides[k][outer.length],
      }),
    )
    const title = `transpose depth ${split.depth}`
    const program = programFor(`${title} ${target.name}`, () => writeProgram(title, split.depth, target))
    const calls = grainsOf(width, longestStrip).flatMap(({ start, count }) =>
      split.runs.map(
        (run): CallArguments => ({
          x: place(from, 4 * (offsets[0] + first * xRow + start + run.starts[0])),
          y: place(to, 4 * (offsets[1] + first + start * yRow + run.starts[1])),
          ...nestArguments(split, run, operands),
          ...{ strips: run.sizes[split.depth], rows, xRow: 4 * xRow, yRow: 4 * yRow, xStrip: 4 * lanes * xRow },
          ...{ blocks: Math.floor(count / lanes), columns: count % lanes },
        }),
      ),
    )
    return stepOf(program, calls)
  }

  const whole = Math.floor(height / lanes)
  return [
    ...(whole > 0 ? [part(0, whole, lanes)] : []),
    ...(height % lanes > 0 ? [part(whole * lanes, 1, height % lanes)] : []),
  ]
}
