// Transforms along an axis with others inside it: `lanes` neighbours of those side by side, straight from the tensor and back to it.
//
//   complex       pairs → passes → pairs
//   real → half   n even: two reals a complex value → passes → `natural` → X[k] and X[n/2 − k] together → pairs
//                 n odd: reals → passes → `natural` → the first half
//   half → real   the same backwards; n odd: twice the half spectrum, the other half zero, of which the real part is kept

import { halvedLength } from '../../../../shapes/spectrum.ts'
import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import type { Direction } from '../fft/radix.ts'
import { programFor } from '../step.ts'
import {
  type Finish,
  loadPairs,
  type Part,
  pairsPart,
  pairsSink,
  pairsSource,
  type RealPart,
  realPairsSink,
  realPairsSource,
  realsSink,
  realsSource,
  scaling,
  storePairs,
} from './ends.ts'
import { type DftPasses, emitPasses, loadSplit, planPasses, splitSink, splitSource, storeSplit } from './passes.ts'
import { joinPair, splitPair } from './real.ts'

export type DftKind = 'forward' | 'backward' | 'toHalf' | 'toReal'

/** How many complex values a line of n of this kind is transformed as. */
export const coreLength = (kind: DftKind, n: number): number =>
  (kind === 'toHalf' || kind === 'toReal') && n % 2 === 0 ? n / 2 : n

export const directionOf = (kind: DftKind): Direction =>
  kind === 'backward' || kind === 'toReal' ? 'backward' : 'forward'

/** What is done to a spectrum of two halves brings 2X about: half the scale belongs to it. */
export const ownScale = (kind: DftKind, n: number, scale: number): number =>
  kind === 'toHalf' && n % 2 === 0 ? scale / 2 : scale

export interface ColumnSpec {
  readonly kind: DftKind
  /** Of the real or complex line; not of half a spectrum. */
  readonly n: number
  /** Elements after each other along the inner axes. */
  readonly inner: number
  readonly scaled: boolean
  /** Neighbours in a vector: fewer than its lanes in what is left over at the end. */
  readonly count: number
  /** Vectors transformed together: see `widthOf`. */
  readonly width: number
}

/** Bytes of an element, of an inner row, and of a whole line of rows, of input and output. */
export function columnBytes({ kind, n, inner }: Pick<ColumnSpec, 'kind' | 'n' | 'inner'>) {
  const half = halvedLength(n)
  const of = (real: boolean, rows: number) => {
    const element = real ? 4 : 8
    return { element, row: element * inner, line: element * inner * rows }
  }
  return {
    x: of(kind === 'toHalf', kind === 'toReal' ? half : n),
    y: of(kind === 'toReal', kind === 'toHalf' ? half : n),
  }
}

/** Whether results wait in `natural`, and with how many complex vectors more than the passes have. */
export const isReal = (kind: DftKind): boolean => kind === 'toHalf' || kind === 'toReal'

/** The rows of a column: where they are, how far from each other, how much of each. */
export interface Places {
  readonly x: Pointer
  readonly y: Pointer
  readonly xRow: number
  readonly yRow: number
  readonly part: Part
  readonly reals: RealPart
}

/** Z of `natural`, whose last vector repeats the first, as X. */
function emitSplit(b: Builder, h: number, { y, yRow, part }: Places, finish: Finish): void {
  const up = b.pointer('natural')
  const down = b.offset(up, 2 * h * b.bytes)
  storeSplit(b, down, 0, loadSplit(b, up))
  const [first, last, factors] = [b.offset(y, 0), b.offset(y, h * yRow), b.pointer('halves')]
  b.loop(Math.floor(h / 2) + 1, () => {
    const w = { re: b.broadcast(factors), im: b.broadcast(factors, 4) }
    const [own, mirror] = splitPair(b, loadSplit(b, up), loadSplit(b, down), w)
    storePairs(b, last, 0, finish(mirror), part)
    storePairs(b, first, 0, finish(own), part)
    for (const [pointer, by] of [
      [up, 2 * b.bytes],
      [down, -2 * b.bytes],
      [first, yRow],
      [last, -yRow],
      [factors, 8],
    ] as const) {
      b.advance(pointer, by)
    }
  })
}

/** X as Z in `natural`. Imaginary parts of X[0] and X[n / 2] are not read. */
function emitJoin(b: Builder, h: number, { x, xRow, part }: Places): void {
  const [first, last] = [b.offset(x, 0), b.offset(x, h * xRow)]
  const up = b.pointer('natural')
  const [zero, middle] = [loadPairs(b, first, 0, part).re, loadPairs(b, last, 0, part).re]
  storeSplit(b, up, 0, { re: b.add(zero, middle), im: b.sub(zero, middle) })
  if (h === 1) return
  const down = b.offset(up, 2 * h * b.bytes)
  const factors = b.pointer('halves')
  b.loop(Math.floor(h / 2), () => {
    for (const [pointer, by] of [
      [up, 2 * b.bytes],
      [down, -2 * b.bytes],
      [first, xRow],
      [last, -xRow],
      [factors, 8],
    ] as const) {
      b.advance(pointer, by)
    }
    const w = { re: b.broadcast(factors), im: b.broadcast(factors, 4) }
    const [own, mirror] = joinPair(b, loadPairs(b, first, 0, part), loadPairs(b, last, 0, part), w)
    storeSplit(b, down, 0, mirror)
    storeSplit(b, up, 0, own)
  })
}

