// The gradients of small random convolutions against central differences.
//
// The loss is ½ Σ y², quadratic in each tensor, so (loss(x + h) − loss(x − h)) / 2h is exact for any h: what is left is
// rounding to float32, and h can be large enough to drown it.

import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  depthwiseConv2d,
  multiply,
  randomNormal,
  scope,
  sum,
  type Tensor,
  tensor,
  valueAndGradients,
} from 'convoke'
import { largestOf } from 'convoke/shapes'

export interface GradientCheck {
  readonly operation: string
  readonly input: readonly number[]
  readonly filter: readonly number[]
  /** Partial derivatives compared: every element of the input and of the filter. */
  readonly compared: number
  /** Largest |analytic − numeric|, relative to the largest derivative of its tensor. */
  readonly worst: number
}

interface Case {
  readonly operation: string
  readonly input: readonly number[]
  readonly filter: readonly number[]
  readonly run: (x: Tensor, filter: Tensor) => Tensor
}

const cases: readonly Case[] = [
  {
    operation: 'conv1d, causal',
    input: [2, 9, 3],
    filter: [3, 3, 4],
    run: (x, f) => conv1d(x, f, { padding: 'causal' }),
  },
  { operation: 'conv2d', input: [1, 6, 6, 2], filter: [3, 3, 2, 3], run: (x, f) => conv2d(x, f) },
  {
    operation: 'conv2d, stride 2, same',
    input: [1, 7, 6, 2],
    filter: [3, 3, 2, 3],
    run: (x, f) => conv2d(x, f, { stride: 2, padding: 'same' }),
  },
  {
    operation: 'conv2d, dilation 2',
    input: [1, 8, 8, 2],
    filter: [3, 3, 2, 2],
    run: (x, f) => conv2d(x, f, { dilation: 2, padding: 1 }),
  },
  {
    operation: 'conv2d, 2 groups',
    input: [1, 5, 5, 4],
    filter: [3, 3, 2, 6],
    run: (x, f) =>
      conv2d(x, f, {
        groups: 2,
        padding: [
          [0, 1],
          [2, 1],
        ],
      }),
  },
  { operation: 'depthwiseConv2d', input: [1, 6, 6, 3], filter: [3, 3, 3, 2], run: (x, f) => depthwiseConv2d(x, f) },
  { operation: 'conv3d', input: [1, 4, 4, 4, 2], filter: [2, 2, 2, 2, 2], run: (x, f) => conv3d(x, f) },
  {
    operation: 'convTranspose2d, stride 2',
    input: [1, 4, 4, 2],
    filter: [3, 3, 3, 2],
    run: (x, f) => convTranspose2d(x, f, { stride: 2, padding: 1 }),
  },
]

const step = 0.25
/** What float32 rounding of the outputs can make of an exact difference quotient here, with room. */
export const allowed = 1e-4

/** Checks every case; the seed makes the numbers the same each time. */
export const checkGradients = (seed = 7): GradientCheck[] => cases.map((one, index) => checkCase(one, seed + index))

function checkCase({ operation, input, filter, run }: Case, seed: number): GradientCheck {
  return scope(() => {
    const tensors = [randomNormal(input, { seed }), randomNormal(filter, { seed: seed + 1000 })]
    const half = (x: Tensor, f: Tensor): Tensor => {
      const y = run(x, f)
      return multiply(sum(multiply(y, y)), 0.5)
    }
    const { gradients } = valueAndGradients(() => half(tensors[0], tensors[1]), tensors)
    const worst = tensors.map((_, which) => {
      const analytic = [...gradients[which].dataSync()]
      const numeric = differences(tensors, which, run)
      const largest = largestOf(analytic.map(Math.abs))
      return largestOf(analytic.map((value, i) => Math.abs(value - numeric[i]))) / largest
    })
    const compared = tensors.reduce((count, { size }) => count + size, 0)
    return { operation, input, filter, compared, worst: largestOf(worst) }
  })
}

/** Central differences of the loss, summed in float64, for every element of `tensors[which]`. */
function differences(tensors: readonly Tensor[], which: number, run: Case['run']): number[] {
  const values = Float32Array.from(tensors[which].dataSync())
  const { shape } = tensors[which]
  const lossAt = (): number =>
    scope(() => {
      const moved = tensors.map((one, index) => (index === which ? tensor(values, { shape }) : one))
      return [...run(moved[0], moved[1]).dataSync()].reduce((total, y) => total + 0.5 * y * y, 0)
    })
  return Array.from(values, (value, index) => {
    const [low, high] = [Math.fround(value - step), Math.fround(value + step)]
    values[index] = high
    const above = lossAt()
    values[index] = low
    const below = lossAt()
    values[index] = value
    return (above - below) / (high - low)
  })
}
