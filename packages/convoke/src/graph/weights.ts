// Which tensors of a file are weights to train, which are running statistics, and which are constants; and in which order of axes
// each is kept.

import type { OnnxGraph, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { type ElementType, isFloat } from './element-type.ts'
import { filterOrder, type Order, plainOrder } from './value.ts'

export interface Weight {
  readonly tensor: OnnxTensor
  readonly role: 'parameter' | 'buffer'
  readonly order: Order
  /** The node that reads it, and at which input, where it is the only one. */
  readonly reader: { readonly node: OnnxNode; readonly input: number } | null
  /** The groups of a linear map whose outputs are on the last axis as it is kept. */
  readonly groups: number | undefined
}

/** Inputs that say what to do, and are no weights: by operator. */
const settings: Readonly<Record<string, readonly number[]>> = {
  ...{ Resize: [1, 2, 3], Upsample: [1], Clip: [1, 2], Pad: [1, 2], Dropout: [1, 2], Range: [0, 1, 2], OneHot: [1, 2] },
  ...{ QuantizeLinear: [1, 2], DequantizeLinear: [0, 1, 2], QLinearConv: [1, 2, 3, 4, 5, 6, 7, 8], Where: [0] },
  ...{
    QLinearMatMul: [1, 2, 3, 4, 5, 6, 7],
    NonMaxSuppression: [2, 3, 4],
    ConstantOfShape: [0],
    RotaryEmbedding: [1, 2, 3],
  },
  ...{ MelWeightMatrix: [0, 1, 2, 3, 4], DFT: [1, 2], STFT: [1, 2, 3] },
}

const convolutions: readonly string[] = ['Conv', 'ConvTranspose', 'DeformConv', 'FusedConv']

interface Use {
  readonly node: OnnxNode
  readonly input: number
}

function usesOf(graph: OnnxGraph): Map<string, Use[]> {
  const uses = new Map<string, Use[]>()
  for (const node of graph.nodes) {
    node.inputs.forEach((name, input) => {
      const known = uses.get(name)
      if (known === undefined) uses.set(name, [{ node, input }])
      else known.push({ node, input })
    })
  }
  return uses
}

const isSetting = ({ node, input }: Use): boolean =>
  Object.hasOwn(settings, node.operator) && settings[node.operator].includes(input)
const isStatistic = ({ node, input }: Use): boolean => node.operator === 'BatchNormalization' && input >= 3
const isFilter = ({ node, input }: Use): boolean => convolutions.includes(node.operator) && input === 1

/** A matrix that a product reads transposed is kept as the product reads it. */
const isTransposed = ({ node, input }: Use): boolean =>
  node.operator === 'Gemm' && input === 1 && flag(node, 'transB') === 1
const isMatrix = ({ node, input }: Use): boolean =>
  input === 1 && (node.operator === 'MatMul' || node.operator === 'Gemm')

const flag = (node: OnnxNode, name: string): number => {
  const attribute = node.attributes[name]
  return attribute?.type === 'int' ? attribute.value : 0
}

/** The weights of a graph, in the order of the file; whatever else it holds are constants. */
export function weightsOf(graph: OnnxGraph): Weight[] {
  const uses = usesOf(graph)
  return graph.initializers.flatMap((tensor): Weight[] => {
    const of = uses.get(tensor.name) ?? []
    const constant = !isFloat(tensor.type as ElementType) || tensor.shape.length === 0 || sizeOf(tensor.shape) === 0
    if (constant || of.length === 0 || of.every(isSetting)) return []
    const rank = tensor.shape.length
    const filter = rank >= 3 && of.every(isFilter)
    const transposed = rank === 2 && of.every(isTransposed)
    const groups = filter ? Math.max(1, flag(of[0].node, 'group')) : rank === 2 && of.every(isMatrix) ? 1 : undefined
    return [
      {
        tensor,
        role: of.every(isStatistic) ? 'buffer' : 'parameter',
        order: filter ? filterOrder(rank) : transposed ? [1, 0] : plainOrder(rank),
        reader: of.length === 1 ? of[0] : null,
        groups: filter && of[0].node.operator === 'ConvTranspose' ? undefined : groups,
      },
    ]
  })
}

/** Row-major numbers with their axes in another order: axis i of the result is axis `order[i]`. Written to `result`, all of it. */
export function permuted(
  values: ArrayLike<number>,
  shape: readonly number[],
  order: Order,
  result: Float32Array = new Float32Array(values.length),
): Float32Array {
  const rank = shape.length
  if (rank >= 2 && order[rank - 1] === 0) {
    turn(values, result, shape[0], rowsAfter(shape, order))
    return result
  }
  const steps = order.map((axis) => sizeOf(shape.slice(axis + 1)))
  const sizes = order.map((axis) => shape[axis])
  if (rank === 0 || order.every((axis, i) => axis === i)) {
    result.set(values)
    return result
  }
  const place = sizes.map(() => 0)
  const [inner, step] = [sizes[rank - 1], steps[rank - 1]]
  let from = 0
  for (let at = 0; at < result.length; ) {
    for (let i = 0, source = from; i < inner; i++, source += step) result[at++] = values[source]
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += steps[axis]
      if (++place[axis] < sizes[axis]) break
      from -= sizes[axis] * steps[axis]
      place[axis] = 0
    }
  }
  return result
}

