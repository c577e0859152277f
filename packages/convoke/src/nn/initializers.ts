// How parameters start. Each initialiser draws one whole tensor from a seeded source. Names and formulas are those of
// the papers; `fanIn` and `fanOut` count the weights that meet at one output and at one input.

import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { check, showShape } from '../shapes/error.ts'
import type { RandomSource } from '../tensor/random.ts'

/** How many weights meet at a value: what initialisers scale by (Glorot & Bengio 2010). */
export interface Fan {
  /** Weights that feed one output value: in a convolution with groups, those of its group. */
  readonly in: number
  /**
   * Weights that one input value feeds: in a convolution with groups, those of its group. (PyTorch's fan-out is that of all
   * groups together, as if each value fed every output.)
   */
  readonly out: number
}

/** Draws the elements of a tensor of `shape`, row-major. */
export type Initializer = (shape: Shape, fan: Fan, random: RandomSource) => Float32Array

const drawn = (shape: Shape, next: () => number): Float32Array => {
  const values = new Float32Array(sizeOf(shape))
  for (let i = 0; i < values.length; i++) values[i] = next()
  return values
}

/** The same number everywhere. */
export const constant =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value)

/** Uniform in [−bound, bound). */
export const uniform =
  (bound: number): Initializer =>
  (shape, _, random) =>
    drawn(shape, () => bound * (2 * random.uniform() - 1))

/** Normal with mean 0. */
export const normal =
  (deviation: number): Initializer =>
  (shape, _, random) =>
    drawn(shape, () => deviation * random.normal())

/** Normal with mean 0, drawn again until within two deviations. */
export const truncatedNormal =
  (deviation: number): Initializer =>
  (shape, _, random) =>
    drawn(shape, () => {
      let value = random.normal()
      while (Math.abs(value) > 2) value = random.normal()
      return deviation * value
    })

const scaled =
  (spread: (fan: Fan) => number, from: (spread: number) => Initializer): (() => Initializer) =>
  () =>
  (shape, fan, random) =>
    from(spread(fan))(shape, fan, random)

/** A uniform distribution of deviation d reaches to √3·d. */
const uniformOf = (deviation: number): Initializer => uniform(Math.sqrt(3) * deviation)

const glorot = (fan: Fan): number => Math.sqrt(2 / (fan.in + fan.out))
const he = (fan: Fan): number => Math.sqrt(2 / fan.in)
const lecun = (fan: Fan): number => Math.sqrt(1 / fan.in)

/** Deviation √(2 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
export const glorotUniform = scaled(glorot, uniformOf)
/** Deviation √(2 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
export const glorotNormal = scaled(glorot, normal)
/** Deviation √(2 / fanIn), for layers that ReLU follows (He et al. 2015; also called Kaiming). */
export const heUniform = scaled(he, uniformOf)
/** Deviation √(2 / fanIn), for layers that ReLU follows (He et al. 2015; also called Kaiming). */
export const heNormal = scaled(he, normal)
/** Deviation √(2 / fanOut): keeps the size of gradients instead of activations, as ResNets start (He et al. 2015). */
export const heNormalFanOut = scaled((fan) => Math.sqrt(2 / fan.out), normal)
/** Deviation √(1 / fanIn) (LeCun et al. 1998), for SELU and tanh. */
export const lecunUniform = scaled(lecun, uniformOf)
/** Deviation √(1 / fanIn) (LeCun et al. 1998), for SELU and tanh. */
export const lecunNormal = scaled(lecun, normal)
/** Uniform within ±1 / √fanIn: PyTorch's default for the weights and biases of convolutions and linear layers. */
export const fanInUniform = scaled((fan) => 1 / Math.sqrt(fan.in), uniform)

/**
 * Rows or columns that are orthonormal, times `gain` (Saxe et al. 2014). The tensor is seen as a matrix with its last
 * axis as columns; Gram–Schmidt, run twice, on the shorter side.
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (shape, _, random) => {
    check(
      shape.length >= 2,
      () => `orthogonal: a tensor of shape ${showShape(shape)} is not a matrix; it must have rank 2 or more.`,
    )
    const columns = shape[shape.length - 1]
    const rows = sizeOf(shape) / columns
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
    const vectors = orthonormalVectors(count, length, random)
    const values = new Float32Array(rows * columns)
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < length; j++) {
        values[rows < columns ? i * columns + j : j * columns + i] = gain * vectors[i][j]
      }
    }
    return values
  }

function orthonormalVectors(count: number, length: number, random: RandomSource): Float64Array[] {
  const vectors: Float64Array[] = []
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal())
    // The second pass removes what rounding left of the first.
    for (const other of [...vectors, ...vectors]) {
      const projection = dot(vector, other)
      for (let j = 0; j < length; j++) vector[j] -= projection * other[j]
    }
    const norm = Math.sqrt(dot(vector, vector))
    vectors.push(vector.map((value) => value / norm))
  }
  return vectors
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((total, value, i) => total + value * b[i], 0)
