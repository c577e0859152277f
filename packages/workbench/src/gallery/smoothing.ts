// Kernels that average: identity, box, tent, binomial, Gaussian, disk, motion. All sum to 1.

import {
  fixed,
  type GalleryKernel,
  type KernelParameter,
  type Matrix,
  radians,
  sampled,
  toUnitSum,
  unit,
} from './gallery-kernel.ts'

export const sigma = (value: number, name = 'sigma'): KernelParameter => ({
  name,
  meaning: 'standard deviation in pixels; the kernel reaches 3 of them',
  default: value,
  min: 0.1,
  max: 42,
})

const side = (value: number): KernelParameter => ({
  name: 'size',
  meaning: 'pixels a side, odd',
  default: value,
  min: 1,
  max: 255,
  step: 'odd',
})

const sumsToOne = 'sums to 1: brightness is kept'

export const reachOf = (deviation: number): number => Math.max(1, Math.ceil(3 * deviation))

/** exp(−(x² + y²) / 2σ²), sampled at pixel centres out to `radius`, divided by its sum. */
export const gaussian = (deviation: number, radius = reachOf(deviation)): Matrix =>
  toUnitSum(sampled(radius, (x, y) => Math.exp(-(x * x + y * y) / (2 * deviation * deviation))))

const outer = (profile: readonly number[]): Matrix => toUnitSum(profile.map((a) => profile.map((b) => a * b)))

function binomialRow(size: number): number[] {
  let row = [1]
  while (row.length < size) row = [...row, 0].map((value, index) => value + (row[index - 1] ?? 0))
  return row
}

/** The share of each pixel that a disk covers, by 32 × 32 samples a pixel. */
function disk(radius: number): Matrix {
  const samples = 32
  return toUnitSum(
    sampled(Math.max(1, Math.ceil(radius - 0.5)), (x, y) => {
      let inside = 0
      for (let i = 0; i < samples; i++) {
        for (let j = 0; j < samples; j++) {
          const dx = x + (i + 0.5) / samples - 0.5
          const dy = y + (j + 0.5) / samples - 0.5
          if (dx * dx + dy * dy <= radius * radius) inside++
        }
      }
      return inside
    }),
  )
}

/** The share of a straight track through the centre that lies in each pixel, by 64 samples a pixel of its length. */
function motion(length: number, degrees: number): Matrix {
  const radius = Math.max(1, Math.ceil((length - 1) / 2))
  const rows = sampled(radius, () => 0)
  const steps = Math.ceil(length * 64)
  for (let step = 0; step < steps; step++) {
    const along = ((step + 0.5) / steps - 0.5) * length
    const [x, y] = [along * Math.cos(radians(degrees)), -along * Math.sin(radians(degrees))]
    rows[radius + Math.round(y)][radius + Math.round(x)] += 1
  }
  return toUnitSum(rows)
}

export const smoothing: readonly GalleryKernel[] = [
  fixed('identity', unit(1), false, sumsToOne, 'Leaves the picture as it is'),
  {
    name: 'box',
    summary: 'Mean of a square: the plainest blur',
    parameters: [side(3)],
    normalisation: sumsToOne,
    signed: false,
    build: (size) => outer(Array<number>(size).fill(1)),
  },
  {
    name: 'tent',
    summary: 'Mean that fades linearly from the centre (box applied twice)',
    parameters: [side(5)],
    normalisation: sumsToOne,
    signed: false,
    build: (size) => outer(Array.from({ length: size }, (_, i) => (size + 1) / 2 - Math.abs(i - (size - 1) / 2))),
  },
  {
    name: 'pyramid',
    summary: 'Binomial blur, 1 4 6 4 1 by default (Burt & Adelson 1983)',
    parameters: [{ ...side(5), max: 31 }],
    normalisation: sumsToOne,
    signed: false,
    build: (size) => outer(binomialRow(size)),
  },
  {
    name: 'gaussian',
    summary: 'The smoothest blur: a bell',
    parameters: [sigma(1)],
    normalisation: sumsToOne,
    signed: false,
    build: (deviation) => gaussian(deviation),
  },
  {
    name: 'disk',
    summary: 'Defocus: every point becomes a disk',
    parameters: [{ name: 'radius', meaning: 'pixels', default: 3, min: 0.5, max: 60 }],
    normalisation: sumsToOne,
    signed: false,
    build: disk,
  },
  {
    name: 'motion',
    summary: 'Camera shake along a straight line',
    parameters: [
      { name: 'length', meaning: 'pixels', default: 9, min: 1, max: 255 },
      { name: 'angle', meaning: 'degrees, counter-clockwise from the horizontal', default: 0, min: -360, max: 360 },
    ],
    normalisation: sumsToOne,
    signed: false,
    build: motion,
  },
]
