// A transform of n complex vectors, `lanes` lines side by side: passes in place of radix 2 to 8 in a work buffer (decimation in
// frequency), from a source in natural order to a sink in natural order. The first pass reads the source, the last one writes the
// sink at the frequencies its digits say, so that nothing is ever put in order by itself. Blocks are taken depth first: once one fits
// the first cache it stays there. Cooley & Tukey 1965; Gentleman & Sande 1966.

import { setRoot } from '../../../../shapes/roots.ts'
import type { Builder, Pointer, Target } from '../../program/index.ts'
import { type Complex, type Direction, emitMultiply, emitStagedDft, fitsRegisters, type Radix } from '../fft/radix.ts'

/** A pass over blocks of `span` elements: span / radix transforms each, of elements span / radix apart. */
export interface DftPass {
  readonly radix: Radix
  readonly span: number
  /** Bytes of its twiddle factors into the table: [j][q = 1 … radix − 1][re, im] of e^(−2πi·jq/span). */
  readonly twiddles: number
}

export interface DftPasses {
  readonly length: number
  readonly passes: readonly DftPass[]
  /** Passes that are taken depth first; the others run over all of one of their blocks, which fits the first cache. */
  readonly depth: number
  readonly twiddles: Float32Array
  /** The frequency of the first result of each transform of the last pass, within such a block. */
  readonly places: readonly number[]
}

/** Radices whose product is 2^exponent. */
function binaryRadices(exponent: number, target: Target): Radix[] {
  if (exponent === 0) return []
  if (exponent === 1) return [2]
  if (target.vectorRegisters < 32) {
    // Radix 8 goes by way of memory, which is still less than a pass of 4 and one of 2.
    const fours = Array<Radix>(Math.floor(exponent / 2) - (exponent % 2)).fill(4)
    return exponent % 2 === 0 ? fours : [...fours, 8]
  }
  const rest = exponent % 3
  const eights = Array<Radix>(Math.floor(exponent / 3) - (rest === 1 ? 1 : 0)).fill(8)
  return rest === 0 ? eights : rest === 1 ? [...eights, 4, 4] : [...eights, 4]
}

/** The radices of a transform, or undefined where a prime above 7 divides its length. */
export function radicesOf(length: number, target: Target): readonly Radix[] | undefined {
  let left = length
  const odd: Radix[] = []
  for (const radix of [7, 5, 3] as const) {
    for (; left % radix === 0; left /= radix) odd.push(radix)
  }
  const exponent = Math.log2(left)
  return Number.isInteger(exponent) ? [...odd, ...binaryRadices(exponent, target)] : undefined
}

/** Nested loops that leave registers for addresses. */
const deepest = 3

export function planPasses(length: number, target: Target): DftPasses {
  const passes: DftPass[] = []
  const values = new Float32Array(2 * length)
  let [span, depth, filled] = [length, 0, 0]
  for (const radix of radicesOf(length, target) ?? []) {
    passes.push({ radix, span, twiddles: filled * 4 })
    for (let j = 0; span > radix && j < span / radix; j++) {
      for (let q = 1; q < radix; q++, filled += 2) setRoot(j * q, span, values, filled, values, filled + 1)
    }
    if (depth < deepest && span > radix && span * target.lanes * 8 > target.caches.first / 2) depth++
    span /= radix
  }
  let places = [0]
  let weight = 1
  passes.forEach(({ radix }, at) => {
    if (at >= depth && at < passes.length - 1) {
      places = places.flatMap((place) => Array.from({ length: radix }, (_, digit) => place + digit * weight))
    }
    weight *= radix
  })
  return Object.freeze({
    length,
    passes,
    depth,
    places,
    twiddles: values.slice(0, Math.max(1, filled)),
  })
}

/** Where complex vectors come from, in elements from where it stands. */
export interface Source {
  readonly load: (element: number) => Complex
  readonly move: (elements: number) => void
  /** To so many vectors of neighbours further on, where several are transformed together. */
  readonly aside?: (vectors: number) => void
}

/** Where they go: `store` takes elements from where `at` stands, which is `stride` bytes for each. */
export interface Sink {
  readonly at: Pointer
  readonly stride: number
  readonly store: (at: Pointer, element: number, value: Complex) => void
  /** Bytes to the next vector of neighbours, where several are transformed together. */
  readonly aside?: number
}

/** Bytes of a page of memory, and of a line of a cache. */
const [page, line] = [4096, 64]

/**
 * Vectors of neighbours that are transformed together. Whole cache lines are worth it in any case; where the rows of a tensor, of so many
 * bytes, stand on pages of their own, 256 bytes of each, as long as they leave most of the second cache free.
 */
export function widthOf(length: number, row: number, { lanes, caches }: Target): number {
  const bytes = lanes * 8
  const least = Math.max(1, line / bytes)
  if (row < page) return 1
  let width = Math.max(least, 256 / bytes)
  while (width > least && width * length * bytes > caches.second / 8) width /= 2
  return width
}

/** The same for the sweeps of long lines, which have more in the caches: whole lines of them. */
export const lineWidth = ({ lanes }: Target): number => Math.max(1, line / (lanes * 8))

/** Bytes from `at` to the results of each transform of the last pass: what the argument `places` points at. */
export const placesTable = ({ places }: DftPasses, stride: number): Int32Array =>
  Int32Array.from(places, (place) => place * stride)

export const loadSplit = (b: Builder, pointer: Pointer, element = 0): Complex => ({
  re: b.load(pointer, 2 * element * b.bytes),
  im: b.load(pointer, (2 * element + 1) * b.bytes),
})

export function storeSplit(b: Builder, pointer: Pointer, element: number, { re, im }: Complex): void {
  b.store(pointer, 2 * element * b.bytes, re)
  b.store(pointer, (2 * element + 1) * b.bytes, im)
}

