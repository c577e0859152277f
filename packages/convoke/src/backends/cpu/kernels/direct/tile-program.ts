// The program of every direct kernel: it walks a table of rows, of tiles in a row, and of the segments that a tile's
// reduction is made of, and holds the tile in registers from its first product to its epilogue.
//
//     for each row of the task                         table: rows
//       for each tile of the row                       table: tiles
//         accumulators = 0
//         for each segment: one or more taps that the same pixels of the tile have inside the input
//           for each reduction step: accumulators += input · filter
//         epilogue, store
//
// Padding never reaches the inner loop: which pixels a tap reaches is in the table, and each set of pixels has its own
// inner loop. An output element sums its taps in the filter's order whatever tile it stands in, so its bits do not
// depend on how the output is cut into tiles, rows and tasks.

import type { Epilogue } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { emitTileEpilogue } from './epilogue.ts'
import { finishSums, type Reduction, type ReductionTails, reductionStep, reductionTails, sumsOf } from './reduction.ts'
import { rowEntry, segmentEntry, tileEntry } from './tables.ts'

/** One of the inner loops that segments are for. */
export interface InnerLoop {
  /** The pixels of the tile that take part, in order. */
  readonly pixels: readonly number[]
  /** Reduction steps a turn. */
  readonly unroll: number
}

/** What the machine code of a tile depends on. Distances are in bytes. */
export interface TileShape {
  /** How input and filter meet in one reduction step. */
  readonly reduction: Reduction
  /** Where each pixel of the tile reads, from the tile's first. */
  readonly pixels: readonly number[]
  /** From a pixel's outputs to the next one's. */
  readonly outputStep: number
  /** Vectors of output channels; the last one has `lastLanes` of them. */
  readonly vectors: number
  readonly lastLanes: number
  readonly loops: readonly InnerLoop[]
  /** The fewest and the most pixels that a tile of the table has; fewer are the first ones. */
  readonly fewest: number
  /** Between two reduction steps. */
  readonly inputStep: number
  readonly filterStep: number
  /** Whether the filter's last vector is whole, filled up in its panel. */
  readonly filterWhole: boolean
  /** Bytes to where a later tile reads, asked for here; 0 where it is not. Depthwise, by the last `freshTaps` taps of a row. */
  readonly ahead: number
  readonly freshTaps: number
  readonly nextPanel: NextPanel | null
  /**
   * Whether a task takes one matrix after another: `matrices` of them, `inputMatrix`, `filterMatrix`, `outputMatrix` and
   * `residualMatrix` bytes apart, which are below 0: pointers stand behind the last.
   */
  readonly repeats: boolean
  readonly epilogue: Epilogue | null
}

/** While a panel of the filter is multiplied, the one behind it is asked for, a little in each reduction step. */
export interface NextPanel {
  /** Bytes from panel to panel. */
  readonly distance: number
  /** Bytes of it that a reduction step asks for. */
  readonly step: number
}

const cacheLine = 64

/** A pointer argument, moved to the matrix that is being computed. */
type Base = (name: 'input' | 'filter' | 'output' | 'residual') => Pointer

interface Tails {
  /** Of the last vector of outputs, when it is not whole. */
  readonly output: Tail | undefined
  readonly reduction: ReductionTails
}

