// Tensors of random numbers, and dropout, whose mask is made again wherever it is needed rather than kept.

import type { KernelSpecs } from '../../../backend.ts'
import { blocksOfStripe, type StreamKey, stripe } from '../../../random-stream.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Tail,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../step.ts'
import { normalPair, uniform } from './distributions.ts'
import { keyVectors, words } from './threefry.ts'

interface Kind {
  readonly name: string
  /** Tensors that are read, beside `y`, which is written. */
  readonly reads: readonly string[]
  /** Four vectors from the words of a block a lane, in the order of the words. */
  readonly draw: (b: Builder, words: readonly Vector[]) => readonly Vector[]
  /** Writes one of them, whole or a tail of it, so many bytes into the tensors. */
  readonly write: (
    b: Builder,
    drawn: Vector,
    pointers: Readonly<Record<string, Pointer>>,
    at: number,
    tail?: Tail,
  ) => void
}

/** Whole stripes, then the elements of one that is not. */
const programOf = ({ name, reads, draw, write }: Kind, target: Target): Program =>
  programFor(`${name} ${target.name}`, () =>
    vectorProgram(name, target, (b) => {
      const pointers = Object.fromEntries([...reads, 'y'].map((tensor) => [tensor, b.pointer(tensor)]))
      const block = b.set(b.integer('block'))
      const key = keyVectors(b)
      const emitStripe = (part: (at: number, drawn: Vector) => void): void => {
        for (let first = 0; first < blocksOfStripe; first += b.lanes) {
          for (const [word, drawn] of draw(b, words(b, block, key)).entries())
            part((word * blocksOfStripe + first) * 4, drawn)
          b.integerAdd(block, b.lanes, block)
        }
      }
      b.loop(b.integer('stripes'), () => {
        emitStripe((at, drawn) => write(b, drawn, pointers, at))
        for (const pointer of Object.values(pointers)) b.advance(pointer, stripe * 4)
      })
      b.when(b.integer('rest'), 'gt', 0, () => {
        emitStripe((at, drawn) => {
          const left = b.integerMin(b.integerSub(b.integer('rest'), at / 4), b.lanes)
          b.when(left, 'gt', 0, () => write(b, drawn, pointers, at, b.tail(left)))
        })
      })
    }),
  )

/** Calls of whole stripes, the last with what is over. */
const callsFor = (
  length: number,
  key: StreamKey,
  numbers: Readonly<Record<string, number>>,
  reads: readonly string[],
): CallArguments[] => {
  const stripes = Math.ceil(length / stripe)
  return grainsOf(stripes, grainUnits(stripes, stripe)).map(({ start, count }) => {
    const elements = Math.min(count * stripe, length - start * stripe)
    return {
      ...Object.fromEntries([...reads, 'y'].map((name, buffer) => [name, place(buffer, start * stripe * 4)])),
      block: start * blocksOfStripe,
      stripes: Math.floor(elements / stripe),
      rest: elements % stripe,
      keyLow: key[0],
      keyHigh: key[1],
      ...numbers,
    }
  })
}

/** [] → [y] of `length` elements. */
export function planRandom(
  { distribution, key, scale, offset }: KernelSpecs['random'],
  length: number,
  target: Target,
): KernelPlan {
  const kind: Kind = {
    name: `random ${distribution}`,
    reads: [],
    draw: (b, drawn) =>
      distribution === 'uniform'
        ? drawn.map((word) => uniform(b, word))
        : [...normalPair(b, drawn[0], drawn[1]), ...normalPair(b, drawn[2], drawn[3])],
    write: (b, drawn, { y }, at, tail) =>
      b.store(y, at, b.add(b.mul(drawn, b.float('scale')), b.float('offset')), tail),
  }
  return planOf([stepOf(programOf(kind, target), callsFor(length, key, { scale, offset }, kind.reads))])
}

/** [x] → [y] of `length` elements. */
export function planDropout(
  { key, dropped, scale }: KernelSpecs['dropout'],
  length: number,
  target: Target,
): KernelPlan {
  const kind: Kind = {
    name: 'dropout',
    reads: ['x'],
    draw: (_, drawn) => drawn,
    write: (b, word, { x, y }, at, tail) => {
      const isDropped = b.iless(b.shr(word, 8), b.splat(b.integer('dropped')))
      const kept = b.mul(b.load(x, at, tail), b.float('scale'))
      b.store(y, at, b.select(isDropped, b.zero(), kept), tail)
    },
  }
  return planOf([stepOf(programOf(kind, target), callsFor(length, key, { dropped, scale }, kind.reads))])
}
