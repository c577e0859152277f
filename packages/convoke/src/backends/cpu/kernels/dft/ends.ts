// The ends of transforms: complex values in pairs or real ones, `lanes` neighbours at a time.

import type { Builder, Pointer, Tail, Vector } from '../../program/index.ts'
import type { Complex } from '../fft/radix.ts'
import type { Sink, Source } from './passes.ts'

/**
 * The element that lane l of a deinterleaved vector holds. x86 shuffles within blocks of four lanes, so that the two elements of a
 * block of the first half are followed by two of the second.
 */
export function laneElement(lanes: number, lane: number): number {
  const [block, within] = [lane >> 2, lane & 3]
  return within < 2 ? 2 * block + within : lanes / 2 + 2 * block + within - 2
}

const pattern = (b: Builder, pick: readonly number[]): number[] =>
  Array.from({ length: b.lanes }, (_, lane) => {
    const of = pick[lane & 3]
    return (lane & ~3) + (of & 3) + (of >> 2) * b.lanes
  })

/** `lanes` pairs in two vectors as real parts and imaginary parts, lanes in the order of `laneElement`. */
export const deinterleave = (b: Builder, low: Vector, high: Vector): Complex => ({
  re: b.shuffle(low, high, pattern(b, [0, 2, 4, 6])),
  im: b.shuffle(low, high, pattern(b, [1, 3, 5, 7])),
})

/** The way back. */
export const interleave = (b: Builder, { re, im }: Complex): readonly [Vector, Vector] => [
  b.shuffle(re, im, pattern(b, [0, 4, 1, 5])),
  b.shuffle(re, im, pattern(b, [2, 6, 3, 7])),
]

/** A part of `lanes` reals; `ordered` where they go with vectors of parts and not with pairs. */
export interface RealPart {
  readonly tail: Tail | undefined
  readonly ordered?: boolean
}

const reordered = (b: Builder, x: Vector, order: (lane: number) => number): Vector => {
  const lanes = Array.from({ length: b.lanes }, (_, lane) => order(lane))
  return lanes.every((from, lane) => from === lane) ? x : b.shuffle(x, x, lanes)
}

/** Real elements in the lanes of `laneElement`, so that they go with pairs. */
export const loadReals = (b: Builder, pointer: Pointer, displacement: number, { tail, ordered }: RealPart): Vector => {
  const x = b.load(pointer, displacement, tail)
  return ordered === true ? x : reordered(b, x, (lane) => laneElement(b.lanes, lane))
}

export function storeReals(b: Builder, pointer: Pointer, displacement: number, value: Vector, part: RealPart): void {
  const laneOf = Array.from({ length: b.lanes }, (_, lane) => laneElement(b.lanes, lane))
  const inOrder = part.ordered === true ? value : reordered(b, value, (element) => laneOf.indexOf(element))
  b.store(pointer, displacement, inOrder, part.tail)
}

/** The first so many of `lanes` elements of one or two floats, in vectors. */
export interface Part {
  readonly low: Tail | undefined
  /** null where the second vector is not touched at all. */
  readonly high: Tail | undefined | null
  /** Real parts in the first vector, imaginary ones in the second, in order: not pairs at all. */
  readonly apart?: boolean
}

/** Vectors of real parts and of imaginary parts. */
export const apartPart: Part = Object.freeze({ low: undefined, high: undefined, apart: true })

/** `count` pairs, known when the program is made; all `lanes` of them when not given. */
export function pairsPart(b: Builder, count: number = b.lanes): Part {
  const of = (floats: number) => (floats >= b.lanes ? undefined : floats <= 0 ? null : b.tail(floats))
  return { low: of(2 * count) ?? undefined, high: of(2 * count - b.lanes) }
}

export function loadPairs(b: Builder, pointer: Pointer, displacement: number, { low, high, apart }: Part): Complex {
  if (apart === true) return { re: b.load(pointer, displacement), im: b.load(pointer, displacement + b.bytes) }
  const second = high === null ? b.zero() : b.load(pointer, displacement + b.bytes, high)
  return deinterleave(b, b.load(pointer, displacement, low), second)
}

export function storePairs(b: Builder, pointer: Pointer, displacement: number, value: Complex, part: Part): void {
  const [low, high] = part.apart === true ? [value.re, value.im] : interleave(b, value)
  b.store(pointer, displacement, low, part.low)
  if (part.high !== null) b.store(pointer, displacement + b.bytes, high, part.high)
}

/** Complex elements `stride` bytes apart, `lanes` neighbours or a part of them. */
export const pairsSource = (b: Builder, pointer: Pointer, stride: number, part: Part): Source => ({
  load: (element) => loadPairs(b, pointer, element * stride, part),
  move: (elements) => b.advance(pointer, elements * stride),
  aside: (vectors) => b.advance(pointer, vectors * b.lanes * 8),
})

export type Finish = (value: Complex) => Complex

export const pairsSink = (b: Builder, at: Pointer, stride: number, part: Part, finish: Finish): Sink => ({
  at,
  stride,
  store: (pointer, element, value) => storePairs(b, pointer, element * stride, finish(value), part),
  aside: b.lanes * 8,
})

/** Two real elements as a complex one, `stride` bytes from real to real: the even one is the real part, the odd one the imaginary. */
export const realPairsSource = (b: Builder, pointer: Pointer, stride: number, part: RealPart): Source => ({
  load: (element) => ({
    re: loadReals(b, pointer, 2 * element * stride, part),
    im: loadReals(b, pointer, (2 * element + 1) * stride, part),
  }),
  move: (elements) => b.advance(pointer, 2 * elements * stride),
})

export const realPairsSink = (b: Builder, at: Pointer, stride: number, part: RealPart, finish: Finish): Sink => ({
  at,
  stride: 2 * stride,
  store: (pointer, element, value) => {
    const { re, im } = finish(value)
    storeReals(b, pointer, 2 * element * stride, re, part)
    storeReals(b, pointer, (2 * element + 1) * stride, im, part)
  },
})

/** Real elements, with imaginary parts of 0. */
export const realsSource = (b: Builder, pointer: Pointer, stride: number, part: RealPart): Source => ({
  load: (element) => ({ re: loadReals(b, pointer, element * stride, part), im: b.zero() }),
  move: (elements) => b.advance(pointer, elements * stride),
})

export const realsSink = (b: Builder, at: Pointer, stride: number, part: RealPart, finish: Finish): Sink => ({
  at,
  stride,
  store: (pointer, element, value) => storeReals(b, pointer, element * stride, finish(value).re, part),
})

/** Each value times the argument `scale`; as it is where there is none. */
export const scaling =
  (b: Builder, scaled: boolean) =>
  (value: Complex): Complex => {
    if (!scaled) return value
    const scale = b.float('scale')
    return { re: b.mul(value.re, scale), im: b.mul(value.im, scale) }
  }
