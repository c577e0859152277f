// The nodes of a network as lines of PyTorch.

import { axesOf, has, infix, intsOf, type LineOf, list, numberOf, poolOf, sizesText, windowOf } from './nodes.ts'

/** What PyTorch calls a function of one tensor. */
const plain: Readonly<Record<string, string>> = {
  ...{ Relu: 'F.relu', Sigmoid: 'torch.sigmoid', Tanh: 'torch.tanh', Exp: 'torch.exp', Sqrt: 'torch.sqrt' },
  ...{ Abs: 'torch.abs', Neg: 'torch.neg', Erf: 'torch.erf', HardSwish: 'F.hardswish', Mish: 'F.mish' },
  ...{ Softplus: 'F.softplus', Softsign: 'F.softsign', Selu: 'F.selu' },
}

export const pytorchLine: LineOf = (node, read, wholes) => {
  const x = read(0)
  // F.pad counts from the last axis.
  const padded = (pads: readonly number[], fill: string): string =>
    pads.every((pad) => pad === 0)
      ? x
      : `F.pad(${x}, (${[pads[1], pads[3], pads[0], pads[2]].join(', ')}), value=${fill})`
  if (plain[node.operator] !== undefined) return `${plain[node.operator]}(${x})`
  if (infix[node.operator] !== undefined) return node.inputs.map((_, i) => read(i)).join(` ${infix[node.operator]} `)
  switch (node.operator) {
    case 'Conv': {
      const window = windowOf(node)
      if (window === undefined) return undefined
      const { pads, strides, dilations } = window
      const bias = has(node, 2) ? read(2) : 'None'
      return `F.conv2d(${padded(pads, '0.0')}, ${read(1)}, ${bias}, ${list(strides)}, 0, ${list(dilations)}, ${numberOf(node, 'group', 1)})`
    }
    case 'MaxPool': {
      const pool = poolOf(node)
      if (pool === undefined) return undefined
      const { pads, kernel, strides, dilations } = pool
      return `F.max_pool2d(${padded(pads, 'float("-inf")')}, ${list(kernel)}, ${list(strides)}, 0, ${list(dilations)})`
    }
    case 'AveragePool': {
      const pool = poolOf(node)
      return pool && `F.avg_pool2d(${padded(pool.pads, '0.0')}, ${list(pool.kernel)}, ${list(pool.strides)})`
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
      return has(node, 2) ? `${product} + ${read(2)}` : product
    }
    case 'MatMul':
      return `${x} @ ${read(1)}`
    case 'Flatten':
      return numberOf(node, 'axis', 1) === 1 ? `${x}.flatten(1)` : undefined
    case 'Reshape': {
      const shape = wholes(1)
      return shape && `${x}.reshape(${sizesText(shape, x)})`
    }
    case 'Transpose': {
      const perm = intsOf(node, 'perm')
      return perm === undefined ? undefined : `${x}.permute(${list(perm)})`
    }
    case 'Concat':
      return `torch.cat([${node.inputs.map((_, i) => read(i)).join(', ')}], dim=${numberOf(node, 'axis', 1)})`
    case 'Softmax':
      return `F.softmax(${x}, dim=${numberOf(node, 'axis', -1)})`
    case 'LayerNormalization': {
      const [scale, shift] = [read(1), has(node, 2) ? read(2) : 'None']
      return `F.layer_norm(${x}, ${scale}.shape, ${scale}, ${shift}, ${numberOf(node, 'epsilon', 1e-5)})`
    }
    case 'Squeeze': {
      const axes = axesOf(node, wholes)
      // From the last on, so that those before keep their place.
      return axes?.every((axis) => axis >= 0)
        ? x +
            axes
              .toSorted((a, b) => b - a)
              .map((axis) => `.squeeze(${axis})`)
              .join('')
        : undefined
    }
    case 'Unsqueeze': {
      const axes = axesOf(node, wholes)
      return axes?.length === 1 ? `${x}.unsqueeze(${axes[0]})` : undefined
    }
    case 'LeakyRelu':
      return `F.leaky_relu(${x}, ${numberOf(node, 'alpha', 0.01)})`
    case 'Elu':
      return `F.elu(${x}, ${numberOf(node, 'alpha', 1)})`
    case 'HardSigmoid':
      return `torch.clamp(${x} * ${numberOf(node, 'alpha', 0.2)} + ${numberOf(node, 'beta', 0.5)}, 0, 1)`
    case 'Clip': {
      const bound = (index: number): string => (has(node, index) ? read(index) : 'None')
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
