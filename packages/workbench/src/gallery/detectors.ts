// Second derivatives and what is built on them: edges, lines, blobs, ridges, oriented waves. All sum to 0.

import {
  combine,
  fixed,
  type GalleryKernel,
  type KernelParameter,
  radians,
  sampled,
  toUnitGain,
  toZeroSum,
} from './gallery-kernel.ts'
import { gaussian, reachOf, sigma } from './smoothing.ts'

const sumsToZero = 'sums to 0: flat areas give 0'
const unitGain = `${sumsToZero}; absolute values sum to 1`

const angle = (value: number, meaning: string): KernelParameter => ({
  name: 'angle',
  meaning: `degrees, counter-clockwise from the horizontal: ${meaning}`,
  default: value,
  min: -360,
  max: 360,
})

const line = (name: string, marks: string, summary: string): GalleryKernel =>
  fixed(
    name,
    marks.split(' ').map((row) => [...row].map((mark) => (mark === '#' ? 2 : -1))),
    true,
    sumsToZero,
    summary,
  )

/** Envelope of one octave of bandwidth, twice as long across the wave as along it (Daugman 1985). */
function gabor(degrees: number, wavelength: number) {
  const deviation = 0.56 * wavelength
  const aspect = 0.5
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))]
  const wave = sampled(Math.ceil((2.5 * deviation) / aspect), (x, y) => {
    const [along, across] = [x * cos + y * sin, -x * sin + y * cos]
    const envelope = Math.exp(-(along ** 2 + (aspect * across) ** 2) / (2 * deviation ** 2))
    return envelope * Math.cos((2 * Math.PI * along) / wavelength)
  })
  return toUnitGain(toZeroSum(wave))
}

/** −∂²G/∂across²: bright on bright lines that run along `degrees`. */
function ridge(deviation: number, degrees: number) {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))]
  const rows = sampled(reachOf(deviation), (x, y) => {
    const across = -x * sin + y * cos
    return (1 - (across / deviation) ** 2) * Math.exp(-(x * x + y * y) / (2 * deviation ** 2))
  })
  return toUnitGain(toZeroSum(rows))
}

/** σ²∇²G: comparable between scales (Lindeberg 1998). */
function laplacianOfGaussian(deviation: number) {
  const variance = deviation * deviation
  const bell = gaussian(deviation)
  const shape = sampled(reachOf(deviation), (x, y) => (x * x + y * y) / variance - 2)
  return toZeroSum(combine(bell, shape, (weight, value) => weight * value))
}

export const detectors: readonly GalleryKernel[] = [
  fixed(
    'laplacian',
    [
      [0, 1, 0],
      [1, -4, 1],
      [0, 1, 0],
    ],
    true,
    sumsToZero,
    'Laplacian of four neighbours: negative on bright spots',
  ),
  fixed(
    'laplacian-8',
    [
      [1, 1, 1],
      [1, -8, 1],
      [1, 1, 1],
    ],
    true,
    sumsToZero,
    'Laplacian of eight neighbours',
  ),
  fixed(
    'edge',
    [
      [0, -1, 0],
      [-1, 4, -1],
      [0, -1, 0],
    ],
    true,
    sumsToZero,
    'Edges in every direction: the Laplacian, bright on bright',
  ),
  fixed(
    'outline',
    [
      [-1, -1, -1],
      [-1, 8, -1],
      [-1, -1, -1],
    ],
    true,
    sumsToZero,
    'Outlines: the Laplacian of eight neighbours, bright on bright',
  ),
  {
    name: 'log',
    summary: 'Laplacian of Gaussian: blobs and edges of one scale (Marr & Hildreth 1980)',
    parameters: [sigma(1.4)],
    normalisation: `${sumsToZero}; times σ², comparable between scales`,
    signed: true,
    build: laplacianOfGaussian,
  },
  {
    name: 'dog',
    summary: 'Difference of Gaussians: detail between two scales',
    parameters: [sigma(1, 'fine'), sigma(1.6, 'coarse')],
    normalisation: `${sumsToZero}; two Gaussians that each sum to 1`,
    signed: true,
    build: (fine, coarse) => {
      const radius = reachOf(Math.max(fine, coarse))
      return combine(gaussian(fine, radius), gaussian(coarse, radius), (a, b) => a - b)
    },
  },
  line('line-h', '--- ### ---', 'Bright lines one pixel wide, horizontal'),
  line('line-v', '-#- -#- -#-', 'Bright lines one pixel wide, vertical'),
  line('line-45', '--# -#- #--', 'Bright lines one pixel wide, rising to the right'),
  line('line-135', '#-- -#- --#', 'Bright lines one pixel wide, falling to the right'),
  {
    name: 'ridge',
    summary: 'Bright lines of a chosen width and direction: a second Gaussian derivative',
    parameters: [sigma(1.5), angle(0, 'where the line runs')],
    normalisation: unitGain,
    signed: true,
    build: ridge,
  },
  {
    name: 'gabor',
    summary: 'A wave in a Gaussian window: texture of one direction and width',
    parameters: [
      angle(0, 'where the wave travels, across its stripes'),
      { name: 'wavelength', meaning: 'pixels', default: 6, min: 2, max: 40 },
    ],
    normalisation: unitGain,
    signed: true,
    build: gabor,
  },
]
