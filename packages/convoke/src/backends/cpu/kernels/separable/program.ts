// Both passes over a block of output rows: down the columns into scratch, then along the rows into the output.

import { indices } from '../../../../shapes/indices.ts'
import type { Epilogue } from '../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorAt,
  vectorProgram,
} from '../../program/index.ts'
import { emitEpilogue } from '../epilogue.ts'
import type { SeparableLayout } from './layout.ts'

/** Vectors of a row summed together, so that latency is hidden. */
const across = 8

/**
 * `vectors` vectors of columns of all rows of the block. Taps before the first and after the last are zeros, so every row of
 * the input that reaches the block is loaded once and multiplied into each of its rows.
 */
function emitColumns(
  b: Builder,
  { rows, inputFloats, rowFloats }: SeparableLayout,
  vectors: number,
  x: Pointer,
  to: Pointer,
  tail: Tail | undefined,
): void {
  const sums = indices(rows).map(() => indices(vectors).map(() => b.zero()))
  const from = b.offset(x, 0)
  const taps = b.pointer('columnTaps')
  b.loop(b.integer('inputRows'), () => {
    const values = indices(vectors).map((v) => b.load(from, v * b.bytes, tail))
    sums.forEach((row, i) => {
      const tap = b.broadcast(taps, -i * 4)
      for (const [v, sum] of row.entries()) b.fma(sum, values[v], tap)
    })
    b.advance(from, inputFloats * 4)
    b.advance(taps, 4)
  })
  // A partial vector is stored whole: the lanes beyond it are zeros, as the row has there.
  sums.forEach((row, i) => {
    for (const [v, sum] of row.entries()) b.store(to, i * rowFloats * 4 + v * b.bytes, sum)
  })
}

function emitColumnPass(b: Builder, layout: SeparableLayout): void {
  const { rows, vectors, inputFloats, rowFloats, lead } = layout
  const to = b.pointer('scratch')
  const zero = b.zero()
  b.loop((rows * rowFloats) / b.lanes, () => {
    b.store(to, 0, zero)
    b.advance(to, b.bytes)
  })
  b.advance(to, (lead - rows * rowFloats) * 4)
  const x = b.pointer('x')
  const move = (count: number): void => {
    b.advance(x, count * b.bytes)
    b.advance(to, count * b.bytes)
  }
  const whole = Math.floor(inputFloats / b.lanes)
  b.loop(Math.floor(whole / vectors), () => {
    emitColumns(b, layout, vectors, x, to, undefined)
    move(vectors)
  })
  b.loop(whole % vectors, () => {
    emitColumns(b, layout, 1, x, to, undefined)
    move(1)
  })
  const rest = inputFloats % b.lanes
  if (rest > 0) emitColumns(b, layout, 1, x, to, b.tail(rest))
}

function emitRowPass(b: Builder, layout: SeparableLayout, epilogue: Epilogue | null): void {
  const { channels, taps, outputFloats, rowFloats, first } = layout
  const row = b.offset(b.pointer('scratch'), first * 4)
  const y = b.pointer('y')
  const residual = epilogue?.residual ? b.pointer('residual') : undefined
  const bias = epilogue?.bias ? b.broadcast(b.pointer('bias')) : undefined
  const outputs = residual === undefined ? [y] : [y, residual]
  const block = (vectors: number, rest: number): void => {
    const sums = indices(vectors).map(() => b.zero())
    const from = b.offset(row, 0)
    const tap = b.pointer('rowTaps')
    b.loop(taps[1], () => {
      const factor = b.broadcast(tap)
      sums.forEach((sum, v) => {
        b.fma(sum, factor, vectorAt(from, v * b.bytes))
      })
      b.advance(from, channels * 4)
      b.advance(tap, 4)
    })
    const tail = rest > 0 ? b.tail(rest) : undefined
    const tailOf = (v: number): Tail | undefined => (v === vectors - 1 ? tail : undefined)
    const finish = (sum: Vector, v: number): void => {
      const kept = residual && b.load(residual, v * b.bytes, tailOf(v))
      b.store(y, v * b.bytes, emitEpilogue(b, epilogue, sum, { bias, residual: kept }), tailOf(v))
    }
    if (b.target.vectorRegisters >= 32 || !epilogue?.activation) sums.forEach(finish)
    else {
      // By way of the output, so that an activation has the registers to itself.
      sums.forEach((sum, v) => void b.store(y, v * b.bytes, sum, tailOf(v)))
      for (const v of indices(vectors)) finish(b.load(y, v * b.bytes, tailOf(v)), v)
    }
    for (const pointer of [row, ...outputs]) b.advance(pointer, vectors * b.bytes)
  }
  const vectors = Math.ceil(outputFloats / b.lanes)
  b.loop(b.integer('outputRows'), () => {
    // The last block, of one vector or more, has the tail.
    const blocks = Math.ceil(vectors / across) - 1
    b.loop(blocks, () => block(across, 0))
    block(vectors - blocks * across, outputFloats % b.lanes)
    b.advance(row, (rowFloats - vectors * b.lanes) * 4)
    for (const pointer of outputs) b.advance(pointer, (outputFloats - vectors * b.lanes) * 4)
  })
}

/**
 * Arguments: `x` at the first row that reaches the block, `columnTaps` (with rows − 1 zeros on both sides) at that row's tap for the
 * first output row, `inputRows`; `rowTaps`, `y` and `residual` at the first row of the block, `outputRows`, `bias`; `scratch`.
 */
export const separableProgram = (layout: SeparableLayout, epilogue: Epilogue | null, target: Target): Program =>
  vectorProgram(`separable ${layout.taps.join('x')}`, target, (b) => {
    emitColumnPass(b, layout)
    emitRowPass(b, layout, epilogue)
  })
