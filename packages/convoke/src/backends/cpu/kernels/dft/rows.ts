// Transforms along the last axis, a row at a time, vectors along the row: n = lanes · m elements as `lanes` interleaved lines of m side
// by side, then twiddle factors, then a transform across the lanes, for which squares of lanes × lanes are transposed.
//
//   y[k + m·l] = Σⱼ (e^(−2πi·jk/n) · Σᵢ x[lanes·i + j] · e^(−2πi·ik/m)) · e^(−2πi·jl/lanes)
//
// Half spectra of real rows are split from, or joined to, the transform of half the length in a buffer of its own.

import { setRoot } from '../../../../shapes/roots.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorAt,
  vectorProgram,
} from '../../program/index.ts'
import { type Complex, type Direction, emitStagedDft, type Radix } from '../fft/radix.ts'
import { programFor } from '../step.ts'
import { columnBytes, coreLength, type DftKind, directionOf } from './columns.ts'
import { type Finish, laneElement, loadPairs, pairsPart, pairsSource, scaling, storePairs } from './ends.ts'
import { emitPasses, loadSplit, planPasses, splitSink } from './passes.ts'
import { joinOne, splitOne } from './real.ts'

export interface RowSpec {
  readonly kind: DftKind
  readonly n: number
  readonly scaled: boolean
}

/** Vectors of e^(−2πi·count·row·lane/n), [row][re, im][lane], the lanes in the order of `laneElement`. */
export function lanesTable(n: number, rows: number, lanes: number, exponent: (row: number, element: number) => number) {
  const values = new Float32Array(2 * rows * lanes)
  for (let row = 0; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++) {
      const at = 2 * row * lanes + lane
      setRoot(exponent(row, laneElement(lanes, lane)), n, values, at, values, at + lanes)
    }
  }
  return values
}

/** The factors between the lines and the transform across the lanes: the argument `across`. */
export const acrossTable = (n: number, lanes: number): Float32Array =>
  lanesTable(n, n / lanes, lanes, (row, element) => row * element)

/** e^(−2πi·k/n) for k = 0 … n / 2 in vectors: the argument `halves` of rows. */
export const rowHalvesTable = (n: number, lanes: number): Float32Array =>
  lanesTable(n, Math.floor(n / 2 / lanes) + 1, lanes, (row, element) => row * lanes + element)

/**
 * `lanes` rows times their factors, transposed into `square`: [lane][re, im][row], rows in the order of `laneElement`. Rows from
 * `count` on are not read.
 */
export function emitTurnedSquare(
  b: Builder,
  count: number,
  direction: Direction,
  turned: (row: number, part: 0 | 1, direction: Direction) => Vector,
  store: (lane: number, part: 0 | 1, value: Vector) => void,
): void {
  for (const part of [0, 1] as const) {
    const rows: Vector[] = []
    for (let i = 0; i < b.lanes; i++) {
      const row = laneElement(b.lanes, i)
      rows.push(row < count ? turned(row, part, direction) : rows[0])
    }
    b.transpose(rows).forEach((value, lane) => {
      store(laneElement(b.lanes, lane), part, value)
    })
  }
}

/** One part of a complex vector in memory times one of factors, or their conjugates. */
export function turnedPart(
  b: Builder,
  x: Pointer,
  at: number,
  w: Pointer,
  wAt: number,
  part: 0 | 1,
  direction: Direction,
) {
  const [re, im] = [b.load(x, at), b.load(x, at + b.bytes)]
  const [wr, wi] = [vectorAt(w, wAt), vectorAt(w, wAt + b.bytes)]
  const forward = direction === 'forward'
  if (part === 0) {
    const y = b.mul(re, wr)
    return forward ? b.fnma(y, im, wi) : b.fma(y, im, wi)
  }
  const y = b.mul(im, wr)
  return forward ? b.fma(y, re, wi) : b.fnma(y, re, wi)
}

/** The transform across the lanes of `count` ≤ lanes neighbours in `natural`, to places m elements apart. */
function emitAcross(b: Builder, m: number, count: number, direction: Direction, at: Across, finish: Finish): void {
  const { natural, across, to } = at
  const square = b.pointer('square')
  const vector = 2 * b.bytes
  emitTurnedSquare(
    b,
    count,
    direction,
    (row, part, way) => turnedPart(b, natural, row * vector, across, row * vector, part, way),
    (lane, part, value) => b.store(square, lane * vector + part * b.bytes, value),
  )
  const part = pairsPart(b, count)
  const staging = {
    load: (q: number) => loadSplit(b, square, q),
    room: b.pointer('stage'),
    store: (k: number, value: Complex) => storePairs(b, to, k * m * 8, finish(value), part),
  }
  emitStagedDft(b, b.lanes as Radix, staging, direction)
}

interface Across {
  readonly natural: Pointer
  readonly across: Pointer
  readonly to: Pointer
}

const cacheLine = 64

/** Bytes from a place in a row to the same in the next one. */
interface Ahead {
  readonly at: Pointer
  readonly bytes: number
}

