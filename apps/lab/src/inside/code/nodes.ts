// The nodes of a network as lines of PyTorch.

import type { OnnxModel, OnnxNode, OnnxTensor } from 'convoke/graph'

type Lines = { readonly lines: readonly string[] } | { readonly missing: string }

const list = (values: readonly number[]): string => `[${values.join(', ')}]`

const intsOf = ({ attributes }: OnnxNode, name: string): readonly number[] | undefined =>
  attributes[name]?.type === 'ints' ? attributes[name].value : undefined

const numberOf = ({ attributes }: OnnxNode, name: string, otherwise: number): number => {
  const found = attributes[name]
  return found?.type === 'int' || found?.type === 'float' ? found.value : otherwise
}

const autoPad = ({ attributes }: OnnxNode): string =>
  attributes['auto_pad']?.type === 'string' ? attributes['auto_pad'].value : 'NOTSET'

/** What PyTorch calls a function of one tensor. */
const plain: Readonly<Record<string, string>> = {
  ...{ Relu: 'F.relu', Sigmoid: 'torch.sigmoid', Tanh: 'torch.tanh', Exp: 'torch.exp', Sqrt: 'torch.sqrt' },
  ...{ Abs: 'torch.abs', Neg: 'torch.neg', Erf: 'torch.erf', HardSwish: 'F.hardswish', Mish: 'F.mish' },
  ...{ Softplus: 'F.softplus', Softsign: 'F.softsign', Selu: 'F.selu' },
}

const infix: Readonly<Record<string, string>> = { Add: '+', Sub: '-', Mul: '*', Div: '/', Sum: '+' }

const quoted = (name: string): string => JSON.stringify(name)

/** One line for each node: `v` are the values by name, `w` the weights. Undefined where PyTorch has no word that the page knows. */
function lineOf(
  node: OnnxNode,
  read: (index: number) => string,
  wholes: (index: number) => readonly number[] | undefined,
): string | undefined {
  const [x, rank2] = [read(0), [1, 1]]
  const [strides, dilations] = [intsOf(node, 'strides') ?? rank2, intsOf(node, 'dilations') ?? rank2]
  const pads = intsOf(node, 'pads') ?? [0, 0, 0, 0]
  const fixed = autoPad(node) === 'NOTSET' || autoPad(node) === 'VALID'
  // F.pad counts from the last axis.
  const padded = (fill: string): string =>
    pads.every((pad) => pad === 0)
      ? x
      : `F.pad(${x}, (${[pads[1], pads[3], pads[0], pads[2]].join(', ')}), value=${fill})`
  const kernel = intsOf(node, 'kernel_shape')
  if (plain[node.operator] !== undefined) return `${plain[node.operator]}(${x})`
  if (infix[node.operator] !== undefined) return node.inputs.map((_, i) => read(i)).join(` ${infix[node.operator]} `)
  switch (node.operator) {
    case 'Conv': {
      if (!fixed || pads.length !== 4) return undefined
      const bias = node.inputs[2] === undefined || node.inputs[2] === '' ? 'None' : read(2)
      return `F.conv2d(${padded('0.0')}, ${read(1)}, ${bias}, ${list(strides)}, 0, ${list(dilations)}, ${numberOf(node, 'group', 1)})`
    }
    case 'MaxPool':
      if (!fixed || kernel?.length !== 2 || numberOf(node, 'ceil_mode', 0) !== 0) return undefined
      return `F.max_pool2d(${padded('float("-inf")')}, ${list(kernel)}, ${list(strides)}, 0, ${list(dilations)})`
    case 'AveragePool': {
      const unpadded = pads.every((pad) => pad === 0)
      if (!fixed || kernel?.length !== 2 || numberOf(node, 'ceil_mode', 0) !== 0) return undefined
      if (!unpadded && numberOf(node, 'count_include_pad', 0) !== 1) return undefined
      return `F.avg_pool2d(${padded('0.0')}, ${list(kernel)}, ${list(strides)})`
    }
    case 'GlobalAveragePool':
      return `${x}.mean(dim=(2, 3), keepdim=True)`
    case 'GlobalMaxPool':
      return `${x}.amax(dim=(2, 3), keepdim=True)`
    case 'BatchNormalization':
      return `F.batch_norm(${x}, ${read(3)}, ${read(4)}, ${read(1)}, ${read(2)}, eps=${numberOf(node, 'epsilon', 1e-5)})`
    case 'Gemm': {
      if (numberOf(node, 'alpha', 1) !== 1 || numberOf(node, 'beta', 1) !== 1) return undefined
      const turned = (index: number, name: string): string => read(index) + (numberOf(node, name, 0) === 1 ? '.T' : '')
      const product = `${turned(0, 'transA')} @ ${turned(1, 'transB')}`
      return node.inputs[2] === undefined || node.inputs[2] === '' ? product : `${product} + ${read(2)}`
    }
    case 'MatMul':
      return `${x} @ ${read(1)}`
    case 'Flatten':
      return numberOf(node, 'axis', 1) === 1 ? `${x}.flatten(1)` : undefined
    case 'Reshape': {
      const shape = wholes(1)
      return shape === undefined || shape.includes(0) ? undefined : `${x}.reshape(${list(shape)})`
    }
    case 'Transpose': {
      const perm = intsOf(node, 'perm')
      return perm === undefined ? undefined : `${x}.permute(${list(perm)})`
    }
    case 'Concat':
      return `torch.cat([${node.inputs.map((_, i) => read(i)).join(', ')}], dim=${numberOf(node, 'axis', 1)})`
    case 'Softmax':
      return `F.softmax(${x}, dim=${numberOf(node, 'axis', -1)})`
    case 'LeakyRelu':
      return `F.leaky_relu(${x}, ${numberOf(node, 'alpha', 0.01)})`
    case 'Elu':
      return `F.elu(${x}, ${numberOf(node, 'alpha', 1)})`
    case 'HardSigmoid':
      return `torch.clamp(${x} * ${numberOf(node, 'alpha', 0.2)} + ${numberOf(node, 'beta', 0.5)}, 0, 1)`
    case 'Clip': {
      const bound = (index: number): string =>
        node.inputs[index] === undefined || node.inputs[index] === '' ? 'None' : read(index)
      return node.attributes['min'] === undefined && node.attributes['max'] === undefined
        ? `torch.clamp(${x}, ${bound(1)}, ${bound(2)})`
        : undefined
    }
    case 'Identity':
    case 'Dropout':
      return x
    default:
      return undefined
  }
}

const fits = ({ shape }: OnnxTensor): boolean => shape.length <= 4

/** Every node that computes, in order; or the first operator that has no line. */
export function pytorchLines({ graph }: OnnxModel, weights: ReadonlyMap<string, OnnxTensor>): Lines {
  const lines: string[] = []
  for (const node of graph.nodes) {
    if (node.operator === 'Constant') continue
    const read = (index: number): string => {
      const name = node.inputs[index] ?? ''
      return `${weights.has(name) ? 'w' : 'v'}[${quoted(name)}]`
    }
    const wholes = (index: number): readonly number[] | undefined => {
      const found = weights.get(node.inputs[index] ?? '')
      return found === undefined || !fits(found)
        ? undefined
        : Array.from(found.values as ArrayLike<number | bigint>, Number)
    }
    const line = node.domain === '' ? lineOf(node, read, wholes) : undefined
    if (line === undefined) return { missing: node.operator }
    lines.push(`v[${quoted(node.outputs[0])}] = tap(${quoted(node.outputs[0])}, ${line})`)
  }
  return { lines }
}
