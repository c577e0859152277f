// What is likely to be written by whoever comes from another library is refused by a name that helps.

import { describe, expect, it } from 'vitest'
import { add, concat, conv2d, stack } from '../ops/index.ts'
import { ones, tensor, toPixels } from '../tensor/index.ts'
import { refusal } from '../testing/refusal.ts'
import * as nn from './index.ts'

type Layer = (...args: unknown[]) => unknown
const layers = nn as unknown as Readonly<Record<string, Layer>>

describe('layers', () => {
  it.each([
    ['Conv2d', 'in, out, kernel'],
    ['ConvTranspose2d', 'in, out, kernel'],
    ['DepthwiseConv2d', 'channels, kernel, multiplier'],
    ['Linear', 'in, out, bias'],
    ['Embedding', 'count, size, initialize'],
    ['BatchNorm', 'channels, epsilon, affine'],
    ['LayerNorm', 'channels, epsilon, affine'],
    ['GroupNorm', 'channels, epsilon, affine'],
    ['InstanceNorm', 'channels, epsilon, affine'],
    ['RMSNorm', 'channels, epsilon, affine'],
    ['LSTM', 'in, hidden, layers'],
    ['GRU', 'in, hidden, layers'],
    ['MultiHeadAttention', 'size, heads, causal'],
    ['Upsample', 'factor, mode'],
    ['MaxPool', 'kernel, stride, padding'],
    ['AveragePool', 'kernel, stride, padding'],
  ])('%s takes one object', (kind, names) => {
    expect(refusal(() => layers[kind](1, 8, 3))).toBe(
      `${kind}: the options are 1; they must be an object, as in { ${names} }.`,
    )
    expect(refusal(() => layers[kind]())).toContain(`${kind}: the options are undefined; they must be an object`)
    expect(refusal(() => layers[kind]({ inChannels: 1 }))).toContain(
      `${kind}: there is no option "inChannels". Known: ${names}`,
    )
    if (names.startsWith('in,')) expect(refusal(() => layers[kind]({ inChannels: 1 }))).toMatch(/\. Use in\.$/)
    expect(refusal(() => layers[kind]({ xyz: 1 }))).not.toContain('Use')
  })
})

it('an unknown option is not taken for one that merely begins alike', () => {
  expect(refusal(() => layers['MaxPool']({ kernel: 2, strength: 1 }))).toMatch(/\. Use stride\.$/)
  expect(refusal(() => layers['MaxPool']({ kernel: 2, steps: 1 }))).not.toContain('Use')
})

it('dropout takes no number for its options, of which it would read none', () => {
  for (const kind of ['Dropout', 'SpatialDropout'])
    expect(refusal(() => layers[kind](0.2))).toBe(
      `${kind}: the options are 0.2; they must be an object, as in { rate }.`,
    )
})

describe('ops', () => {
  it('say how tensors are joined', () => {
    const [a, b] = [tensor([1]), tensor([2])]
    const loosely = { concat, stack } as unknown as Readonly<Record<string, Layer>>
    for (const op of ['concat', 'stack'])
      expect(refusal(() => loosely[op](a, b))).toMatch(
        new RegExp(`^${op}: got Tensor \\d+; give an array of one tensor or more, as in ${op}\\(\\[a, b\\]\\)\\.$`),
      )
  })
  it('say where an await is missing', () => {
    expect(refusal(() => add(tensor([1]).data() as never, 1))).toContain(
      'the left operand is a promise (an await is missing)',
    )
  })
  it('say what channels first are turned by', async () => {
    const filter = ones([3, 3, 3, 4])
    expect(refusal(() => conv2d(ones([1, 3, 8, 8]), filter))).toContain(
      'If its channels come first, use toChannelsLast(x).',
    )
    expect(refusal(() => conv2d(ones([3, 8, 8]), filter))).toContain('use toChannelsLast(x)')
    expect(refusal(() => conv2d(ones([1, 8, 8, 5]), filter))).toContain('Use a filter of shape [3, 3, 5, 4].')
    expect(refusal(() => nn.Conv2d({ in: 3, out: 4, kernel: 3 })(ones([1, 3, 8, 8])))).toContain('toChannelsLast(x)')
    await expect(toPixels(ones([3, 8, 8]))).rejects.toThrow('toChannelsLast(…)')
  })
})
