// The discrete Fourier transform of a long line in float64 by those of about its square root, which a first cache holds: for n = a·b,
//
//   t[k][j] = e^(−2πi·jk/n) · Σᵢ x[b·i + j] · e^(−2πi·ik/a)
//   X[k + a·l] = Σⱼ t[k][j] · e^(−2πi·jl/b)
//
// Bailey 1990, "FFTs in external or hierarchical memory".

import { rootProducts } from '../../shapes/roots.ts'
import type { ComplexLine, LineTransform } from './fourier-line.ts'

/** Lines gathered together: a cache line of float64. */
const together = 8

const lineOf = (length: number): ComplexLine => ({ re: new Float64Array(length), im: new Float64Array(length) })

/** Lines a cache line further apart than their length, so that they do not share a few sets of a cache. */
function gatheredLines(length: number): readonly ComplexLine[] {
  const pitch = length + together
  const all = lineOf(together * pitch)
  const part = (values: Float64Array, c: number): Float64Array => values.subarray(c * pitch, c * pitch + length)
  return Array.from({ length: together }, (_, c) => ({ re: part(all.re, c), im: part(all.im, c) }))
}

/** Forward only. `ofA` and `ofB` transform lines of a and of b values. */
export function byHalves(a: number, b: number, ofA: LineTransform, ofB: LineTransform): LineTransform {
  const t = lineOf(a * b)
  const columns = gatheredLines(a)
  const rows = gatheredLines(b)
  const putRoot = rootProducts(a * b)
  const root = new Float64Array(2)
  const turn = ({ re, im }: ComplexLine, j: number): void => {
    for (let k = 1; k < a; k++) {
      putRoot(j * k, root, 0, root, 1)
      const x = re[k]
      const y = im[k]
      re[k] = x * root[0] - y * root[1]
      im[k] = x * root[1] + y * root[0]
    }
  }
  return ({ re, im }) => {
    for (let j = 0; j < b; j += together) {
      const count = Math.min(together, b - j)
      copyOut(re, columns, 're', j, b, a, count)
      copyOut(im, columns, 'im', j, b, a, count)
      for (let c = 0; c < count; c++) {
        ofA(columns[c], false)
        turn(columns[c], j + c)
      }
      copyIn(t.re, columns, 're', j, b, a, count)
      copyIn(t.im, columns, 'im', j, b, a, count)
    }
    for (let k = 0; k < a; k += together) {
      const count = Math.min(together, a - k)
      for (let c = 0; c < count; c++) {
        const row = rows[c]
        row.re.set(t.re.subarray((k + c) * b, (k + c + 1) * b))
        row.im.set(t.im.subarray((k + c) * b, (k + c + 1) * b))
        ofB(row, false)
      }
      copyIn(re, rows, 're', k, a, b, count)
      copyIn(im, rows, 'im', k, a, b, count)
    }
  }
}

type Side = keyof ComplexLine

/** Element i of line c is `values[first + c + apart·i]`. */
function copyOut(
  values: Float64Array,
  lines: readonly ComplexLine[],
  side: Side,
  first: number,
  apart: number,
  length: number,
  count: number,
): void {
  const into = lines.map((line) => line[side])
  for (let i = 0; i < length; i++) {
    const at = first + apart * i
    for (let c = 0; c < count; c++) into[c][i] = values[at + c]
  }
}

/** The way back. */
function copyIn(
  values: Float64Array,
  lines: readonly ComplexLine[],
  side: Side,
  first: number,
  apart: number,
  length: number,
  count: number,
): void {
  const from = lines.map((line) => line[side])
  for (let i = 0; i < length; i++) {
    const at = first + apart * i
    for (let c = 0; c < count; c++) values[at + c] = from[c][i]
  }
}
