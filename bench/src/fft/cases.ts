// What is transformed.

export interface TransformCase {
  readonly name: string
  /** Of complex values to complex ones, or of real values to half a spectrum. */
  readonly kind: 'fft' | 'rfft'
  /** Without the pair of complex values. */
  readonly shape: readonly number[]
  readonly axes: readonly number[]
}

const both = (name: string, shape: readonly number[], axes: readonly number[]): TransformCase[] => [
  { name: `complex ${name}`, kind: 'fft', shape, axes },
  { name: `real ${name}`, kind: 'rfft', shape, axes },
]

export const transformCases: readonly TransformCase[] = [
  ...both('2¹⁰, 256 rows', [256, 1024], [1]),
  ...both('2¹⁶', [2 ** 16], [0]),
  ...both('2²⁰', [2 ** 20], [0]),
  ...both('3·2¹⁹', [3 * 2 ** 19], [0]),
  ...both('999983, a prime', [999983], [0]),
  ...both('2048²', [2048, 2048], [0, 1]),
  ...both('128³', [128, 128, 128], [0, 1, 2]),
]
