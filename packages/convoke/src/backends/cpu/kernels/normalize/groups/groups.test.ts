import { describe, expect, it, test } from 'vitest'
import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import { type Target, targets } from '../../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../../testing/compare.ts'
import { planNormalizeGroups, planNormalizeGroupsGradient } from './plan.ts'

const of = (length: number) => ({ dtype: 'float32', length }) as const
const floats = (length: number, seed: number): Float32Array => randomArray('float32', length, seed) as Float32Array

type Sizes = readonly [outer: number, positions: number, groups: number, channels: number]

/** Rows of one, of primes, of whole vectors, of blocks; columns that are groups, groups of columns, few and many, in several pieces. */
const sizes: readonly Sizes[] = [
  ...([
    [1, 1, 1, 1],
    [5, 1, 1, 3],
    [9, 1, 1, 64],
    [3, 1, 1, 101],
    [130, 1, 1, 17],
    [2, 1, 1, 4700],
  ] as const),
  ...([
    [2, 9, 1, 1],
    [3, 7, 5, 1],
    [2, 500, 3, 1],
    [1, 40, 64, 1],
    [5, 1, 3, 4],
    [2, 6, 2, 8],
    [3, 37, 4, 3],
    [1, 700, 2, 16],
    [20, 3, 1, 24],
    [2, 5, 3, 140],
  ] as const),
]

function given([outer, positions, groups, channels]: Sizes) {
  const columns = groups * channels
  const x = floats(outer * positions * columns, 1)
  return { x, scale: floats(columns, 2), bias: floats(columns, 3), groups: outer * groups }
}

function check(shape: Sizes, centred: boolean, target: Target): void {
  const [outer, positions, groups, channels] = shape
  const spec: NormalizeGroupsSpec = { outer, positions, groups, channels, epsilon: 0.1, centred }
  const { x, scale, bias, groups: count } = given(shape)
  const outputs = [of(x.length), of(count), of(count)]
  const expected = reference('normalizeGroups', spec, [x, scale, bias], outputs)
  planned(planNormalizeGroups(spec, target), [x, scale, bias], outputs).forEach((data, i) => {
    expect(firstDifference(data, expected[i], 8, 2e-5)).toBeUndefined()
  })
  const inputs = [floats(x.length, 4), x, expected[1], expected[2], scale]
  const affine = of(groups * channels)
  const gradients = [of(x.length), affine, affine]
  const back = reference('normalizeGroupsGradient', spec, inputs, gradients)
  // Sums of up to a thousand terms of up to a hundred.
  planned(planNormalizeGroupsGradient(spec, target), inputs, gradients).forEach((data, i) => {
    expect(firstDifference(data, back[i], 16, 2e-3)).toBeUndefined()
  })
}

describe.each(targets)('groups normalised by themselves for $name', (target) => {
  test.each(sizes)('[%i, %i, %i, %i] agree with the reference', (...shape) => {
    check(shape, true, target)
    check(shape, false, target)
  })

  // Two values m ± s: the mean is m, the variance s², whatever m.
  const about = (values: Float32Array, spec: Omit<NormalizeGroupsSpec, 'epsilon' | 'centred'>) => {
    const columns = spec.groups * spec.channels
    const count = spec.outer * spec.groups
    const inputs = [values, new Float32Array(columns).fill(1), new Float32Array(columns)]
    const plan = planNormalizeGroups({ ...spec, epsilon: 0, centred: true }, target)
    return planned(plan, inputs, [of(values.length), of(count), of(count)])
  }
  const layouts = {
    rows: { outer: 2, positions: 1, groups: 1, channels: 2000 },
    columns: { outer: 2, positions: 500, groups: 2, channels: 2 },
    'single columns': { outer: 2, positions: 500, groups: 4, channels: 1 },
  }
  test.each(Object.entries(layouts))('%s keep a small deviation about a large mean', (_, spec) => {
    const x = Float32Array.from({ length: 4000 }, (_, i) => 100_000 + (Math.floor(i / 4) % 2 === 0 ? -0.25 : 0.25))
    const [y, mean, inverse] = about(x, spec)
    for (const value of mean) expect(value).toBe(100_000)
    for (const value of inverse) expect(value).toBeCloseTo(4, 5)
    y.forEach((value, i) => {
      expect(value).toBeCloseTo(x[i] < 100_000 ? -1 : 1, 5)
    })
  })
  test.each(Object.entries(layouts))('%s find the mean of what runs far from where it began', (_, spec) => {
    // 0 … 999 in each group or half of it, a million above 0: the variance of n consecutive whole numbers is (n² − 1) / 12.
    const step = spec.channels === 2000 ? 1 : 4
    const each = 2000 / spec.groups
    const x = Float32Array.from({ length: 4000 }, (_, i) => 1_000_000 + Math.floor((i % 2000) / step))
    const [, mean, inverse] = about(x, spec)
    const count = step === 1 ? each : 500
    for (const value of mean) expect(value).toBeCloseTo(1_000_000 + (count - 1) / 2, 0)
    for (const value of inverse) expect(value * Math.sqrt((count ** 2 - 1) / 12)).toBeCloseTo(1, 5)
  })

  test.each(Object.entries(layouts))('%s keep NaN in its own example', (_, spec) => {
    const x = floats(4000, 5)
    const [clean] = about(x, spec)
    const spoilt = x.slice()
    spoilt[2100] = Number.NaN
    const [y] = about(spoilt, spec)
    expect(y.slice(0, 2000)).toEqual(clean.slice(0, 2000))
    expect(y[2100]).toBeNaN()
    const inputs = (values: Float32Array) => [
      ...[
        floats(4000, 6),
        values,
        new Float32Array(2 * spec.groups).fill(0),
        new Float32Array(2 * spec.groups).fill(1),
      ],
      new Float32Array(spec.groups * spec.channels).fill(1),
    ]
    const affine = of(spec.groups * spec.channels)
    const plan = planNormalizeGroupsGradient({ ...spec, epsilon: 0, centred: true }, target)
    const [[before], [after]] = [x, spoilt].map((values) => planned(plan, inputs(values), [of(4000), affine, affine]))
    expect(after.slice(0, 2000)).toEqual(before.slice(0, 2000))
    expect(after[2100]).toBeNaN()
  })

  it('gives 0 where all values are equal', () => {
    for (const spec of Object.values(layouts)) {
      const x = new Float32Array(4000).fill(0.1)
      const ones = new Float32Array(spec.groups * spec.channels)
      const plan = planNormalizeGroups({ ...spec, epsilon: 1e-5, centred: true }, target)
      const count = of(spec.outer * spec.groups)
      const [y] = planned(plan, [x, ones.fill(1), new Float32Array(ones.length)], [of(4000), count, count])
      for (const value of y) expect(Math.abs(value)).toBeLessThan(1e-6)
    }
  })
})
