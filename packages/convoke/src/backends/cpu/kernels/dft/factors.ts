// Rows of a tensor times a table of complex factors, one a row, on their way from one layout to another: real to complex, half a
// spectrum to one side of a whole one, filled up with zeros, cut off, or only the real parts.

import { type Builder, type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import { type Complex, emitMultiply } from '../fft/radix.ts'
import { programFor } from '../step.ts'
import { laneElement, loadPairs, loadReals, pairsPart, scaling, storePairs, storeReals } from './ends.ts'

export interface FactorSpec {
  /** 'half': floor(n / 2) + 1 rows of half a spectrum of n, of whose imaginary parts those of frequency 0 and n / 2 are not read. */
  readonly from: 'pairs' | 'reals' | 'half'
  readonly to: 'pairs' | 'reals'
  /** Rows that are read, of `n` where it is half a spectrum. */
  readonly rows: number
  readonly n: number
  /** Rows of the input and of the output; those beyond what is read become zeros where `fills`. */
  readonly inputRows: number
  readonly outputRows: number
  readonly fills: boolean
  readonly inner: number
  /** Whether there are factors at all. */
  readonly factors: boolean
  readonly scaled: boolean
}

/**
 * The factors as the program reads them, `scale` times, the imaginary parts `turn` times besides: a pair a row, or where there is
 * nothing inside the rows, vectors of real parts and of imaginary ones, in the order of `laneElement`.
 */
export function factorTable(
  re: ArrayLike<number>,
  im: ArrayLike<number>,
  { inner, lanes, scale = 1, turn = 1 }: FactorLayout,
): Float32Array {
  const rows = re.length
  if (inner > 1) {
    const pairs = new Float32Array(2 * rows)
    for (let row = 0; row < rows; row++) {
      pairs[2 * row] = re[row] * scale
      pairs[2 * row + 1] = im[row] * scale * turn
    }
    return pairs
  }
  const order = Array.from({ length: lanes }, (_, lane) => laneElement(lanes, lane))
  const values = new Float32Array(2 * lanes * Math.ceil(rows / lanes))
  for (let first = 0; first < rows; first += lanes) {
    for (let lane = 0; lane < lanes; lane++) {
      const row = first + order[lane]
      if (row >= rows) continue
      values[2 * first + lane] = re[row] * scale
      values[2 * first + lanes + lane] = im[row] * scale * turn
    }
  }
  return values
}

export interface FactorLayout {
  readonly inner: number
  readonly lanes: number
  readonly scale?: number
  readonly turn?: 1 | -1
}

const bytesOf = (what: 'pairs' | 'reals' | 'half'): number => (what === 'reals' ? 4 : 8)

/** `elements` neighbours in whole vectors and what is left over. */
function eachVector(b: Builder, elements: number, body: (count: number) => void): void {
  b.loop(Math.floor(elements / b.lanes), () => body(b.lanes))
  if (elements % b.lanes > 0) body(elements % b.lanes)
}

interface Ends {
  readonly x: Pointer
  readonly y: Pointer
}

/** `count` neighbours times w; only their real parts, where `real`. Moves past them. */
function emitElements(
  b: Builder,
  { from, to, scaled }: FactorSpec,
  { x, y }: Ends,
  count: number,
  w: Complex | null,
  real: boolean,
): void {
  const tail = count === b.lanes ? undefined : b.tail(count)
  const part = pairsPart(b, count)
  let value = from === 'reals' ? null : loadPairs(b, x, 0, part)
  const re = value === null ? loadReals(b, x, 0, { tail }) : value.re
  if (value === null || real) {
    value = w === null ? { re, im: b.zero() } : { re: b.mul(re, w.re), im: b.mul(re, w.im) }
  } else if (w !== null) value = emitMultiply(b, value, w, false)
  const done = scaling(b, scaled)(value)
  if (to === 'pairs') storePairs(b, y, 0, done, part)
  else storeReals(b, y, 0, done.re, { tail })
  b.advance(x, count * bytesOf(from))
  b.advance(y, count * bytesOf(to))
}

function emitZeros(b: Builder, { to, outputRows, rows, inner, fills }: FactorSpec, y: Pointer): void {
  const floats = ((outputRows - rows) * inner * bytesOf(to)) / 4
  if (!fills) {
    b.advance(y, floats * 4)
    return
  }
  const zero = b.zero()
  eachVector(b, floats, (count) => {
    b.store(y, 0, zero, count === b.lanes ? undefined : b.tail(count))
    b.advance(y, count * 4)
  })
}

/** Rows of one element: vectors along them. */
function emitLine(b: Builder, spec: FactorSpec, ends: Ends): void {
  const { rows, n, from, factors } = spec
  const table = factors ? b.pointer('factors') : null
  const [x, y] = [b.offset(ends.x, 0), b.offset(ends.y, 0)]
  eachVector(b, rows, (count) => {
    const w = table === null ? null : { re: b.load(table), im: b.load(table, b.bytes) }
    emitElements(b, spec, { x, y }, count, w, false)
    if (table !== null) b.advance(table, 2 * b.bytes)
  })
  if (from !== 'half') return
  // Once more, for those that are real.
  for (const row of [0, ...(n % 2 === 0 ? [n / 2] : [])]) {
    const at = { x: b.offset(ends.x, row * bytesOf(from)), y: b.offset(ends.y, row * bytesOf(spec.to)) }
    const block = Math.floor(row / b.lanes)
    // Lane 0 of a vector that begins with this row.
    const lane = Array.from({ length: b.lanes }, (_, l) => laneElement(b.lanes, l)).indexOf(row % b.lanes)
    const first = (part: number) => b.broadcast(b.pointer('factors'), ((2 * block + part) * b.lanes + lane) * 4)
    emitElements(b, spec, at, 1, factors ? { re: first(0), im: first(1) } : null, true)
  }
}

/** Rows of several elements: a factor a row. */
function emitColumns(b: Builder, spec: FactorSpec, ends: Ends): void {
  const { rows, n, from, factors, inner } = spec
  const table = factors ? b.pointer('factors') : null
  const [x, y] = [b.offset(ends.x, 0), b.offset(ends.y, 0)]
  const some = (count: number, real: boolean): void =>
    b.loop(count, () => {
      eachVector(b, inner, (elements) => {
        const w = table === null ? null : { re: b.broadcast(table), im: b.broadcast(table, 4) }
        emitElements(b, spec, { x, y }, elements, w, real)
      })
      if (table !== null) b.advance(table, 8)
    })
  if (from !== 'half') {
    some(rows, false)
    return
  }
  const ownMirror = n % 2 === 0 ? 1 : 0
  some(1, true)
  some(rows - 1 - ownMirror, false)
  some(ownMirror, true)
}

/** `outers` lines of rows one after the other. Arguments: x, y, factors (where there are any), scale, outers. */
export function factorProgram(spec: FactorSpec, target: Target): Program {
  const { from, to, rows, inputRows, outputRows, inner } = spec
  const name = `dft ${from} to ${to} ${rows} of ${inputRows} rows of ${inner}, ${outputRows}`
  return programFor(`${name} ${JSON.stringify(spec)} ${target.name}`, () =>
    vectorProgram(name, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      b.loop(b.integer('outers'), () => {
        if (inner === 1) emitLine(b, spec, { x, y })
        else emitColumns(b, spec, { x, y })
        b.advance(x, inputRows * inner * bytesOf(from))
        b.advance(y, rows * inner * bytesOf(to))
        emitZeros(b, spec, y)
      })
    }),
  )
}
