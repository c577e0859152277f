// The first few of a row by keeping a sorted list of them. Nearly every vector of a long row costs a load, a comparison with
// the last of the list, and a branch.

import { type Builder, type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { emitRow, loadEveryLane, loadPart, rowConsumes } from '../elementwise/elementwise.ts'
import { bytesOf } from '../nest.ts'
import { programFor, rowArguments } from '../step.ts'
import { keyMaker, type Order, orderText } from './keys.ts'
import { emitRows, emitTake } from './take.ts'

/** Vectors of a list at most: an insertion goes through all of them, so that even a row that inserts every element is not slow. */
export const mostListVectors = 8

/** Where things lie in a thread's memory, in vectors. Before keys and before places there is one that never moves. */
const at = { keys: 1, places: mostListVectors + 2, lanes: 2 * mostListVectors + 2 }

export const listBytes = (target: Target): number => (at.lanes + 1) * target.lanes * 4

export const listVectors = (k: number, target: Target): number => Math.ceil(k / target.lanes)

/** Bytes from the start of that memory to the last key of the first k. */
export const lastKeyAt = (k: number, target: Target): number => target.lanes * 4 * at.keys + 4 * (k - 1)

export const listArguments = ({ dtype }: Order, length: number, k: number, target: Target): Record<string, number> => {
  const bytes = bytesOf(dtype)
  return {
    lastVector: target.lanes * 4 * (at.keys + listVectors(k, target) - 1),
    listVectors: listVectors(k, target),
    back: -bytes * (k + rowConsumes(target.lanes, bytes === 1, length - k)),
    ...rowArguments(target.lanes, length - k),
  }
}

export const listProgram = (order: Order, target: Target): Program => {
  const title = `first few of ${orderText(order)}`
  return programFor(`${title} ${target.name}`, () => vectorProgram(title, target, (b) => write(b, order)))
}

function write(b: Builder, order: Order): void {
  const { dtype } = order
  const bytes = bytesOf(dtype)
  const gap = (at.places - at.keys) * b.bytes
  // Pointers are read again wherever they are needed: there are not registers enough to keep them.
  const list = () => b.pointer('list')
  const last = () => b.pointer('last')
  const [key, zero, none] = [keyMaker(b, order), b.constantInt(0), b.constantInt(-1)]
  b.store(list(), 0, b.constantInt(-(2 ** 31)))
  b.store(list(), gap, zero)

  /** Puts an element behind those that are not after it, from the end of the list, so that nothing is read that was written. */
  const insert = (newKey: Vector, newPlace: Vector, filling: boolean): void => {
    const vector = b.offset(list(), b.integer('lastVector'))
    b.loop(b.integer('listVectors'), () => {
      const read = (displacement: number) => {
        const [keys, places] = [b.load(vector, displacement), b.load(vector, displacement + gap)]
        const after = b.igreater(keys, newKey)
        return { keys, places, moves: filling ? b.maskOr(after, b.iless(places, zero)) : after }
      }
      const [own, before] = [read(0), read(-4)]
      b.store(vector, 0, b.select(own.moves, b.select(before.moves, before.keys, newKey), own.keys))
      b.store(vector, gap, b.select(own.moves, b.select(before.moves, before.places, newPlace), own.places))
      b.advance(vector, -b.bytes)
    })
  }

  emitRows(b, (x, results) => {
    const clearing = b.offset(list(), at.places * b.bytes)
    b.loop(b.integer('listVectors'), () => {
      b.store(clearing, 0, none)
      b.advance(clearing, b.bytes)
    })
    const place = b.set(0)
    const advance = (elements: number): void => {
      b.advance(x, elements * bytes)
      b.integerAdd(place, elements, place)
    }
    b.loop(b.integer('k'), () => {
      insert(key(loadEveryLane(b, dtype, x)), b.splat(place), true)
      advance(1)
    })
    const limit = b.broadcast(last())
    emitRow(b, bytes === 1, advance, (part) => {
      const tail = part === 'all' ? undefined : part === 'one' ? b.tail(1) : part
      const keys = key(loadPart(b, dtype, x, part))
      const before = b.iless(keys, limit)
      const found = b.maskBits(tail === undefined ? before : b.maskAnd(before, b.tailMask(tail)))
      b.when(found, 'ne', 0, () => {
        b.store(list(), at.lanes * b.bytes, keys)
        const [lane, lanePlace] = [b.offset(list(), at.lanes * b.bytes), b.set(place)]
        b.loop(part === 'all' ? b.lanes : part === 'one' ? 1 : b.integer('rest'), () => {
          b.when(b.loadInteger(lane), 'lt', b.loadInteger(last()), () => {
            insert(b.broadcast(lane), b.splat(lanePlace), false)
            b.copy(b.broadcast(last()), limit)
          })
          b.advance(lane, 4)
          b.integerAdd(lanePlace, 1, lanePlace)
        })
      })
    })
    b.advance(x, b.integer('back'))
    emitTake(b, dtype, x, b.offset(list(), at.places * b.bytes), results)
  })
}
