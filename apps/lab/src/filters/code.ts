// The chain of filters as programs: a function from a picture of numbers to what the view shows of it.

import type { Matrix } from 'convoke-workbench'
import { luminance } from './luminance.ts'
import { centred } from './placement.ts'
import { channelViews, type FiltersState, kernelsOf } from './state.ts'

const literal = (value: number): string => String(Number(value.toPrecision(9)) || 0)

const matrix = (rows: Matrix): string =>
  `[\n${rows.map((row) => `    [${row.map(literal).join(', ')}],\n`).join('')}  ]`

const padText = (kernel: Matrix, open: string, close: string): string =>
  centred([kernel.length, kernel[0].length])
    .map(([before, after]) => `${open}${before}, ${after}${close}`)
    .join(', ')

/** The channel that is shown alone; undefined where all are, or their grey. */
const channelOf = ({ grey, channel }: FiltersState): number | undefined =>
  grey || channel === 'all' ? undefined : channelViews.indexOf(channel) - 1

/** The shape of what the function gives, in words. */
const shapeText = (state: FiltersState): string =>
  state.grey || channelOf(state) !== undefined ? '[height, width, 1]' : 'the same shape'

export function typescriptOf(state: FiltersState): string {
  const channel = channelOf(state)
  const names = ['correlate', ...(state.grey ? ['matmul'] : channel === undefined ? [] : ['slice']), 'tensor']
  const grey = `matmul(image, tensor([${luminance.map((weight) => `[${weight}]`).join(', ')}])) // grey by Rec. 709`
  const alone = `slice(image, [null, null, { start: ${channel}, stop: ${(channel ?? 0) + 1} }]) // ${state.channel}`
  const kernels = kernelsOf(state)
  const steps = kernels.map(
    ({ rows }, i) =>
      `  y = correlate(y, kernels[${i}], { padding: [${padText(rows, '[', ']')}], boundary: '${state.boundary}' })\n`,
  )
  return `import { ${names.join(', ')}, type Tensor } from 'convoke'

const kernels = [
${kernels.map(({ name, rows }) => `  // ${name}\n  tensor(${matrix(rows)}),\n`).join('')}]

/** [height, width, channels] of 0 … 255 to ${shapeText(state)}. */
export function filter(image: Tensor): Tensor {
  let y = ${state.grey ? grey : channel === undefined ? 'image' : alone}
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

/** Where the filters begin, in NumPy. */
function pythonStart(state: FiltersState): string {
  const channel = channelOf(state)
  const grey = `image @ np.array([${luminance.map((weight) => `[${weight}]`).join(', ')}], dtype=np.float32)  # grey by Rec. 709`
  return state.grey
    ? grey
    : channel === undefined
      ? 'image'
      : `image[..., ${channel}:${channel + 1}]  # ${state.channel}`
}

const head = (state: FiltersState): string =>
  state.boundary === 'zero' ? '' : `${pythonPlaces.replace('PLACE', pythonRules[state.boundary])}\n`

export const pytorchOf = (state: FiltersState): string => `import numpy as np
import torch
import torch.nn.functional as F

${pythonKernels(state)}
${pads(state)}

${head(state)}
def filter(image):
    """[height, width, channels] of 0 ... 255 (NumPy, float32) to ${shapeText(state)}."""
    y = ${pythonStart(state)}
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
    """[height, width, channels] of 0 ... 255 (NumPy, float32) to ${shapeText(state)}."""
    y = ${pythonStart(state)}
    for kernel, (rows, columns) in zip(kernels, pads):
${framing(state)}        x = tf.constant(np.moveaxis(y, 2, 0)[..., None])
        w = tf.constant(kernel, tf.float32)[..., None, None]
        y = np.moveaxis(tf.nn.conv2d(x, w, strides=1, padding="VALID")[..., 0].numpy(), 0, 2)
    return y
`
