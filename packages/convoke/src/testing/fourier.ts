// What the tests of the Fourier transforms share.

import { type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, input, onBackend } from './check-op.ts'

/** The definition, for [outer][n][inner] pairs along one axis, in float64. */
export function defined(x: ArrayLike<number>, shape: readonly number[], axis: number, sign: 1 | -1): Float64Array {
  const size = (part: readonly number[]) => part.reduce((a, b) => a * b, 1)
  const [outer, n, inner] = [size(shape.slice(0, axis)), shape[axis], size(shape.slice(axis + 1))]
  const y = new Float64Array(2 * outer * n * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < n; k++) {
        for (let j = 0; j < n; j++) {
          const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n
          const [from, to] = [2 * ((o * n + j) * inner + i), 2 * ((o * n + k) * inner + i)]
          y[to] += x[from] * Math.cos(angle) - x[from + 1] * Math.sin(angle)
          y[to + 1] += x[from] * Math.sin(angle) + x[from + 1] * Math.cos(angle)
        }
      }
    }
  }
  return y
}

const made = ({ shape, values }: { shape: readonly number[]; values: readonly number[] }): Tensor =>
  tensor(new Float64Array(values), { shape })

export const pairs = (shape: readonly number[], seed = 1): Tensor => made(input([...shape, 2], seed))
export const reals = (shape: readonly number[], seed = 1): Tensor => made(input(shape, seed))

/** Nested values, zeros without a sign. */
export const plain = (x: Tensor): unknown => JSON.parse(JSON.stringify(x.toArray()))

export const everywhere = async (body: () => void | Promise<void>): Promise<void> => {
  for (const name of availableBackends()) await onBackend(name, body)
}