/** For each position along all axes but the first, in the order of the file, where it stands among those of the result. */
function rowsAfter(shape: readonly number[], order: Order): Int32Array {
  const rows = new Int32Array(sizeOf(shape.slice(1)))
  const sizes = order.slice(0, -1).map((axis) => shape[axis])
  const steps = shape.slice(1).map((_, i) => sizeOf(sizes.slice(order.indexOf(i + 1) + 1)))
  rows.forEach((_, row) => {
    let rest = row
    for (let axis = shape.length - 1; axis >= 1; axis--) {
      rows[row] += (rest % shape[axis]) * steps[axis - 1]
      rest = Math.floor(rest / shape[axis])
    }
  })
  return rows
}

/** What one tile of `turn` holds along either side: both fit into the first cache. */
const tileSide = 32

/** A matrix `[columns, rows]` turned, each of its rows put at `places`: tile by tile, so that no cache line is fetched twice. */
function turn(from: ArrayLike<number>, to: Float32Array, columns: number, places: Int32Array): void {
  const rows = places.length
  for (let row = 0; row < rows; row += tileSide) {
    const lastRow = Math.min(rows, row + tileSide)
    for (let column = 0; column < columns; column += tileSide) {
      const lastColumn = Math.min(columns, column + tileSide)
      for (let r = row; r < lastRow; r++) {
        const at = places[r] * columns
        for (let c = column; c < lastColumn; c++) to[at + c] = from[c * rows + r]
      }
    }
  }
}

/**
 * Constants that a network's weights are written as become weights: some exporters know no initialisers. So do copies of weights, each by
 * itself: exporters write tensors that happen to be equal once, such as the biases of layers that have not been trained.
 */
export function liftConstants(graph: OnnxGraph): OnnxGraph {
  const lifted: OnnxTensor[] = []
  const uses = usesOf(graph)
  const known = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const tensorOf = (node: OnnxNode): OnnxTensor | undefined => {
    if (node.domain !== '' || outputs.has(node.outputs[0])) return undefined
    if (node.operator === 'Identity') return known.get(node.inputs[0])
    const value = node.operator === 'Constant' ? node.attributes.value : undefined
    return value?.type === 'tensor' ? value.value : undefined
  }
  const nodes = graph.nodes.filter((node) => {
    const tensor = tensorOf(node)
    if (tensor === undefined || !isFloat(tensor.type as ElementType) || tensor.shape.length === 0) return true
    const [name] = node.outputs
    const read = uses.get(name) ?? []
    if (read.length === 0 || read.every(isSetting)) return true
    const own = named(tensor, name)
    known.set(name, own)
    lifted.push(own)
    return false
  })
  return lifted.length === 0 ? graph : { ...graph, nodes, initializers: [...graph.initializers, ...lifted] }
}

/** The same numbers, read when they are asked for, under another name. */
const named = (tensor: OnnxTensor, name: string): OnnxTensor => ({
  ...{ name, type: tensor.type, shape: tensor.shape },
  get values() {
    return tensor.values
  },
})
