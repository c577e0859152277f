// Where the channels of a picture stand in each value of a graph: second, as ONNX has them, or last, as models have them that
// came from TensorFlow.

import type { OnnxNode } from 'convoke/graph'

export type ChannelOrder = 'first' | 'last'

/** Operators whose first input and output are `[batch, channels, ...spatial]`. */
const spatial = new Set(
  `Conv ConvTranspose MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool BatchNormalization InstanceNormalization
  GroupNormalization LRN Upsample Resize DepthToSpace SpaceToDepth`.split(/\s+/),
)

/** Operators that give axes another meaning. */
const breaking = new Set(
  `Reshape Flatten Squeeze Unsqueeze Gemm MatMul Shape Gather ReduceMean ReduceSum Constant`.split(' '),
)

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

const permutation = ({ attributes }: OnnxNode): readonly number[] =>
  attributes['perm']?.type === 'ints' ? attributes['perm'].value : []

/** By name; values of which nothing is known are left out. */
export function channelOrders(
  nodes: readonly OnnxNode[],
  isWeight: (name: string) => boolean,
): Map<string, ChannelOrder> {
  const orders = new Map<string, ChannelOrder>()
  const set = (name: string | undefined, order: ChannelOrder): boolean => {
    if (name === undefined || name === '' || orders.has(name) || isWeight(name)) return false
    orders.set(name, order)
    return true
  }
  const flipped = (node: OnnxNode, order: ChannelOrder): ChannelOrder | undefined => {
    const perm = permutation(node)
    if (order === 'last' && sameList(perm, [0, 3, 1, 2])) return 'first'
    return order === 'first' && sameList(perm, [0, 2, 3, 1]) ? 'last' : undefined
  }
  const back = (node: OnnxNode): ChannelOrder | undefined => {
    const order = orders.get(node.outputs[0])
    if (order === 'first' && sameList(permutation(node), [0, 3, 1, 2])) return 'last'
    return order === 'last' && sameList(permutation(node), [0, 2, 3, 1]) ? 'first' : undefined
  }
  const look = (node: OnnxNode): boolean => {
    const [input, output] = [node.inputs[0], node.outputs[0]]
    if (spatial.has(node.operator)) {
      const one = set(input, 'first')
      return set(output, 'first') || one
    }
    if (node.operator === 'Transpose') {
      const order = orders.get(input)
      const next = order === undefined ? undefined : flipped(node, order)
      if (next !== undefined && set(output, next)) return true
      const before = back(node)
      return before !== undefined && set(input, before)
    }
    // A matrix of weights takes the place of the last axis alone.
    if (node.operator === 'MatMul' && isWeight(node.inputs[1]) && orders.get(input) === 'last')
      return set(output, 'last')
    if (breaking.has(node.operator)) return false
    const all = [...node.inputs, ...node.outputs]
    const known = all.map((name) => orders.get(name)).find((order) => order !== undefined)
    return known !== undefined && all.map((name) => set(name, known)).includes(true)
  }
  for (let more = true; more; ) {
    more = false
    for (const node of nodes) more = look(node) || more
    for (const node of [...nodes].reverse()) more = look(node) || more
  }
  return orders
}
