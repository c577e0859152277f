// The chain of filters as programs: a function from a picture of numbers to what the view shows of it.

import type { Matrix } from 'convoke-workbench'
import { centred } from './placement.ts'
import { type FiltersState, kernelsOf } from './state.ts'

const literal = (value: number): string => String(Number(value.toPrecision(9)) || 0)

const matrix = (rows: Matrix): string =>
  `[\n${rows.map((row) => `    [${row.map(literal).join(', ')}],\n`).join('')}  ]`

const padText = (kernel: Matrix, open: string, close: string): string =>
  centred([kernel.length, kernel[0].length])
    .map(([before, after]) => `${open}${before}, ${after}${close}`)
    .join(', ')

/** `image` is `[height, width, channels]`, as the view has it after grey or one channel was chosen. */
export function typescriptOf(state: FiltersState): string {
  const kernels = kernelsOf(state)
  const steps = kernels.map(
    ({ rows }, i) =>
      `  y = correlate(y, kernels[${i}], { padding: [${padText(rows, '[', ']')}], boundary: '${state.boundary}' })\n`,
  )
  return `import { correlate, tensor, type Tensor } from 'convoke'

const kernels = [
${kernels.map(({ name, rows }) => `  // ${name}\n  tensor(${matrix(rows)}),\n`).join('')}]

/** [height, width, channels] of 0 … 255 to the same shape. */
export function filter(image: Tensor): Tensor {
  let y = image
${steps.join('')}  return y
}
`
}

/** Places of an axis that is framed by \`before\` and \`after\` elements, as Python computes them. */
const pythonPlaces = `def places(n, before, after):
    """Which element stands where, beyond the edges as well."""
    i = np.arange(-before, n + after)
    PLACE
`

const pythonRules: Readonly<Record<FiltersState['boundary'], string>> = {
  zero: 'return i',
  edge: 'return np.clip(i, 0, n - 1)',
  wrap: 'return i % n',
  reflect: 'return np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n))',
  mirror: 'm = max(2 * n - 2, 1)\n    return np.minimum(i % m, (m - i % m) % m)',
}

const pythonKernels = (state: FiltersState): string =>
  `kernels = [
${kernelsOf(state)
  .map(({ name, rows }) => `  # ${name}\n  ${matrix(rows)},\n`)
  .join('')}]`

const pads = (state: FiltersState): string =>
  `pads = [${kernelsOf(state)
    .map(({ rows }) => `(${padText(rows, '(', ')')})`)
    .join(', ')}]`

const framing = (state: FiltersState): string =>
  state.boundary === 'zero'
    ? '        y = np.pad(y, (rows, columns, (0, 0)))\n'
    : '        y = y[places(y.shape[0], *rows)][:, places(y.shape[1], *columns)]\n'

const head = (state: FiltersState): string =>
  state.boundary === 'zero' ? '' : `${pythonPlaces.replace('PLACE', pythonRules[state.boundary])}\n`

export const pytorchOf = (state: FiltersState): string => `import numpy as np
import torch
import torch.nn.functional as F

${pythonKernels(state)}
${pads(state)}

${head(state)}
def filter(image):
    """[height, width, channels] of 0 ... 255 (NumPy, float32) to the same shape."""
    y = image
    for kernel, (rows, columns) in zip(kernels, pads):
${framing(state)}        x = torch.from_numpy(np.ascontiguousarray(y)).permute(2, 0, 1)[:, None]
        w = torch.tensor(kernel, dtype=torch.float32)[None, None]
        y = F.conv2d(x, w)[:, 0].permute(1, 2, 0).numpy()
    return y
`

export const tensorflowOf = (state: FiltersState): string => `import numpy as np
import tensorflow as tf

${pythonKernels(state)}
${pads(state)}

${head(state)}
def filter(image):
    """[height, width, channels] of 0 ... 255 (NumPy, float32) to the same shape."""
    y = image
    for kernel, (rows, columns) in zip(kernels, pads):
${framing(state)}        x = tf.constant(np.moveaxis(y, 2, 0)[..., None])
        w = tf.constant(kernel, tf.float32)[..., None, None]
        y = np.moveaxis(tf.nn.conv2d(x, w, strides=1, padding="VALID")[..., 0].numpy(), 0, 2)
    return y
`
