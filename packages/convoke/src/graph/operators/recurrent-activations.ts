// The functions that ONNX's recurrent operators may be told to use, by name.

import * as ops from '../../ops/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call } from '../call.ts'

export interface Activation {
  readonly name: string
  readonly run: (x: Tensor) => Tensor
}

interface Known {
  /** Defaults of alpha and beta, as far as the function has them. */
  readonly alpha?: number
  readonly beta?: number
  readonly run: (x: Tensor, alpha: number, beta: number) => Tensor
}

const known: Readonly<Record<string, Known>> = {
  Relu: { run: (x) => ops.relu(x) },
  Tanh: { run: (x) => ops.tanh(x) },
  Sigmoid: { run: (x) => ops.sigmoid(x) },
  Softsign: { run: (x) => ops.softsign(x) },
  Softplus: { run: (x) => ops.softplus(x) },
  Affine: { alpha: 1, beta: 0, run: (x, alpha, beta) => ops.add(ops.multiply(x, alpha), beta) },
  LeakyRelu: { alpha: 0.01, run: (x, alpha) => ops.leakyRelu(x, { alpha }) },
  ThresholdedRelu: { alpha: 1, run: (x, alpha) => ops.where(ops.greaterEqual(x, alpha), x, 0) },
  ScaledTanh: { alpha: 1, beta: 1, run: (x, alpha, beta) => ops.multiply(ops.tanh(ops.multiply(x, beta)), alpha) },
  HardSigmoid: {
    alpha: 0.2,
    beta: 0.5,
    run: (x, alpha, beta) => ops.clip(ops.add(ops.multiply(x, alpha), beta), 0, 1),
  },
  Elu: { alpha: 1, run: (x, alpha) => ops.elu(x, { alpha }) },
}

/**
 * The functions of each direction. Numbers are handed out in the order of the functions: one to each of them, or, as ONNX Runtime reads
 * shorter lists, to those that have use for one.
 */
export function activationsOf(call: Call, usual: readonly string[], directions: number): Activation[][] {
  const all = Array.from({ length: directions }, () => usual).flat()
  const names = call.texts('activations') ?? all
  call.require(
    names.length === all.length || names.length === 2 * all.length,
    () => `there are ${names.length} activations; ${all.length} are needed.`,
  )
  const kinds = names.slice(0, all.length).map((name) => {
    const found = Object.keys(known).find((other) => other.toLowerCase() === name.toLowerCase())
    call.require(
      found !== undefined,
      () => `the activation ${name} is not known. Known: ${Object.keys(known).join(', ')}.`,
    )
    return found as string
  })
  const take = (attribute: 'activation_alpha' | 'activation_beta', of: 'alpha' | 'beta'): ((i: number) => number) => {
    const list = call.floats(attribute) ?? []
    const users = kinds.flatMap((name, i) => (known[name][of] === undefined ? [] : [i]))
    const place = (i: number): number => (list.length >= kinds.length ? i : users.indexOf(i))
    return (i) => list[place(i)] ?? known[kinds[i]][of] ?? 0
  }
  const [alpha, beta] = [take('activation_alpha', 'alpha'), take('activation_beta', 'beta')]
  const each = kinds.map((name, i): Activation => ({ name, run: (x) => known[name].run(x, alpha(i), beta(i)) }))
  return Array.from({ length: directions }, (_, d) => each.slice(d * usual.length, (d + 1) * usual.length))
}
