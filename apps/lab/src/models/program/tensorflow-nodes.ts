// The nodes of a network as lines of TensorFlow, and the functions that they call.
//
// ONNX has maps first, `[batch, maps, rows, columns]`; TensorFlow convolves and pools on a CPU with maps last, without groups, and
// not with strides and dilation at once: groups are computed one by one, strided results picked out of all.

import { axesOf, has, infix, intsOf, type LineOf, list, numberOf, poolOf, sizesText, windowOf } from './nodes.ts'

/** What the lines call, by name. */
const helpers: Readonly<Record<string, string>> = {
  conv: `def conv(x, w, b, strides, pads, dilations, groups):
    """Maps first; kernels are [out, in / groups, rows, columns]."""
    x = tf.pad(tf.transpose(x, [0, 2, 3, 1]), [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]])
    w = tf.transpose(w, [2, 3, 1, 0])
    parts = zip(tf.split(x, groups, axis=-1), tf.split(w, groups, axis=-1))
    y = tf.concat([tf.nn.conv2d(a, k, strides=1, padding="VALID", dilations=dilations) for a, k in parts], axis=-1)
    y = y[:, :: strides[0], :: strides[1]]
    return tf.transpose(y if b is None else y + b, [0, 3, 1, 2])
`,
  pool: `def pool(x, kind, kernel, strides, pads, dilations, fill):
    """Maps first."""
    x = tf.transpose(x, [0, 2, 3, 1])
    x = tf.pad(x, [[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], constant_values=fill)
    y = tf.nn.pool(x, kernel, kind, padding="VALID", dilations=dilations)
    return tf.transpose(y[:, :: strides[0], :: strides[1]], [0, 3, 1, 2])
`,
  norm: `def norm(x, scale, bias, mean, variance, epsilon):
    """Batch normalisation, maps first."""
    each = lambda v: tf.reshape(v, [-1] + [1] * (len(x.shape) - 2))
    return tf.nn.batch_normalization(x, each(mean), each(variance), each(bias), each(scale), variance_epsilon=epsilon)
`,
  layer_norm: `def layer_norm(x, scale, bias, epsilon):
    """Over the last axes, as many as the scale has."""
    mean, variance = tf.nn.moments(x, list(range(len(x.shape) - len(scale.shape), len(x.shape))), keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, bias, scale, variance_epsilon=epsilon)
`,
}

/** A function of one tensor, of `X`. */
const plain: Readonly<Record<string, string>> = {
  ...{ Relu: 'tf.nn.relu(X)', Sigmoid: 'tf.sigmoid(X)', Tanh: 'tf.tanh(X)', Exp: 'tf.exp(X)', Sqrt: 'tf.sqrt(X)' },
  ...{ Abs: 'tf.abs(X)', Neg: 'tf.negative(X)', Erf: 'tf.math.erf(X)', HardSwish: 'X * tf.nn.relu6(X + 3) / 6' },
  ...{ Mish: 'X * tf.tanh(tf.nn.softplus(X))', Softplus: 'tf.nn.softplus(X)', Softsign: 'tf.nn.softsign(X)' },
  ...{ Selu: 'tf.nn.selu(X)', Identity: 'X', Dropout: 'X' },
}

