// Kernels that add detail to the picture, or keep nothing else.

import { combine, fixed, type GalleryKernel, toUnitSum, unit } from './gallery-kernel.ts'
import { gaussian, reachOf, sigma } from './smoothing.ts'

const sumsToOne = 'sums to 1: brightness is kept'
const sumsToZero = 'sums to 0: flat areas give 0'

export const sharpening: readonly GalleryKernel[] = [
  fixed(
    'sharpen',
    [
      [0, -1, 0],
      [-1, 5, -1],
      [0, -1, 0],
    ],
    false,
    sumsToOne,
    'The picture minus its Laplacian',
  ),
  fixed(
    'sharpen-8',
    [
      [-1, -1, -1],
      [-1, 9, -1],
      [-1, -1, -1],
    ],
    false,
    sumsToOne,
    'The same with all eight neighbours: stronger',
  ),
  {
    name: 'unsharp',
    summary: 'Unsharp mask: adds what a Gaussian blur takes away',
    parameters: [sigma(1), { name: 'amount', meaning: 'how much of the detail is added', default: 1, min: 0, max: 20 }],
    normalisation: sumsToOne,
    signed: false,
    build: (deviation, amount) =>
      combine(unit(reachOf(deviation)), gaussian(deviation), (one, blur) => (1 + amount) * one - amount * blur),
  },
  {
    name: 'high-pass',
    summary: 'The picture minus its mean: detail alone',
    parameters: [{ name: 'size', meaning: 'pixels a side, odd', default: 3, min: 3, max: 255, step: 'odd' }],
    normalisation: sumsToZero,
    signed: true,
    build: (size) => {
      const one = unit((size - 1) / 2)
      const mean = toUnitSum(one.map((row) => row.map(() => 1)))
      return combine(one, mean, (a, b) => a - b)
    },
  },
  fixed(
    'emboss',
    [
      [-2, -1, 0],
      [-1, 1, 1],
      [0, 1, 2],
    ],
    false,
    sumsToOne,
    'Relief on the picture, lit from the lower right',
  ),
  fixed(
    'relief',
    [
      [-1, -1, 0],
      [-1, 0, 1],
      [0, 1, 1],
    ],
    true,
    sumsToZero,
    'Relief alone, on middle grey',
  ),
]