/** The first half of `natural`. */
function emitFirstHalf(b: Builder, n: number, { y, yRow, part }: Places, finish: Finish): void {
  const [from, to] = [b.pointer('natural'), b.offset(y, 0)]
  b.loop(halvedLength(n), () => {
    storePairs(b, to, 0, finish(loadSplit(b, from)), part)
    b.advance(from, 2 * b.bytes)
    b.advance(to, yRow)
  })
}

/** Half a spectrum of odd n in `natural`, doubled but for frequency 0, with zeros after it. */
function emitOneSide(b: Builder, n: number, { x, xRow, part }: Places): void {
  const [from, to] = [b.offset(x, 0), b.pointer('natural')]
  const zero = b.zero()
  storeSplit(b, to, 0, { re: loadPairs(b, from, 0, part).re, im: zero })
  const half = halvedLength(n) - 1
  b.loop(half, () => {
    b.advance(from, xRow)
    b.advance(to, 2 * b.bytes)
    const { re, im } = loadPairs(b, from, 0, part)
    storeSplit(b, to, 0, { re: b.add(re, re), im: b.add(im, im) })
  })
  b.loop(half, () => {
    b.advance(to, 2 * b.bytes)
    storeSplit(b, to, 0, { re: zero, im: zero })
  })
}

/** One vector of lines. */
export function emitColumn(
  b: Builder,
  { kind, n, scaled, width = 1 }: Pick<ColumnSpec, 'kind' | 'n' | 'scaled'> & Partial<ColumnSpec>,
  passes: DftPasses,
  ends: Places,
): void {
  const { x, y, xRow, yRow, part, reals } = ends
  const finish = scaling(b, scaled)
  const run = (source: Parameters<typeof emitPasses>[3], sink: Parameters<typeof emitPasses>[4]): void =>
    emitPasses(b, passes, directionOf(kind), source, sink, width)
  if (kind === 'forward' || kind === 'backward') {
    run(pairsSource(b, x, xRow, part), pairsSink(b, y, yRow, part, finish))
  } else if (kind === 'toHalf') {
    const even = n % 2 === 0
    const source = even ? realPairsSource(b, x, xRow, reals) : realsSource(b, x, xRow, reals)
    run(source, splitSink(b, b.pointer('natural')))
    if (even) emitSplit(b, n / 2, ends, scaling(b, true))
    else emitFirstHalf(b, n, ends, finish)
  } else {
    const even = n % 2 === 0
    if (even) emitJoin(b, n / 2, ends)
    else emitOneSide(b, n, ends)
    const source = splitSource(b, b.pointer('natural'))
    run(source, even ? realPairsSink(b, y, yRow, reals, finish) : realsSink(b, y, yRow, reals, finish))
  }
}

/** Sums of `sink.stride` that `places` counts in. */
export const sinkStride = ({ kind, n, inner }: Pick<ColumnSpec, 'kind' | 'n' | 'inner'>, { lanes }: Target): number => {
  if (kind === 'toHalf') return 8 * lanes
  const { row } = columnBytes({ kind, n, inner }).y
  return kind === 'toReal' && n % 2 === 0 ? 2 * row : row
}

/**
 * `blocks` times `width` vectors of neighbours of each of `outers` lines of rows. Arguments: x, y, work, natural (where `isReal`), stage, twiddles,
 * places, halves (where real of even n), scale, outers, blocks; xSkip and ySkip, bytes from the end of these blocks of a line to the next line's.
 */
export function columnProgram(spec: ColumnSpec, target: Target): Program {
  const { kind, n, inner, scaled, count, width } = spec
  const left = count === target.lanes ? '' : `, ${count} left`
  const name = `dft ${kind} ${n} columns of ${inner}${left}${width === 1 ? '' : `, ${width} vectors`}`
  return programFor(`${name} ${scaled} ${target.name} ${target.caches.first}`, () =>
    vectorProgram(name, target, (b) => {
      const passes = planPasses(coreLength(kind, n), target)
      const bytes = columnBytes(spec)
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      const [xBlock, yBlock] = [bytes.x.element * count * width, bytes.y.element * count * width]
      b.loop(b.integer('outers'), () => {
        b.loop(b.integer('blocks'), () => {
          const ends = { part: pairsPart(b, count), reals: { tail: count === b.lanes ? undefined : b.tail(count) } }
          emitColumn(b, spec, passes, { x, y, xRow: bytes.x.row, yRow: bytes.y.row, ...ends })
          b.advance(x, xBlock)
          b.advance(y, yBlock)
        })
        b.advance(x, b.integer('xSkip'))
        b.advance(y, b.integer('ySkip'))
      })
    }),
  )
}