export const tensorflowLine: LineOf = (node, read, wholes) => {
  const x = read(0)
  if (plain[node.operator] !== undefined) return plain[node.operator].replaceAll('X', () => x)
  if (infix[node.operator] !== undefined) return node.inputs.map((_, i) => read(i)).join(` ${infix[node.operator]} `)
  switch (node.operator) {
    case 'Conv': {
      const window = windowOf(node)
      if (window === undefined) return undefined
      const { strides, pads, dilations } = window
      const bias = has(node, 2) ? read(2) : 'None'
      return `conv(${x}, ${read(1)}, ${bias}, ${list(strides)}, ${list(pads)}, ${list(dilations)}, ${numberOf(node, 'group', 1)})`
    }
    case 'MaxPool':
    case 'AveragePool': {
      const window = poolOf(node)
      if (window === undefined) return undefined
      const { kernel, strides, pads, dilations } = window
      const [kind, fill] = node.operator === 'MaxPool' ? ['MAX', '-np.inf'] : ['AVG', '0']
      return `pool(${x}, "${kind}", ${list(kernel)}, ${list(strides)}, ${list(pads)}, ${list(kind === 'MAX' ? dilations : [1, 1])}, ${fill})`
    }
    case 'GlobalAveragePool':
      return `tf.reduce_mean(${x}, axis=[2, 3], keepdims=True)`
    case 'GlobalMaxPool':
      return `tf.reduce_max(${x}, axis=[2, 3], keepdims=True)`
    case 'BatchNormalization': {
      const parts = [1, 2, 3, 4].map(read).join(', ')
      return `norm(${x}, ${parts}, ${numberOf(node, 'epsilon', 1e-5)})`
    }
    case 'Gemm': {
      if (numberOf(node, 'alpha', 1) !== 1 || numberOf(node, 'beta', 1) !== 1) return undefined
      const turned = (name: string, word: string): string => (numberOf(node, name, 0) === 1 ? `, ${word}=True` : '')
      const product = `tf.matmul(${x}, ${read(1)}${turned('transA', 'transpose_a')}${turned('transB', 'transpose_b')})`
      return has(node, 2) ? `${product} + ${read(2)}` : product
    }
    case 'MatMul':
      return `tf.matmul(${x}, ${read(1)})`
    case 'Flatten':
      return numberOf(node, 'axis', 1) === 1 ? `tf.reshape(${x}, [${x}.shape[0], -1])` : undefined
    case 'Reshape': {
      const shape = wholes(1)
      return shape && `tf.reshape(${x}, ${sizesText(shape, x)})`
    }
    case 'Transpose': {
      const perm = intsOf(node, 'perm')
      return perm === undefined ? undefined : `tf.transpose(${x}, ${list(perm)})`
    }
    case 'Concat':
      return `tf.concat([${node.inputs.map((_, i) => read(i)).join(', ')}], axis=${numberOf(node, 'axis', 1)})`
    case 'Softmax':
      return `tf.nn.softmax(${x}, axis=${numberOf(node, 'axis', -1)})`
    case 'LayerNormalization': {
      const shift = has(node, 2) ? read(2) : 'None'
      return `layer_norm(${x}, ${read(1)}, ${shift}, ${numberOf(node, 'epsilon', 1e-5)})`
    }
    case 'Squeeze': {
      const axes = axesOf(node, wholes)
      return axes && `tf.squeeze(${x}, ${list(axes)})`
    }
    case 'Unsqueeze': {
      const axes = axesOf(node, wholes)
      return axes?.length === 1 ? `tf.expand_dims(${x}, ${axes[0]})` : undefined
    }
    case 'LeakyRelu':
      return `tf.nn.leaky_relu(${x}, alpha=${numberOf(node, 'alpha', 0.01)})`
    case 'Elu':
      // tf.nn.elu has no alpha.
      return `tf.where(${x} > 0, ${x}, ${numberOf(node, 'alpha', 1)} * (tf.exp(tf.minimum(${x}, 0.0)) - 1))`
    case 'HardSigmoid':
      return `tf.clip_by_value(${x} * ${numberOf(node, 'alpha', 0.2)} + ${numberOf(node, 'beta', 0.5)}, 0.0, 1.0)`
    case 'Clip': {
      if (node.attributes['min'] !== undefined || node.attributes['max'] !== undefined) return undefined
      const low = has(node, 1) ? `tf.maximum(${x}, ${read(1)})` : x
      return has(node, 2) ? `tf.minimum(${low}, ${read(2)})` : low
    }
    default:
      return undefined
  }
}

/** The functions that lines call, each with two empty lines behind it. */
export const helpersOf = (lines: readonly string[]): string =>
  Object.entries(helpers)
    .filter(([name]) => lines.some((line) => new RegExp(`(?<![\\w.])${name}\\(`).test(line)))
    .map(([, text]) => `${text}\n\n`)
    .join('')
