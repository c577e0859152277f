import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import { fft, irfft, rfft } from '../../../reference/fourier.ts'
import { type Target, targets } from '../../program/index.ts'
import { randomFloats } from '../testing/numbers.ts'
import { checkPlan } from '../testing/run-plan.ts'
import { planFft, planIrfft, planRfft } from './plan.ts'

type Kind = 'fft' | 'inverse fft' | 'rfft' | 'irfft'
const kinds: readonly Kind[] = ['fft', 'inverse fft', 'rfft', 'irfft']

interface Case {
  readonly shape: readonly number[]
  readonly axes: readonly number[]
  readonly scale?: number
}

/** The root of the mean square of the errors, relative to that of the results. */
function errorOf(kind: Kind, { shape, axes, scale = 1 }: Case, target: Target): number {
  const half = halvedShape(shape, axes)
  const x = randomFloats(kind === 'rfft' ? sizeOf(shape) : 2 * sizeOf(kind === 'irfft' ? half : shape), 7)
  const length = kind === 'irfft' ? sizeOf(shape) : 2 * sizeOf(kind === 'rfft' ? half : shape)
  const [y, wanted] = [new Float32Array(length).fill(Number.NaN), new Float64Array(length)]
  const spec = { shape, axes, scale }
  const inverse = kind === 'inverse fft'
  if (kind === 'rfft') rfft(spec, [x], [wanted])
  else if (kind === 'irfft') irfft(spec, [x], [wanted])
  else fft({ ...spec, inverse }, [x], [wanted])
  const plan =
    kind === 'rfft'
      ? planRfft(spec, target)
      : kind === 'irfft'
        ? planIrfft(spec, target)
        : planFft({ ...spec, inverse }, target)
  if (plan === null) return Number.POSITIVE_INFINITY
  checkPlan(plan, [x], [y])
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
  const error = norm(wanted.map((value, i) => value - y[i]))
  return error / norm(wanted)
}

const bound = (count: number): number => 2 ** -24 * (1 + Math.sqrt(2 + Math.log2(count)))

const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 20, 21, 24, 27, 32, 35, 36, 49, 64, 72, 128, 210]

describe.each(targets)('transforms of columns on $name', (target) => {
  test.each(kinds)('%s of every small length, with whole vectors and without', (kind) => {
    for (const n of lengths) {
      for (const inner of n > 40 ? [target.lanes + 3] : [2, target.lanes, n < 9 ? 70 : 2 * target.lanes + 3]) {
        const error = errorOf(kind, { shape: [2, n, inner], axes: [1], scale: n % 2 === 0 ? 1 : 1 / n }, target)
        expect(error, `${n} columns of ${inner}`).toBeLessThan(bound(n))
      }
    }
  })
})

test.each(targets)('several vectors of columns are transformed together on $name, depth first too', (target) => {
  const shallow = { ...target, caches: { ...target.caches, first: 4096 } }
  for (const [n, inner] of [
    [12, 8 * 67],
    [16, 8 * 64],
  ] as const) {
    expect(errorOf('fft', { shape: [2, n, inner], axes: [1] }, shallow)).toBeLessThan(bound(n))
  }
})

describe.each(targets)('transforms of rows on $name', (target) => {
  test.each(kinds)('%s of every small length, of one row, of some, of more than lanes', (kind) => {
    for (const n of lengths) {
      for (const rows of n > 40 ? [3] : [1, target.lanes + 1]) {
        const error = errorOf(kind, { shape: [rows, n], axes: [1], scale: n % 2 === 0 ? 1 : 1 / n }, target)
        expect(error, `${rows} rows of ${n}`).toBeLessThan(bound(n))
      }
    }
  })
})

test.each(targets)('rows that ask for those after them are transformed on $name', (target) => {
  for (const kind of kinds) {
    for (const n of [256, 384]) expect(errorOf(kind, { shape: [3, n], axes: [1] }, target)).toBeLessThan(bound(n))
  }
})

describe.each(targets)('transforms of lengths with large primes on $name', (target) => {
  test.each(kinds)('%s, of rows and of columns', (kind) => {
    for (const [shape, axis] of [
      [[2, 11], 1],
      [[1, 26], 1],
      [[2, 37, 3], 1],
      [[22, target.lanes + 1], 0],
    ] as const) {
      const error = errorOf(kind, { shape, axes: [axis], scale: 0.5 }, target)
      expect(error, `${shape.join(' × ')}`).toBeLessThan(3 * bound(1024))
    }
  })
})

// Caches so small that short lines count as long ones.
const small = targets.map((target): Target => ({ ...target, caches: { first: 1024, second: 1024 } }))

describe.each(small)('transforms of long lines on $name', (target) => {
  test.each(kinds)('%s, of rows in two sweeps and of columns depth first', (kind) => {
    for (const [shape, axis] of [
      [[2, 512], 1],
      [[1, 1024], 1],
      [[2, 225], 1],
      [[1, 17 * 32], 1],
      [[1, 30 * 35], 1],
      [[256, 3], 0],
      [[243, 2], 0],
    ] as const) {
      const error = errorOf(kind, { shape, axes: [axis], scale: 0.5 }, target)
      expect(error, `${shape.join(' × ')}`).toBeLessThan(3 * bound(4096))
    }
  })
})

test.each(targets)('a few rows too short for two sweeps elsewhere are shared out among threads on $name', (target) => {
  const axes = [1]
  const tasksOf = (rows: number, n: number): number[] =>
    planFft({ shape: [rows, n], axes, scale: 1, inverse: false }, target)?.steps.map(({ tasks }) => tasks) ?? []
  const long = target.caches.second / 16
  const [down, across] = tasksOf(1, long)
  expect(Math.min(down, across)).toBeGreaterThan(1)
  // A thread for each row.
  expect(tasksOf(4, long)).toEqual([4])
  expect(tasksOf(1, target.caches.second / 64)).toEqual([1])
})
