// recurrence: LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000) and GRU (Cho et al. 2014, the
// reset gate after the product), and their gradients through time (Werbos 1990).

import { gatesOf, type KernelSpecs, type RecurrenceSpec, type TypedArray } from '../backend.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Values kept of each step for the gradient, in units of `hidden`. */
const kept = 5

/** Steps in the order they are taken. */
const order = ({ steps, reverse }: RecurrenceSpec): number[] =>
  Array.from({ length: steps }, (_, i) => (reverse ? steps - 1 - i : i))

/** h·weight for one example. */
function product(h: Float64Array, weight: TypedArray, columns: number): Float64Array {
  const sums = new Float64Array(columns)
  h.forEach((value, k) => {
    for (let j = 0; j < columns; j++) sums[j] += value * weight[k * columns + j]
  })
  return sums
}

export function recurrence(
  spec: KernelSpecs['recurrence'],
  [a, weight, bias, firstHidden, firstCell]: readonly TypedArray[],
  outputs: readonly TypedArray[],
): void {
  const { kind, batch, steps, hidden: size, training } = spec
  const columns = gatesOf(kind) * size
  const [output, lastHidden] = outputs
  const saved = training ? outputs[outputs.length - 1] : undefined
  for (let row = 0; row < batch; row++) {
    const range = [row * size, (row + 1) * size] as const
    let h = Float64Array.from(firstHidden.subarray(range[0], range[1]))
    let c = kind === 'lstm' ? Float64Array.from(firstCell.subarray(range[0], range[1])) : h
    for (const t of order(spec)) {
      const at = row * steps + t
      const p = product(h, weight, columns)
      const [nextH, nextC] = [new Float64Array(size), new Float64Array(size)]
      for (let j = 0; j < size; j++) {
        const share = (gate: number): number => a[at * columns + gate * size + j] + bias[gate * size + j]
        const gate = (index: number): number => share(index) + p[index * size + j]
        const keep = (...values: readonly number[]): void =>
          values.forEach((value, index) => {
            if (saved !== undefined) saved[(at * kept + index) * size + j] = value
          })
        if (kind === 'lstm') {
          const [i, f, g, o] = [sigmoid(gate(0)), sigmoid(gate(1)), Math.tanh(gate(2)), sigmoid(gate(3))]
          nextC[j] = f * c[j] + i * g
          nextH[j] = o * Math.tanh(nextC[j])
          keep(i, f, g, o, c[j])
        } else {
          const [r, z, inner] = [sigmoid(gate(0)), sigmoid(gate(1)), p[2 * size + j] + bias[3 * size + j]]
          const n = Math.tanh(share(2) + r * inner)
          nextH[j] = n + z * (h[j] - n)
          keep(r, z, n, inner, h[j])
        }
      }
      output.set(nextH, at * size)
      h = nextH
      c = nextC
    }
    lastHidden.set(h, range[0])
    if (kind === 'lstm') outputs[2].set(c, range[0])
  }
}

export function recurrenceGradient(
  spec: RecurrenceSpec,
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
): void {
  const { kind, batch, steps, hidden: size } = spec
  const columns = gatesOf(kind) * size
  const [given, weight, givenHidden, givenCell] = inputs
  const saved = inputs[inputs.length - 1]
  const toShares = outputs[0]
  const toProducts = kind === 'gru' ? outputs[1] : toShares
  const [toHidden, toCell] = kind === 'gru' ? [outputs[2]] : [outputs[1], outputs[2]]
  const toBias = outputs[outputs.length - 1]
  for (let row = 0; row < batch; row++) {
    const range = [row * size, (row + 1) * size] as const
    let dh = Float64Array.from(givenHidden.subarray(range[0], range[1]))
    const dc = kind === 'lstm' ? Float64Array.from(givenCell.subarray(range[0], range[1])) : dh
    const ofBias = new Float64Array(4 * size)
    for (const t of order(spec).reverse()) {
      const at = row * steps + t
      const direct = new Float64Array(size)
      const arriving = new Float64Array(columns)
      for (let j = 0; j < size; j++) {
        const of = (index: number): number => saved[(at * kept + index) * size + j]
        const total = given[at * size + j] + dh[j]
        const pass = (gate: number, value: number, inProduct: number = value): void => {
          toShares[at * columns + gate * size + j] = value
          toProducts[at * columns + gate * size + j] = inProduct
          arriving[gate * size + j] = inProduct
          ofBias[gate * size + j] += value
          if (kind === 'gru' && gate === 2) ofBias[3 * size + j] += inProduct
        }
        if (kind === 'lstm') {
          const [i, f, g, o, c] = [of(0), of(1), of(2), of(3), of(4)]
          const bent = Math.tanh(f * c + i * g)
          const toC = dc[j] + total * o * (1 - bent * bent)
          pass(0, toC * g * i * (1 - i))
          pass(1, toC * c * f * (1 - f))
          pass(2, toC * i * (1 - g * g))
          pass(3, total * bent * o * (1 - o))
          dc[j] = toC * f
        } else {
          const [r, z, n, inner, h] = [of(0), of(1), of(2), of(3), of(4)]
          const toN = total * (1 - z) * (1 - n * n)
          pass(0, toN * inner * r * (1 - r))
          pass(1, total * (h - n) * z * (1 - z))
          pass(2, toN, toN * r)
          direct[j] = total * z
        }
      }
      dh = direct
      for (let k = 0; k < size; k++) {
        for (let j = 0; j < columns; j++) dh[k] += arriving[j] * weight[k * columns + j]
      }
    }
    toHidden.set(dh, range[0])
    toCell?.set(dc, range[0])
    toBias.set(ofBias, 4 * range[0])
  }
}
