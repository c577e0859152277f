// Every elementwise op at the edges of its numbers, on every backend, against docs/edges.md: the values and gradients of
// test/fixtures/edges.json, which NumPy worked out (test/fixtures/edges.py).

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import type { DType } from '../backends/backend.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import * as ops from './index.ts'

type Written = number | 'NaN' | 'Infinity' | '-Infinity' | '-0' | null
type Rows = Readonly<Record<string, readonly (readonly Written[])[]>>
const edges = JSON.parse(readFileSync(new URL('../../test/fixtures/edges.json', import.meta.url), 'utf8')) as {
  readonly unary: Rows
  readonly binary: Rows
  readonly whole: Rows
  readonly wholeUnary: Rows
  readonly wholeCompared: Rows
  readonly wholeAsFloats: Rows
  readonly bytes: Rows
  /** By what is cast to what. */
  readonly casts: Rows
}

const named = ops as unknown as Readonly<Record<string, (...inputs: Tensor[]) => Tensor>>
const unaryOps: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  ...named,
  'gelu tanh': (x) => ops.gelu(x, { approximate: 'tanh' }),
}

const read = (value: Written): number => (value === null ? Number.NaN : Number(value))
const column = (rows: readonly (readonly Written[])[], at: number): number[] => rows.map((row) => read(row[at]))

/** Ops whose zeros have a sign that is part of the rule. */
const signedZeros = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'remainder',
  'negate',
  'sqrt',
  'floor',
  'ceil',
  'round',
  'trunc',
]

/** Values to some units in the last place, gradients to those of the terms that they are sums of. */
const near = (actual: number, expected: number, absolute: number): boolean =>
  Object.is(actual, expected) ||
  actual === expected ||
  Math.abs(actual - expected) <= absolute + 4e-6 * Math.abs(expected)

interface Compared {
  readonly of: string
  readonly actual: number
  readonly expected: number
}

function wrong(list: readonly Compared[], absolute: number, exactZeros: boolean): string[] {
  return list
    .filter(({ actual, expected }) => {
      if (exactZeros && expected === 0) return !Object.is(actual, expected)
      return !near(actual, expected, absolute)
    })
    .map(({ of, actual, expected }) => `${of} gives ${Object.is(actual, -0) ? '-0' : actual}, not ${expected}`)
}

const tiny = 4e-45

describe.each(availableBackends())('at the edges, on %s,', (backend) => {
  it.each(Object.entries(edges.unary))('%s has the values and gradients of the rule', async (name, rows) => {
    const [inputs, values, slopes] = [0, 1, 2].map((at) => column(rows, at))
    await onBackend(backend, () => {
      const x = tensor(inputs)
      const compare = (actual: ArrayLike<number>, expected: readonly number[], what: string) =>
        rows.flatMap((row, i) =>
          what !== '' && row[2] === null
            ? []
            : [{ of: `${name}${what}(${row[0]})`, actual: actual[i], expected: expected[i] }],
        )
      const y = unaryOps[name](x)
      expect(wrong(compare(y.dataSync(), values, ''), tiny, signedZeros.includes(name))).toEqual([])
      const [gradient] = valueAndGradients(
        () =>
          ops.sum(
            ops.where(
              rows.map(([, , slope]) => slope !== null),
              unaryOps[name](x),
              0,
            ),
          ),
        [x],
      ).gradients
      expect(wrong(compare(gradient.dataSync(), slopes, "'"), 1e-6, false)).toEqual([])
    })
  })

  it.each(Object.entries(edges.binary))('%s has the values and gradients of the rule', async (name, rows) => {
    await onBackend(backend, () => {
      const [a, b] = [tensor(column(rows, 0)), tensor(column(rows, 1))]
      const known = rows.map((row) => row[3] !== null)
      const compare = (actual: ArrayLike<number>, at: number, what: string) =>
        rows.flatMap((row, i) =>
          what !== '' && !known[i]
            ? []
            : [{ of: `${name}${what}(${row[0]}, ${row[1]})`, actual: actual[i], expected: read(row[at]) }],
        )
      expect(wrong(compare(named[name](a, b).dataSync(), 2, ''), tiny, signedZeros.includes(name))).toEqual([])
      if (!known.includes(true)) return
      const loss = () => ops.sum(ops.where(known, named[name](a, b), 0))
      const { gradients } = valueAndGradients(loss, [a, b])
      const found = gradients.flatMap((gradient, side) => compare(gradient.dataSync(), 3 + side, ` d${'ab'[side]}`))
      expect(wrong(found, 1e-6, false)).toEqual([])
    })
  })

  it.each(Object.entries(edges.whole))('%s of int32 wraps, and divides by 0 to 0', async (name, rows) => {
    await onBackend(backend, () => {
      const [a, b] = [0, 1].map((at) => tensor(column(rows, at), { dtype: 'int32' }))
      const result = named[name](a, b)
      expect(result.dtype).toBe('int32')
      expect(Array.from(result.dataSync())).toEqual(column(rows, 2))
    })
  })

  it.each(Object.entries(edges.wholeCompared))('%s of int32 is exact', async (name, rows) => {
    await onBackend(backend, () => {
      const [a, b] = [0, 1].map((at) => tensor(column(rows, at), { dtype: 'int32' }))
      const result = named[name](a, b)
      expect(result.dtype).toBe('bool')
      expect(Array.from(result.dataSync(), Number)).toEqual(column(rows, 2))
    })
  })

  it.each(Object.entries(edges.wholeAsFloats))('%s takes int32 as float32', async (name, rows) => {
    await onBackend(backend, () => {
      const [a, b] = [0, 1].map((at) => tensor(column(rows, at), { dtype: 'int32' }))
      const result = named[name](a, b)
      expect(result.dtype).toBe('float32')
      const values = result.dataSync()
      const compared = rows.map(([x, y, z], i) => ({
        of: `${name}(${x}, ${y})`,
        ...{ actual: Number(values[i]), expected: read(z) },
      }))
      expect(wrong(compared, tiny, false)).toEqual([])
    })
  })

  it.each(Object.entries(edges.bytes))('%s of uint8 is that of int32', async (name, rows) => {
    await onBackend(backend, () => {
      const [a, b] = [0, 1].map((at) => tensor(column(rows, at), { dtype: 'uint8' }))
      const result = named[name](a, b)
      expect(result.dtype).toBe(name === 'maximum' || name === 'minimum' ? 'uint8' : 'int32')
      expect(Array.from(result.dataSync(), (value) => Number(value) + 0)).toEqual(column(rows, 2))
    })
  })

  it.each(Object.entries(edges.casts))('a cast of %s goes towards zero and stays in range', async (name, rows) => {
    const [from, to] = name.split(' to ') as [DType, DType]
    await onBackend(backend, () => {
      const result = ops.cast(tensor(column(rows, 0), { dtype: from }), to)
      expect(result.dtype).toBe(to)
      expect(Array.from(result.dataSync(), (value) => Number(value) + 0)).toEqual(column(rows, 1).map((x) => x + 0))
    })
  })

  it.each(Object.entries(edges.wholeUnary))('%s of int32 wraps', async (name, rows) => {
    await onBackend(backend, () => {
      const result = named[name](tensor(column(rows, 0), { dtype: 'int32' }))
      expect(Array.from(result.dataSync(), (value) => value + 0)).toEqual(column(rows, 1))
    })
  })
})