/** A row of `length` pairs, a multiple of the lanes; parts of those `ahead` are asked for meanwhile. */
function emitRow(
  b: Builder,
  length: number,
  direction: Direction,
  x: Pointer,
  y: Pointer,
  finish: Finish,
  ahead: readonly Ahead[] = [],
): void {
  const m = length / b.lanes
  const passes = planPasses(m, b.target)
  const natural = b.pointer('natural')
  emitPasses(b, passes, direction, pairsSource(b, x, b.lanes * 8, pairsPart(b)), splitSink(b, natural))
  const at = { natural, across: b.pointer('across'), to: b.offset(y, 0) }
  const blocks = Math.floor(m / b.lanes)
  const next = blocks === 0 ? [] : ahead.map((row) => ({ to: b.offset(row.at, row.bytes), part: row.bytes / blocks }))
  b.loop(blocks, () => {
    for (const { to, part } of next) {
      for (let line = 0; line < part; line += cacheLine) b.prefetch(to, line)
      b.advance(to, Math.ceil(part / 4) * 4)
    }
    emitAcross(b, m, b.lanes, direction, at, finish)
    b.advance(at.natural, 2 * b.lanes * b.bytes)
    b.advance(at.across, 2 * b.lanes * b.bytes)
    b.advance(at.to, b.lanes * 8)
  })
  if (m % b.lanes > 0) emitAcross(b, m, m % b.lanes, direction, at, finish)
}

/** The `lanes` pairs that end at `last`, the last first. */
export function loadReversed(b: Builder, last: Pointer): Complex {
  const { re, im } = loadPairs(b, last, -(b.lanes - 1) * 8, pairsPart(b))
  const laneOf = Array.from({ length: b.lanes }, (_, lane) => laneElement(b.lanes, lane))
  const order = laneOf.map((element) => laneOf.indexOf(b.lanes - 1 - element))
  return { re: b.shuffle(re, re, order), im: b.shuffle(im, im, order) }
}

/** Z, of h values, as X, of h + 1. Around Z there is room for a vector of pairs on either side. */
function emitSplitRow(b: Builder, h: number, z: Pointer, y: Pointer): void {
  const finish = scaling(b, true)
  const last = b.offset(z, h * 8)
  // The period goes on: Z[h] is Z[0].
  for (const at of [0, b.bytes]) b.store(last, at, b.load(z, at))
  const [own, to, factors] = [b.offset(z, 0), b.offset(y, 0), b.pointer('halves')]
  const block = (count: number): void => {
    const x = splitOne(b, loadPairs(b, own, 0, pairsPart(b)), loadReversed(b, last), loadSplit(b, factors))
    storePairs(b, to, 0, finish(x), pairsPart(b, count))
  }
  b.loop(h / b.lanes, () => {
    block(b.lanes)
    b.advance(own, b.lanes * 8)
    b.advance(to, b.lanes * 8)
    b.advance(last, -b.lanes * 8)
    b.advance(factors, 2 * b.bytes)
  })
  block(1)
}

/** Element 0, which stands in lane 0, without its imaginary part: of X[0] and X[n / 2] only the real parts are read. */
export function realAtFirst(b: Builder, { re, im }: Complex): Complex {
  const from = Array.from({ length: b.lanes }, (_, lane) => (lane === 0 ? b.lanes : lane))
  return { re, im: b.shuffle(im, b.zero(), from) }
}

/** X, of h + 1 values, as Z, of h. */
function emitJoinRow(b: Builder, h: number, x: Pointer, z: Pointer): void {
  const [own, last, to, factors] = [b.offset(x, 0), b.offset(x, h * 8), b.offset(z, 0), b.pointer('halves')]
  const block = (first: boolean): void => {
    const [a, c] = [loadPairs(b, own, 0, pairsPart(b)), loadReversed(b, last)]
    const real = (value: Complex): Complex => (first ? realAtFirst(b, value) : value)
    storePairs(b, to, 0, joinOne(b, real(a), real(c), loadSplit(b, factors)), pairsPart(b))
    b.advance(own, b.lanes * 8)
    b.advance(to, b.lanes * 8)
    b.advance(last, -b.lanes * 8)
    b.advance(factors, 2 * b.bytes)
  }
  block(true)
  b.loop(h / b.lanes - 1, () => block(false))
}

/** Bytes of the buffer `z` of real rows. */
export const roomOfHalf = (h: number, lanes: number): number => (h + 2 * lanes) * 8

/**
 * `rows` rows one after the other. Arguments: x, y, work, natural, square, stage, twiddles, places, across; z and halves of real rows;
 * scale, rows.
 */
export function rowProgram({ kind, n, scaled }: RowSpec, target: Target): Program {
  const name = `dft ${kind} ${n} rows`
  return programFor(`${name} ${scaled} ${target.name} ${target.caches.first}`, () =>
    vectorProgram(name, target, (b) => {
      const length = coreLength(kind, n)
      const bytes = columnBytes({ kind, n, inner: 1 })
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      // Shorter rows than these come by themselves, longer ones leave no room beside them.
      const asked = bytes.x.line >= 1024 && bytes.x.line + bytes.y.line <= target.caches.first
      const ahead = asked ? [x, y].map((at, i) => ({ at, bytes: (i === 0 ? bytes.x : bytes.y).line })) : []
      b.loop(b.integer('rows'), () => {
        const finish = scaling(b, scaled)
        if (kind === 'toHalf') {
          const z = b.offset(b.pointer('z'), b.lanes * 8)
          emitRow(b, length, directionOf(kind), x, z, scaling(b, false), ahead)
          emitSplitRow(b, length, z, y)
        } else if (kind === 'toReal') {
          const z = b.pointer('z')
          emitJoinRow(b, length, x, z)
          emitRow(b, length, directionOf(kind), z, y, finish, ahead)
        } else emitRow(b, length, directionOf(kind), x, y, finish, ahead)
        b.advance(x, bytes.x.line)
        b.advance(y, bytes.y.line)
      })
    }),
  )
}
