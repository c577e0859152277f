// The arithmetic of nodes that mix axes as the file has them: products of matrices, softmax and normalisation along an axis, sums
// of what is spread over axes. Attention is made of these. Their operands are computed up to them; no map need show them.

import { add, exp, mean, multiply, rsqrt, subtract, sum, tensor, withoutGradients } from 'convoke'
import type { Arithmetic, Shown, Term } from '../task.ts'
import { entering, goInOf, graphTo, type Layer } from './network.ts'
import { strongest } from './products.ts'
import { number, numbers, type Scene } from './scene.ts'
import { look } from './session.ts'

/** A value of the graph as the file has it. */
interface Operand {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

type Index = readonly number[]

/** Terms of a product of matrices that are shown one by one. */
const mostTerms = 12

/** Of a node by its operands; undefined where this page has no picture of it. */
export async function arithmeticByAxes(scene: Scene, shown: Shown, sign?: '+' | '−' | '×' | '÷'): Promise<Arithmetic> {
  const rule = sign === undefined ? rules[scene.node.operator] : spreadAt(sign)
  if (rule === undefined) return { kind: 'other' }
  const operands = await operandsOf(scene, shown)
  return rule(scene, operands, indexOf(scene.layer, scene)) ?? { kind: 'other' }
}

type Rule = (scene: Scene, operands: readonly Operand[], index: Index) => Arithmetic | undefined

const rules: Readonly<Record<string, Rule>> = {
  MatMul: matricesAt,
  Softmax: softmaxAt,
  LayerNormalization: normalisationAt,
}

/** Where a number of a layer stands in the file. */
function indexOf({ rank, order }: Layer, { row, column, channel }: Scene): Index {
  if (rank === 4) return order === 'first' ? [0, channel, row, column] : [0, row, column, channel]
  return rank === 3 ? [0, column, channel] : [0, channel]
}

async function operandsOf({ network, node }: Scene, shown: Shown): Promise<Operand[]> {
  const names = node.inputs.filter((name) => name !== '')
  const computed = names.filter((name) => !network.weights.has(name))
  const module = graphTo(network.model, computed)
  const x = entering(network, module, (await look(shown)).pixels, goInOf(network, shown.goIn))
  const found = withoutGradients(() => module.run({ [network.input.name]: x }))
  try {
    const read = async (name: string): Promise<Operand> => {
      const weight = network.weights.get(name)
      if (weight !== undefined) return { shape: weight.shape, data: weight.values as ArrayLike<number> }
      return { shape: found[name].shape, data: Float32Array.from(await found[name].data()) }
    }
    return await Promise.all(names.map(read))
  } finally {
    x.dispose()
    for (const one of Object.values(found)) one.dispose()
  }
}

/** The number at an index, which an operand of fewer or shorter axes repeats. */
function at({ shape, data }: Operand, index: Index): number {
  const own = index.slice(index.length - shape.length)
  return data[shape.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : own[axis]), 0)]
}

/** The numbers along an axis through an index. */
const along = (operand: Operand, index: Index, axis: number): Float32Array =>
  Float32Array.from({ length: operand.shape[axis] }, (_, i) => at(operand, index.with(axis, i)))

/** A row of the first meets a column of the second. */
function matricesAt({ network, node }: Scene, [a, b]: readonly Operand[], index: Index): Arithmetic | undefined {
  if (a.shape.length < 2 || b.shape.length < 2) return undefined
  const [row, column] = index.slice(-2)
  const batch = index.slice(0, -2)
  const values = along(a, [...batch, row, 0].slice(-a.shape.length), a.shape.length - 1)
  const weights = along(b, [...batch, 0, column].slice(-b.shape.length), b.shape.length - 2)
  const products = numbers(() => multiply(tensor(values), tensor(weights)))
  const chosen = strongest(products, mostTerms)
  const others = products.filter((_, i) => !chosen.includes(i))
  return {
    ...{ kind: 'linear', inputs: values.length, bias: 0, computed: !network.weights.has(node.inputs[1]) },
    terms: chosen.map(
      (i): Term => ({
        ...{ channel: i, row: 0, column: 0, single: true },
        ...{ value: values[i], weight: weights[i], product: products[i] },
      }),
    ),
    rest: others.length === 0 ? 0 : number(() => sum(tensor(others))),
  }
}

const axisOf = ({ node }: Scene, rank: number): number => {
  const axis = node.attributes['axis']
  return axis?.type === 'int' ? (axis.value + rank) % rank : rank - 1
}

function softmaxAt(scene: Scene, [x]: readonly Operand[], index: Index): Arithmetic | undefined {
  const axis = axisOf(scene, x.shape.length)
  return softmaxOf(along(x, index, axis), index[axis])
}

/** Of one of the numbers that chances are made of together. */
export function softmaxOf(inputs: Float32Array, position: number): Arithmetic {
  const largest = inputs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const exponentials = numbers(() => exp(subtract(tensor(inputs), largest)))
  return {
    ...{ kind: 'softmax', input: inputs[position], largest, exponential: exponentials[position] },
    sum: number(() => sum(tensor(exponentials))),
  }
}

/** Along the last axis. */
function normalisationAt(scene: Scene, operands: readonly Operand[], index: Index): Arithmetic | undefined {
  const [x, scale, shift] = operands
  const last = x.shape.length - 1
  if (axisOf(scene, x.shape.length) !== last) return undefined
  const own = tensor(along(x, index, last))
  const average = number(() => mean(own))
  const variance = number(() => {
    const apart = subtract(own, average)
    return mean(multiply(apart, apart))
  })
  own.dispose()
  const told = scene.node.attributes['epsilon']
  const epsilon = told?.type === 'float' ? told.value : 1e-5
  const input = at(x, index)
  return {
    ...{ kind: 'normalisation', input, mean: average, variance, epsilon, map: undefined },
    ...{ scale: at(scale, index), shift: shift === undefined ? 0 : at(shift, index) },
    normalised: number(() => multiply(subtract(input, average), rsqrt(add(variance, tensor([epsilon]))))),
  }
}

/** Operands that are repeated along axes. */
const spreadAt =
  (sign: '+' | '−' | '×' | '÷'): Rule =>
  (_, operands, index) => ({
    ...{ kind: 'elementwise', sign },
    operands: operands.map((operand) => ({ value: at(operand, index), map: undefined })),
  })
