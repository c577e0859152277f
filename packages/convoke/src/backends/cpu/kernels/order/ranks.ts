// Short rows by ranks: the place of an element is the number of elements before it, counted for a vector of them at a time.

import { type Builder, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { programFor, rowArguments } from '../step.ts'
import { emitKeys, keyMaker, type Order, orderText } from './keys.ts'
import { emitRows, emitTake } from './take.ts'

/** Vectors of a row at most: the work grows with their square. */
export const mostRankVectors = 8

export const ranksBytes = (target: Target): number => 3 * mostRankVectors * target.lanes * 4

export const rankArguments = (length: number, target: Target): Record<string, number> => {
  const rowVectors = Math.ceil(length / target.lanes)
  return {
    length,
    rowVectors,
    lastVector: (rowVectors - 1) * target.lanes * 4,
    behindFirst: (rowVectors - 1) * target.lanes,
    ...rowArguments(target.lanes, length),
  }
}

export const ranksProgram = (order: Order, target: Target): Program => {
  const title = `ranks of ${orderText(order)}`
  return programFor(`${title} ${target.name}`, () => vectorProgram(title, target, (b) => write(b, order)))
}

function write(b: Builder, order: Order): void {
  const work = b.pointer('work')
  const [ranksAt, orderAt] = [mostRankVectors * b.bytes, 2 * mostRankVectors * b.bytes]
  const [key, zero, one] = [keyMaker(b, order), b.constantInt(0), b.constantInt(1)]
  const numbers = Array.from({ length: b.lanes }, (_, lane) => lane)
  // biome-ignore lint/plugin/spread-of-a-list: one a lane
  const lanes = b.constantInt(...numbers)

  emitRows(b, (x, results) => {
    // What fills the last vector up goes behind everything.
    b.store(b.offset(work, b.integer('lastVector')), 0, b.constantInt(2 ** 31 - 1))
    emitKeys(b, order.dtype, x, b.offset(work, 0), key)
    const [vector, ahead, behind] = [b.offset(work, 0), b.set(0), b.set(b.integer('behindFirst'))]
    b.loop(b.integer('rowVectors'), () => {
      const [own, rank, other] = [b.load(vector), b.copy(zero), b.offset(work, 0)]
      b.loop(ahead, () => {
        b.iadd(rank, b.select(b.igreater(b.broadcast(other), own), zero, one), rank)
        b.advance(other, 4)
      })
      for (const lane of numbers) {
        const single = b.broadcast(other, 4 * lane)
        const tied = b.maskAnd(b.iequal(single, own), b.igreater(lanes, b.constantInt(lane)))
        b.iadd(rank, b.select(b.maskOr(tied, b.igreater(own, single)), one, zero), rank)
      }
      b.advance(other, b.bytes)
      b.loop(behind, () => {
        b.iadd(rank, b.select(b.igreater(own, b.broadcast(other)), one, zero), rank)
        b.advance(other, 4)
      })
      b.store(vector, ranksAt, rank)
      b.advance(vector, b.bytes)
      b.integerAdd(ahead, b.lanes, ahead)
      b.integerSub(behind, b.lanes, behind)
    })
    const [rank, place] = [b.offset(work, 0), b.set(0)]
    b.loop(b.integer('length'), () => {
      b.storeInteger(b.offset(work, b.integerShl(b.loadInteger(rank, ranksAt), 2)), orderAt, place)
      b.advance(rank, 4)
      b.integerAdd(place, 1, place)
    })
    emitTake(b, order.dtype, x, b.offset(work, orderAt), results)
  })
}