function emitSegments(
  b: Builder,
  shape: TileShape,
  base: Base,
  origin: Pointer,
  tile: Pointer,
  next: Pointer | null,
  accumulators: readonly Vector[][],
  tails: ReductionTails,
): void {
  // Dense steps read one element a pixel, so that a turn stays within a line or two; depthwise ones a whole vector, which
  // taps before the last have met already.
  const asks = (u: number, unroll: number): boolean =>
    shape.reduction.kind === 'dense' ? u === 0 : u >= unroll - shape.freshTaps
  const segment = b.offset(b.pointer('table'), b.loadInteger(tile, tileEntry.segments))
  b.loop(b.loadInteger(tile, tileEntry.segmentCount), () => {
    const input = b.offset(origin, b.loadInteger(segment, segmentEntry.input))
    const steps = b.loadInteger(segment, segmentEntry.filter)
    const filter = b.offset(base('filter'), b.integerMul(steps, shape.filterStep))
    const trips = b.loadInteger(segment, segmentEntry.trips)
    const inner = ({ pixels, unroll }: InnerLoop): void =>
      b.loop(trips, () => {
        const first = shape.pixels[pixels[0]]
        const sums = pixels.map((pixel) => ({ at: shape.pixels[pixel] - first, sums: accumulators[pixel] }))
        for (let u = 0; u < unroll; u++) {
          reductionStep(b, shape, {
            input,
            filter,
            pixels: sums,
            tails,
            inputAt: u * shape.inputStep,
            ahead: asks(u, unroll) ? shape.ahead : 0,
            filterAt: u * shape.filterStep,
          })
        }
        if (next !== null && shape.nextPanel !== null) {
          const bytes = shape.nextPanel.step * unroll
          for (let at = 0; at < bytes; at += cacheLine) b.prefetch(next, at)
          b.advance(next, bytes)
        }
        b.advance(input, shape.inputStep * unroll)
        b.advance(filter, shape.filterStep * unroll)
      })
    const choice = b.loadInteger(segment, segmentEntry.loop)
    const choose = (loop: number): void => {
      if (loop === shape.loops.length - 1) inner(shape.loops[loop])
      else
        b.when(
          choice,
          'eq',
          loop,
          () => inner(shape.loops[loop]),
          () => choose(loop + 1),
        )
    }
    if (shape.loops.length > 0) choose(0)
    b.advance(segment, segmentEntry.bytes)
  })
}

function emitTile(
  b: Builder,
  shape: TileShape,
  base: Base,
  row: Pointer,
  tile: Pointer,
  next: Pointer | null,
  tails: Tails,
): void {
  const accumulators = shape.pixels.map(() =>
    Array.from({ length: sumsOf(shape.reduction, shape.vectors) }, () => b.zero()),
  )
  const place = b.integerAdd(b.loadInteger(row, rowEntry.input), b.loadInteger(tile, tileEntry.input))
  emitSegments(
    b,
    shape,
    base,
    b.offset(base('input'), b.integerShl(place, 2)),
    tile,
    next,
    accumulators,
    tails.reduction,
  )
  const outputs = b.integerShl(
    b.integerAdd(b.loadInteger(row, rowEntry.output), b.loadInteger(tile, tileEntry.output)),
    2,
  )
  emitTileEpilogue(b, shape, {
    sumsOf: (pixel) => finishSums(b, shape, accumulators[pixel]),
    output: b.offset(base('output'), outputs),
    bias: shape.epilogue?.bias ? b.pointer('bias') : undefined,
    residual: shape.epilogue?.residual ? b.offset(base('residual'), outputs) : undefined,
    count: b.loadInteger(tile, tileEntry.pixels),
    tail: tails.output,
  })
}

/** The program of a tile. Name: what the kernel is, for a person. */
export const tileProgram = (name: string, target: Target, shape: TileShape): Program =>
  vectorProgram(name, target, (b) => {
    const tails: Tails = {
      output: shape.lastLanes === target.lanes ? undefined : b.tail(shape.lastLanes),
      reduction: reductionTails(b, shape),
    }
    const { nextPanel } = shape
    const matrix = (base: Base): void => {
      const next = nextPanel === null ? null : b.offset(base('filter'), nextPanel.distance)
      const row = b.pointer('row')
      b.loop(b.integer('rows'), () => {
        const tile = b.offset(b.pointer('table'), b.loadInteger(row, rowEntry.tiles))
        b.loop(b.loadInteger(row, rowEntry.tileCount), () => {
          emitTile(b, shape, base, row, tile, next, tails)
          b.advance(tile, tileEntry.bytes)
        })
        b.advance(row, rowEntry.bytes)
      })
    }
    if (!shape.repeats) {
      matrix((name) => b.pointer(name))
      return
    }
    // Pointers stand behind the last matrix, so that one register counts the matrices and says where each lies.
    b.countdown(b.integer('matrices'), (left) => {
      matrix((name) => {
        const back = b.integer(`${name}Matrix`)
        b.integerMul(back, left, back)
        const pointer = b.pointer(name)
        return b.offset(pointer, back, pointer)
      })
    })
  })
