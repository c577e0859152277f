// Transform matrices as butterflies. Points ±p share their even and odd parts, so a pair of rows of Bᵀ costs two short
// sums, one addition and one subtraction; a pair of columns of Aᵀ enters as its sum in even rows, its difference in odd.

import type { Builder, Vector, VectorOperand } from '../../program/index.ts'
import type { Matrix } from './cook-toom.ts'

export interface Term {
  readonly coefficient: number
  readonly index: number
}

/** Two results even + odd and even − odd, or one or two results that share nothing. */
export type ResultGroup =
  | {
      readonly kind: 'pair'
      readonly results: readonly [number, number]
      readonly even: readonly Term[]
      readonly odd: readonly Term[]
    }
  | { readonly kind: 'apart'; readonly results: readonly number[]; readonly sums: readonly (readonly Term[])[] }

const termsOf = (row: readonly number[], keep: (k: number) => boolean = () => true): Term[] =>
  row.flatMap((coefficient, index) => (coefficient !== 0 && keep(index) ? [{ coefficient, index }] : []))

/** Rows i and i + 1 that differ in sign at some columns only. */
const mirrored = (a: readonly number[], b: readonly number[] | undefined): boolean =>
  b !== undefined && a.every((value, k) => Math.abs(value) === Math.abs(b[k])) && a.some((value, k) => value !== b[k])

/** The rows of a transform, two at a time: ±p together, the rest (0 and infinity) together. */
export function resultGroups(matrix: Matrix): ResultGroup[] {
  const groups: ResultGroup[] = []
  const apart: number[] = []
  for (let i = 0; i < matrix.length; i++) {
    const [row, next] = [matrix[i], matrix[i + 1]]
    if (mirrored(row, next)) {
      const even = termsOf(row, (k) => row[k] === next[k])
      groups.push({ kind: 'pair', results: [i, i + 1], even, odd: termsOf(row, (k) => row[k] !== next[k]) })
      i++
    } else apart.push(i)
  }
  return [...groups, { kind: 'apart', results: apart, sums: apart.map((i) => termsOf(matrix[i])) }]
}

/** An operand of a transform by columns: element `index` alone, or joined with the one after it. */
export interface ColumnTerm extends Term {
  readonly join: 'alone' | 'sum' | 'difference'
}

/** Each row of a transform as a sum over single columns and over sums or differences of the paired ones. */
export function columnTerms(matrix: Matrix): ColumnTerm[][] {
  const columns = matrix[0].map((_, k) => matrix.map((row) => row[k]))
  return matrix.map((row) => {
    const terms: ColumnTerm[] = []
    for (let k = 0; k < row.length; k++) {
      const paired = mirrored(columns[k], columns[k + 1])
      if (row[k] !== 0) {
        const join = !paired ? 'alone' : row[k] === row[k + 1] ? 'sum' : 'difference'
        terms.push({ coefficient: row[k], index: k, join })
      }
      if (paired) k++
    }
    return terms
  })
}

/** Where a transform finds its coefficients: one vector each. */
export type Constants = (value: number) => Vector

/** Coefficients of `matrix` in registers for good where there are plenty, else loaded at each use. */
export function constantsFor(b: Builder, matrix: Matrix): Constants {
  if (b.target.vectorRegisters < 32) return (value) => b.constant(value)
  const values = new Set(matrix.flat().map(Math.abs))
  const held = new Map(
    [...values].filter((value) => value > 1 || (value > 0 && value < 1)).map((v) => [v, b.constant(v)]),
  )
  return (value) => held.get(value) ?? b.constant(value)
}

export interface Weighted {
  readonly coefficient: number
  readonly operand: VectorOperand
}

const isUnit = ({ coefficient }: Weighted): boolean => Math.abs(coefficient) === 1

/** Σ coefficient · operand. The result may be the operand itself where the sum is just that. */
export function emitSum(b: Builder, constants: Constants, terms: readonly Weighted[]): Vector {
  const rank = (term: Weighted): number => (term.coefficient === 1 ? 0 : term.coefficient > 0 ? 1 : 2)
  const [first, second, ...others] = [...terms].sort((s, t) => rank(s) - rank(t))
  const add = (sum: Vector, { coefficient, operand }: Weighted, into?: Vector): Vector =>
    coefficient > 0 ? b.add(sum, operand, into) : b.sub(sum, operand, into)
  const accumulate = (sum: Vector, term: Weighted): Vector => {
    if (isUnit(term)) return add(sum, term, sum)
    const factor = constants(Math.abs(term.coefficient))
    return term.coefficient > 0 ? b.fma(sum, factor, term.operand) : b.fnma(sum, factor, term.operand)
  }
  const start = (): Vector => {
    if (first.coefficient !== 1) return b.mul(constants(first.coefficient), first.operand)
    if (first.operand.type === 'memory') return b.load(first.operand.pointer, first.operand.displacement)
    return first.operand
  }
  const begun = start()
  if (second === undefined) return begun
  const borrowed = first.operand === begun
  // A borrowed operand stays whole: the first step makes a register of its own.
  const two = borrowed && isUnit(second) ? add(begun, second) : accumulate(borrowed ? b.copy(begun) : begun, second)
  return others.reduce(accumulate, two)
}

/** Rows of a result computed together: those that read the same sums, where the machine has registers for both. */
export function rowPasses(b: Builder, outputs: number): number[][] {
  if (b.target.vectorRegisters < 32) return Array.from({ length: outputs }, (_, row) => [row])
  return [0, 1].map((parity) => Array.from({ length: Math.ceil((outputs - parity) / 2) }, (_, i) => 2 * i + parity))
}

/** `terms` over elements given by `at`; a sum or difference is made once and remembered in `made`. */
export function joined(
  b: Builder,
  terms: readonly ColumnTerm[],
  at: (k: number) => VectorOperand,
  made: Map<string, Vector>,
): Weighted[] {
  return terms.map(({ coefficient, index, join }) => {
    if (join === 'alone') return { coefficient, operand: at(index) }
    const key = `${join} ${index}`
    const known = made.get(key)
    if (known !== undefined) return { coefficient, operand: known }
    const left = at(index)
    const first = left.type === 'memory' ? b.load(left.pointer, left.displacement) : left
    const value = join === 'sum' ? b.add(first, at(index + 1)) : b.sub(first, at(index + 1))
    made.set(key, value)
    return { coefficient, operand: value }
  })
}
