import { describe, expect, it } from 'vitest'
import type { Boundary } from '../../../../shapes/boundary.ts'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { PaddingPair } from '../../../../shapes/padding.ts'
import type { CorrelateSpec } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { planDense } from './plan-dense.ts'
import { planTwoPass } from './plan-two-pass.ts'

const boundaries: readonly Boundary[] = ['zero', 'reflect', 'mirror', 'edge', 'wrap']

/** Sizes, padding, kernel, channels, dilation. */
const pictures: readonly (readonly [number[], PaddingPair[], number[], number, number[]?])[] = [
  [
    [9, 29],
    [
      [0, 0],
      [0, 0],
    ],
    [3, 3],
    3,
  ],
  [
    [23, 31],
    [
      [2, 2],
      [2, 2],
    ],
    [5, 5],
    3,
  ],
  [
    [7, 19],
    [
      [1, 1],
      [0, 2],
    ],
    [3, 3],
    1,
  ],
  [
    [1, 1],
    [
      [2, 2],
      [3, 3],
    ],
    [5, 7],
    2,
  ],
  [
    [2, 3],
    [
      [6, 6],
      [5, 5],
    ],
    [13, 11],
    4,
  ],
  [
    [17, 53],
    [
      [3, 3],
      [3, 3],
    ],
    [7, 7],
    1,
  ],
  [
    [31, 40],
    [
      [4, 4],
      [3, 5],
    ],
    [5, 3],
    3,
    [2, 3],
  ],
  [
    [12, 5],
    [
      [0, 1],
      [1, 0],
    ],
    [2, 2],
    20,
  ],
  [[67], [[2, 2]], [5], 1],
  [[41], [[0, 6]], [4], 3, [2]],
]

const specOf = ([size, padding, kernel, channels, dilation]: (typeof pictures)[number], batch = 1) =>
  convSpec('test', [batch, ...size, channels], [...kernel, 1, channels], {
    padding,
    groups: channels,
    dilation: dilation ?? 1,
  })

function expectAgreement(spec: CorrelateSpec, plan: KernelPlan, kernels: readonly Float32Array[]): void {
  const { input, output } = convShapes(spec.conv)
  const inputs = [randomArray('float32', sizeOf(input), 1).map((value) => value / 10), ...kernels]
  const description = { dtype: 'float32', length: sizeOf(output) } as const
  const [y] = planned(plan, inputs, [description])
  const [expected] = reference('correlate', spec, inputs, [description])
  const taps = sizeOf(spec.conv.kernel)
  y.forEach((value, i) => {
    const off = Math.abs(value - expected[i])
    expect(off, `[${i}] is ${value}, not ${expected[i]}`).toBeLessThan((3 + 2 * Math.sqrt(taps)) * 2 ** -24 * taps)
  })
}

const randomKernel = (size: readonly number[]): Float32Array =>
  Float32Array.from(randomArray('float32', sizeOf(size), 2), (value) => value / 10)

/** Every boundary with half of the pictures, every picture with half of the boundaries. */
const picturesFor = (boundary: Boundary) => pictures.filter((_, i) => (i + boundaries.indexOf(boundary)) % 2 === 0)

describe.each(targets)('pictures for $name', (target) => {
  it.each(boundaries)('are correlated with a kernel, boundary %s', (boundary) => {
    for (const picture of picturesFor(boundary)) {
      const spec = { conv: specOf(picture, picture[3] === 3 ? 2 : 1), boundary, factors: false }
      expectAgreement(spec, planDense(spec, target), [randomKernel(spec.conv.kernel)])
    }
  })
  it.each(boundaries)('are correlated with a column and a row, boundary %s', (boundary) => {
    for (const picture of picturesFor(boundary)) {
      if (picture[0].length === 1) continue
      const [column, row] = picture[2].map((size) => randomKernel([size]))
      const product = Float32Array.from(column.length === 0 ? [] : { length: column.length * row.length }, (_, i) =>
        Math.fround(column[Math.floor(i / row.length)] * row[i % row.length]),
      )
      for (const factors of [true, false]) {
        const spec = { conv: specOf(picture, picture[3] === 3 ? 2 : 1), boundary, factors }
        expectAgreement(spec, planTwoPass(spec, target), factors ? [column, row] : [product])
      }
    }
  })
})

it('sums each output in the same order wherever a picture is cut', () => {
  for (const target of targets) {
    const whole = {
      conv: specOf([
        [40, 23],
        [
          [0, 0],
          [0, 0],
        ],
        [5, 5],
        3,
      ]),
      boundary: 'zero',
      factors: false,
    } as const
    const x = randomArray('float32', 40 * 23 * 3, 5) as Float32Array
    const kernel = randomKernel([5, 5])
    const row = 23 * 3
    const all = planned(planDense(whole, target), [x, kernel], [{ dtype: 'float32', length: 36 * 19 * 3 }])[0]
    const some = {
      ...whole,
      conv: specOf([
        [19, 23],
        [
          [0, 0],
          [0, 0],
        ],
        [5, 5],
        3,
      ]),
    }
    const part = x.slice(7 * row, 26 * row)
    const y = planned(planDense(some, target), [part, kernel], [{ dtype: 'float32', length: 15 * 19 * 3 }])[0]
    expect(y).toEqual(all.slice(7 * 57, 22 * 57))
  }
})
