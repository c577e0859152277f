// Which inputs and outputs of a graph are pictures, signals or volumes: what convolutions and pools look at, with nothing on the way
// that gives axes another meaning.

import type { OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'

/** Operators whose first input and output are `[batch, channels, ...spatial]`. */
const spatial = new Set(
  `Conv ConvTranspose DeformConv FusedConv MaxPool AveragePool LpPool MaxUnpool GlobalAveragePool GlobalMaxPool GlobalLpPool
  BatchNormalization InstanceNormalization GroupNormalization LRN Upsample Resize DepthToSpace SpaceToDepth GridSample QLinearConv
  ConvInteger RoiAlign MaxRoiPool Col2Im`.split(/\s+/),
)

/** Operators that leave the axes what they are, for all inputs that have as many. */
const keeping = new Set(
  `Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Log Neg Reciprocal Round Sigmoid Sign Sin Sinh Softplus Softsign Sqrt
  Tan Tanh Relu Mish HardSwish Selu Celu Elu LeakyRelu ThresholdedRelu HardSigmoid Gelu Swish Shrink PRelu Clip Identity Cast CastLike
  Dropout Add Sub Mul Div Pow Max Min Sum Mean Where Concat Pad Slice Softmax LogSoftmax Not And Or Xor Equal Greater Less
  QuantizeLinear DequantizeLinear MeanVarianceNormalization LpNormalization`.split(/\s+/),
)

/** Names of the values that are pictures. */
export function picturesIn(graph: OnnxGraph): ReadonlySet<string> {
  const known = new Set(graph.initializers.map(({ name }) => name))
  const found = new Set<string>()
  const add = (name: string): boolean => {
    if (name === '' || known.has(name) || found.has(name)) return false
    found.add(name)
    return true
  }
  const look = (node: OnnxNode): boolean => {
    if (spatial.has(node.operator)) {
      const first = node.operator !== 'Col2Im' && add(node.inputs[0] ?? '')
      return (node.operator !== 'RoiAlign' && add(node.outputs[0] ?? '')) || first
    }
    if (!keeping.has(node.operator)) return false
    const all = [...node.inputs, ...node.outputs]
    return all.some((name) => found.has(name)) && all.map(add).includes(true)
  }
  // What a node says of its inputs may say something of the nodes before it.
  for (let more = true; more; ) {
    more = false
    for (const node of graph.nodes) more = look(node) || more
    for (const node of [...graph.nodes].reverse()) more = look(node) || more
  }
  return found
}
