// Random configurations of convolutions for property tests: any rank, every option, always one that is valid.

import fc from 'fast-check'
import { type Tensor, tensor } from '../tensor/index.ts'
import { input } from './check-op.ts'

/** 200 configurations a property; a failure prints the seed and path that reproduce it. */
export const runs = { numRuns: 200 } as const

export interface AnyConv {
  readonly inputShape: readonly number[]
  readonly filterShape: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly padding: readonly (readonly [number, number])[]
  readonly groups: number
  readonly seed: number
}

/** One spatial axis; volumes get smaller ones, so that a run stays short. */
const axisOf = (rank: number) =>
  fc
    .record({
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: rank === 3 ? 2 : 3 }),
      before: fc.integer({ min: 0, max: 2 }),
      after: fc.integer({ min: 0, max: 2 }),
      extra: fc.integer({ min: 0, max: 4 - rank }),
    })
    .map(({ kernel, stride, dilation, before, after, extra }) => {
      const least = Math.max(1, (kernel - 1) * dilation + 1 - before - after)
      return { kernel, stride, dilation, padding: [before, after] as const, size: least + extra }
    })

const anyAxes = fc
  .integer({ min: 1, max: 3 })
  .chain((rank) => fc.array(axisOf(rank), { minLength: rank, maxLength: rank }))

/** A valid convolution of rank 1 to 3: shapes, geometry, and a seed for its numbers. */
export const anyConv = (most: { readonly groups?: number } = {}): fc.Arbitrary<AnyConv> =>
  fc
    .record({
      axes: anyAxes,
      batch: fc.integer({ min: 1, max: 2 }),
      groups: fc.integer({ min: 1, max: most.groups ?? 3 }),
      perGroupIn: fc.integer({ min: 1, max: 2 }),
      perGroupOut: fc.integer({ min: 1, max: 2 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
    })
    .map(({ axes, batch, groups, perGroupIn, perGroupOut, seed }) => ({
      inputShape: [batch, ...axes.map(({ size }) => size), groups * perGroupIn],
      filterShape: [...axes.map(({ kernel }) => kernel), perGroupIn, groups * perGroupOut],
      stride: axes.map(({ stride }) => stride),
      dilation: axes.map(({ dilation }) => dilation),
      padding: axes.map(({ padding }) => padding),
      groups,
      seed,
    }))

/** The options of `conv` in a configuration. */
export const geometryOf = ({ stride, dilation, padding, groups }: AnyConv) => ({ stride, dilation, padding, groups })

/** A tensor of numbers that only the seed determines. */
export const random = (shape: readonly number[], seed: number): Tensor => tensor(input(shape, seed).values, { shape })