/** Complex vectors one after the other: re, then im. */
export const splitSource = (b: Builder, pointer: Pointer): Source => ({
  load: (element) => loadSplit(b, pointer, element),
  move: (elements) => b.advance(pointer, 2 * elements * b.bytes),
})

export const splitSink = (b: Builder, at: Pointer): Sink => ({
  at,
  stride: 2 * b.bytes,
  store: (pointer, element, value) => storeSplit(b, pointer, element, value),
})

/** Blocks that are as short as this are gone through together, a transform of each before the next of any. */
const shortBlock = 8

/**
 * The transform from source to sink, of `width` vectors of neighbours; the source ends where it began. Arguments: `work`, room for
 * `length` complex vectors for each of them, `stage`, room for 16, and the tables `twiddles` and `places` of these passes.
 */
export function emitPasses(
  b: Builder,
  plan: DftPasses,
  direction: Direction,
  source: Source,
  sink: Sink,
  width = 1,
): void {
  const { length, passes, depth } = plan
  if (passes.length === 0) {
    const at = b.offset(sink.at, 0)
    b.loop(width, () => {
      sink.store(at, 0, source.load(0))
      if (width === 1) return
      b.advance(at, sink.aside ?? 0)
      source.aside?.(1)
    })
    if (width > 1) source.aside?.(-width)
    return
  }
  const [last, vector] = [passes.length - 1, 2 * b.bytes]
  const work = b.pointer('work')

  /** One transform of a pass; factors are those of its j. */
  const butterfly = ({ radix, span }: DftPass, from: Source, factors: Pointer | null): void => {
    const apart = span / radix
    const store = (k: number, value: Complex): void => {
      if (k === 0 || factors === null) {
        storeSplit(b, work, k * apart, value)
        return
      }
      const w = { re: b.broadcast(factors, (k - 1) * 8), im: b.broadcast(factors, (k - 1) * 8 + 4) }
      storeSplit(b, work, k * apart, emitMultiply(b, value, w, direction === 'backward'))
    }
    emitStagedDft(b, radix, { load: (q) => from.load(q * apart), room: roomFor(radix), store }, direction)
  }
  const roomFor = (radix: Radix): Pointer => (fitsRegisters(radix, b.target) ? work : b.pointer('stage'))
  const inWork = splitSource(b, work)
  const region = length * vector

  /** For each of the vectors, in its part of `work`. */
  const each = (body: () => void, next: (vectors: number) => void = () => {}): void => {
    if (width === 1) {
      body()
      return
    }
    b.loop(width, () => {
      body()
      b.advance(work, region)
      next(1)
    })
    b.advance(work, -width * region)
    next(-width)
  }

  /** A pass over `blocks` blocks in a row. */
  const pass = (at: number, blocks: number): void => {
    const { radix, span, twiddles } = passes[at]
    const apart = span / radix
    const factors = b.offset(b.pointer('twiddles'), twiddles)
    if (at > 0 && apart < shortBlock && blocks > 1) {
      for (let j = 0; j < apart; j++) {
        b.loop(blocks, () => {
          butterfly(passes[at], inWork, j === 0 ? null : factors)
          b.advance(work, span * vector)
        })
        b.advance(work, vector - blocks * span * vector)
        b.advance(factors, (radix - 1) * 8)
      }
      b.advance(work, -apart * vector)
      return
    }
    b.loop(blocks, () => {
      b.loop(apart, () => {
        if (at === 0) {
          each(
            () => butterfly(passes[at], source, factors),
            (vectors) => source.aside?.(vectors),
          )
          source.move(1)
        } else butterfly(passes[at], inWork, factors)
        b.advance(work, vector)
        b.advance(factors, (radix - 1) * 8)
      })
      b.advance(factors, -apart * (radix - 1) * 8)
      b.advance(work, (span - apart) * vector)
    })
    if (at === 0) source.move(-apart)
    b.advance(work, -blocks * span * vector)
  }

  const lastPass = (to: Pointer, count: number): void => {
    const { radix } = passes[last]
    const from = last === 0 ? source : inWork
    const apart = length / radix
    const places = count > 1 ? b.pointer('places') : null
    b.loop(count, () => {
      const at = places === null ? b.offset(to, 0) : b.offset(to, b.loadInteger(places))
      const store = (k: number, value: Complex): void => sink.store(at, k * apart, value)
      const one = (): void =>
        emitStagedDft(b, radix, { load: (q) => from.load(q), room: roomFor(radix), store }, direction)
      each(one, (vectors) => {
        b.advance(at, vectors * (sink.aside ?? 0))
        if (last === 0) source.aside?.(vectors)
      })
      if (count === 1) return
      b.advance(work, radix * vector)
      b.advance(places as Pointer, 4)
    })
    if (count > 1) b.advance(work, -count * radix * vector)
  }

  const level = (at: number, weight: number, to: Pointer): void => {
    const { radix, span } = passes[at]
    if (at === depth) {
      if (at === 0 && last > 0) pass(0, 1)
      const between = Array.from({ length: last }, (_, i) => i).filter((i) => i >= at && i > 0)
      if (between.length > 0) {
        each(() => {
          for (const i of between) pass(i, span / passes[i].span)
        })
      }
      lastPass(to, plan.places.length)
      return
    }
    if (at === 0) pass(0, 1)
    else each(() => pass(at, 1))
    b.loop(radix, () => {
      level(at + 1, weight * radix, to)
      b.advance(work, (span / radix) * vector)
      b.advance(to, weight * sink.stride)
    })
    b.advance(work, -span * vector)
    b.advance(to, -radix * weight * sink.stride)
  }
  level(0, 1, sink.at)
}
