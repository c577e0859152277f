// First derivatives: x grows to the right and y downwards, as rows and columns do. Positive where it gets brighter.

import { fixed, type GalleryKernel, type KernelParameter, type Matrix, sampled } from './gallery-kernel.ts'
import { gaussian, reachOf, sigma } from './smoothing.ts'

const sumsToZero = 'sums to 0: flat areas give 0'

const transposed = (rows: Matrix): Matrix => rows[0].map((_, column) => rows.map((row) => row[column]))

/** smooth ⊗ difference: the difference runs along x. */
const separable = (smooth: readonly number[], difference: readonly number[]): Matrix =>
  smooth.map((weight) => difference.map((value) => weight * value || 0))

const pair = (name: string, alongX: Matrix, gain: string, what: string): GalleryKernel[] => [
  fixed(`${name}-x`, alongX, true, `${sumsToZero}; ${gain}`, `${what}: change from left to right`),
  fixed(`${name}-y`, transposed(alongX), true, `${sumsToZero}; ${gain}`, `${what}: change from top to bottom`),
]

const ring: readonly (readonly [row: number, column: number])[] = [
  [1, 2],
  [0, 2],
  [0, 1],
  [0, 0],
  [1, 0],
  [2, 0],
  [2, 1],
  [2, 2],
]

/** The eight numbers around the centre, from the east counter-clockwise, turned by multiples of 45°. */
function compass(around: readonly number[], degrees: number): Matrix {
  const turns = (((degrees / 45) % 8) + 8) % 8
  const rows = [
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]
  ring.forEach(([row, column], index) => {
    rows[row][column] = around[(index - turns + 8) % 8]
  })
  return rows
}

const direction: KernelParameter = {
  name: 'angle',
  meaning: 'degrees, counter-clockwise from the east, in steps of 45',
  default: 0,
  min: -315,
  max: 315,
  step: 45,
}

const gaussianDerivative = (name: string, summary: string, of: (x: number, y: number) => number): GalleryKernel => ({
  name,
  summary,
  parameters: [sigma(1)],
  normalisation: `${sumsToZero}; derivative of a Gaussian that sums to 1, a pixel`,
  signed: true,
  build: (deviation) => {
    const bell = gaussian(deviation)
    const radius = reachOf(deviation)
    // Measured on a ramp of one grey level a pixel, the answer must be exactly 1.
    const raw = sampled(radius, of).map((row, i) => row.map((value, j) => value * bell[i][j] || 0))
    const ramp = sampled(radius, of)
    const answer = raw.flatMap((row, i) => row.map((value, j) => value * ramp[i][j])).reduce((a, b) => a + b, 0)
    return raw.map((row) => row.map((value) => value / answer))
  },
})

export const derivatives: readonly GalleryKernel[] = [
  ...pair('sobel', separable([1, 2, 1], [-1, 0, 1]), 'gain 8 a pixel of slope', 'Sobel'),
  fixed('sobel-45', compass([1, 2, 1, 0, -1, -2, -1, 0], 0), true, sumsToZero, 'Sobel: change towards the upper right'),
  fixed(
    'sobel-135',
    compass([1, 2, 1, 0, -1, -2, -1, 0], 90),
    true,
    sumsToZero,
    'Sobel: change towards the upper left',
  ),
  ...pair('scharr', separable([3, 10, 3], [-1, 0, 1]), 'gain 32 a pixel of slope', 'Scharr, rounder than Sobel'),
  ...pair('prewitt', separable([1, 1, 1], [-1, 0, 1]), 'gain 6 a pixel of slope', 'Prewitt'),
  fixed(
    'roberts-x',
    [
      [1, 0],
      [0, -1],
    ],
    true,
    sumsToZero,
    'Roberts cross: along the falling diagonal',
  ),
  fixed(
    'roberts-y',
    [
      [0, 1],
      [-1, 0],
    ],
    true,
    sumsToZero,
    'Roberts cross: along the rising diagonal',
  ),
  ...pair('difference', [[-0.5, 0, 0.5]], 'gain 1 a pixel of slope', 'Central difference'),
  {
    name: 'kirsch',
    summary: 'Kirsch compass: edges that face one of eight directions',
    parameters: [direction],
    normalisation: sumsToZero,
    signed: true,
    build: (degrees) => compass([5, 5, -3, -3, -3, -3, -3, 5], degrees),
  },
  {
    name: 'robinson',
    summary: 'Robinson compass: Sobel turned to one of eight directions',
    parameters: [direction],
    normalisation: sumsToZero,
    signed: true,
    build: (degrees) => compass([2, 1, 0, -1, -2, -1, 0, 1], degrees),
  },
  gaussianDerivative('gaussian-dx', 'Smoothed change from left to right', (x) => x),
  gaussianDerivative('gaussian-dy', 'Smoothed change from top to bottom', (_, y) => -y),
]
