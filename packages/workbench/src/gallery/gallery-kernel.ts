// The form of a gallery entry: a kernel as a function of its parameters.
// Every kernel is stated as it slides (correlation): its upper left number meets the upper left pixel of the window.

/** Rows of a two-dimensional kernel, all of one length. */
export type Matrix = readonly (readonly number[])[]

export interface KernelParameter {
  readonly name: string
  readonly meaning: string
  readonly default: number
  readonly min: number
  readonly max: number
  /** `odd`: an odd whole number; otherwise a multiple of this step, or any number when absent. */
  readonly step?: 'odd' | number
}

export interface GalleryKernel {
  readonly name: string
  readonly summary: string
  readonly parameters: readonly KernelParameter[]
  /** What the numbers add up to, and why. */
  readonly normalisation: string
  /** Whether results go below zero as a rule, so that a picture of them needs a middle grey. */
  readonly signed: boolean
  build(...values: number[]): Matrix
}

/** The largest side a gallery kernel may have: larger ones are a mistyped parameter more often than a wish. */
export const largestSide = 255

/** A kernel without parameters. */
export const fixed = (
  name: string,
  rows: Matrix,
  signed: boolean,
  normalisation: string,
  summary: string,
): GalleryKernel => Object.freeze({ name, summary, parameters: [], normalisation, signed, build: () => rows })

/** `(2·radius + 1)²` samples of `value(x, y)`, x to the right and y upwards from the centre. */
export const sampled = (radius: number, value: (x: number, y: number) => number): number[][] =>
  Array.from({ length: 2 * radius + 1 }, (_, row) =>
    Array.from({ length: 2 * radius + 1 }, (_, column) => value(column - radius, radius - row)),
  )

const sum = (rows: Matrix): number => rows.flat().reduce((total, value) => total + value, 0)

/** The kernel divided by its sum, so that flat areas keep their brightness. */
export function toUnitSum(rows: Matrix): Matrix {
  const total = sum(rows)
  return rows.map((row) => row.map((value) => value / total))
}

/** The kernel less its mean, so that flat areas give exactly nothing. */
export function toZeroSum(rows: Matrix): Matrix {
  const mean = sum(rows) / rows.flat().length
  return rows.map((row) => row.map((value) => value - mean))
}

/** The kernel scaled until its absolute values add up to 1: results stay within the range of the picture. */
export function toUnitGain(rows: Matrix): Matrix {
  const total = rows.flat().reduce((gain, value) => gain + Math.abs(value), 0)
  return rows.map((row) => row.map((value) => value / total))
}

export const combine = (a: Matrix, b: Matrix, of: (a: number, b: number) => number): Matrix =>
  a.map((row, i) => row.map((value, j) => of(value, b[i][j])))

/** Upside down and left to right: a correlation with it is a convolution. */
export const flipped = (rows: Matrix): number[][] => rows.map((row) => [...row].reverse()).reverse()

/** The identity kernel of side `2·radius + 1`. */
export const unit = (radius: number): Matrix => sampled(radius, (x, y) => (x === 0 && y === 0 ? 1 : 0))

export const radians = (degrees: number): number => (degrees * Math.PI) / 180
