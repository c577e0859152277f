// Bad input: every refusal names the op, states the value and the rule, and says the way out; nothing else escapes.

import { describe, expect, it } from 'vitest'
import { ones, zeros } from '../tensor/index.ts'
import { loosely, type Refused, refusal } from '../testing/refusal.ts'

const picture = ones([1, 4, 4, 2])
const filter = ones([2, 2, 2, 3])
const gone = ones([1, 4, 4, 2])
gone.dispose()

const convolutions: Refused[] = [
  [
    'a filter of another rank',
    'conv2d',
    [picture, ones([2, 2, 3])],
    'conv2d: the filter has rank 3 (shape [2, 2, 3]); it must be [...kernel, in / groups, out], rank 4.',
  ],
  ['a filter of rank 2', 'conv', [picture, ones([2, 2])], 'conv: the filter has rank 2 (shape [2, 2])'],
  [
    'an input of another rank',
    'conv2d',
    [ones([5, 2]), filter],
    'conv2d: the input has rank 2 (shape [5, 2]); it must be [batch, height, width, channels]',
  ],
  [
    'a channel mismatch',
    'conv2d',
    [ones([8, 28, 28, 1]), ones([5, 5, 3, 32])],
    'conv2d: the filter expects 3 input channels per group, the input has 1 (shape [8, 28, 28, 1], groups 1). Use a filter of shape [5, 5, 1, 32].',
  ],
  [
    'groups that do not divide',
    'conv2d',
    [picture, filter, { groups: 2 }],
    'conv2d: groups 2 must divide both the 2 input channels and the 3 output channels.',
  ],
  [
    'groups 0',
    'conv2d',
    [picture, filter, { groups: 0 }],
    'conv2d: groups is 0; it must be a whole number of 1 or more.',
  ],
  [
    'a kernel larger than the input',
    'conv2d',
    [picture, ones([5, 2, 2, 3])],
    'conv2d: the kernel spans 5 along spatial axis 0, the padded input has 4 (size 4, padding 0 + 0). Use a smaller kernel, less dilation, or more padding.',
  ],
  [
    'a dilated kernel larger than the padded input',
    'conv2d',
    [picture, filter, { dilation: 6, padding: 1 }],
    'conv2d: the kernel spans 7 (2 taps, dilation 6) along spatial axis 0, the padded input has 6',
  ],
  [
    'an empty kernel',
    'conv2d',
    [picture, ones([0, 2, 2, 3])],
    'conv2d: the kernel is 0×2; every side must be 1 or more.',
  ],
  ['an empty picture', 'conv2d', [zeros([1, 0, 4, 2]), filter], 'the padded input has 0'],
  [
    'a bias of another length',
    'conv2d',
    [picture, filter, { bias: [1, 2] }],
    'conv2d: the bias has shape [2]; the result has 3 channels. Use shape [3].',
  ],
  [
    'a residual of another shape',
    'conv2d',
    [picture, filter, { residual: picture }],
    'conv2d: the residual has shape [1, 4, 4, 2], the result [1, 3, 3, 3].',
  ],
  [
    'an unknown activation',
    'conv2d',
    [picture, filter, { activation: 'swoosh' }],
    'conv2d: activation "swoosh" is not known. Use one of relu,',
  ],
  [
    'an activation with a NaN constant',
    'conv2d',
    [picture, filter, { activation: { kind: 'elu', alpha: Number.NaN } }],
    'conv2d: alpha is NaN; it must be a finite number.',
  ],
  [
    'an activation with a foreign constant',
    'conv2d',
    [picture, filter, { activation: { kind: 'relu', alpha: 1 } }],
    'conv2d: activation relu: there is no option "alpha".',
  ],
  [
    'an unknown precision',
    'conv2d',
    [picture, filter, { precision: 'high' }],
    "conv2d: the precision is \"high\". Use one of 'fast', 'exact'.",
  ],
  ['unknown padding', 'conv2d', [picture, filter, { padding: 'full' }], 'conv2d: padding "full" is not known.'],
  [
    'negative padding',
    'conv2d',
    [picture, filter, { padding: -1 }],
    'conv2d: padding is -1; it must be a whole number of 0 or more.',
  ],
  [
    'padding for another rank',
    'conv2d',
    [picture, filter, { padding: [1, 1, 1] }],
    'conv2d: padding [1, 1, 1] has 3 entries, the input has 2 spatial axes.',
  ],
  [
    'half a pair of padding',
    'conv2d',
    [picture, filter, { padding: [[1], [1]] }],
    'must hold whole numbers of 0 or more, or [before, after] pairs',
  ],
  [
    'a misspelt option',
    'conv2d',
    [picture, filter, { strides: 2 }],
    'conv2d: there is no option "strides". Known: stride,',
  ],
  [
    'options that are no object',
    'conv2d',
    [picture, filter, 2],
    'conv2d: the options are 2; they must be an object, as in { ',
  ],
  ['options null', 'conv2d', [picture, filter, null], 'conv2d: the options are null; they must be an object, as in { '],
  ['a disposed input', 'conv2d', [gone, filter], 'tensor [1, 4, 4, 2]: it has been disposed and cannot be used again.'],
  [
    'a transposed filter of other channels',
    'convTranspose2d',
    [picture, ones([2, 2, 2, 3])],
    'convTranspose2d: the filter expects 3 input channels, the input has 2',
  ],
  [
    'a transposed result that cannot be',
    'convTranspose2d',
    [picture, ones([2, 2, 3, 2]), { outputSize: [9, 9] }],
    'convTranspose2d: a result of 9 along spatial axis 0 cannot come from an input of 4',
  ],
  [
    'an empty transposed input',
    'convTranspose2d',
    [zeros([1, 0, 4, 2]), ones([2, 2, 3, 2])],
    'convTranspose2d: the input of shape [1, 0, 4, 2] is empty.',
  ],
  [
    'a depthwise filter for other channels',
    'depthwiseConv2d',
    [picture, ones([2, 2, 3, 1])],
    'depthwiseConv2d: the filter is for 3 channels, the input has 2 (shape [1, 4, 4, 2]). Use a filter of shape [2, 2, 2, 1].',
  ],
  [
    'a depthwise kernel too large',
    'depthwiseConv2d',
    [picture, ones([5, 5, 2, 1])],
    'depthwiseConv2d: the kernel spans 5',
  ],
  ['a depthwise input of rank 0', 'depthwiseConv2d', [3, ones([2, 2, 2, 1])], 'depthwiseConv2d: the input has rank 0'],
  [
    'groups for depthwise',
    'depthwiseConv2d',
    [picture, ones([2, 2, 2, 1]), { groups: 2 }],
    'depthwiseConv2d: there is no option "groups".',
  ],
  [
    'a pointwise filter that is not 1×1',
    'separableConv2d',
    [picture, ones([2, 2, 2, 1]), ones([2, 2, 2, 3])],
    'separableConv2d: the pointwise filter has shape [2, 2, 2, 3]',
  ],
  [
    'a pointwise filter for other channels',
    'separableConv2d',
    [picture, ones([2, 2, 2, 1]), ones([1, 1, 3, 3])],
    'separableConv2d: the filter expects 3 input channels',
  ],
  [
    'offsets of another size',
    'deformConv2d',
    [picture, filter, ones([1, 3, 3, 7])],
    'deformConv2d: the offsets have shape [1, 3, 3, 7]; use [1, 3, 3, offsetGroups · 8].',
  ],
  [
    'offset groups that do not divide',
    'deformConv2d',
    [picture, filter, ones([1, 3, 3, 24])],
    'deformConv2d: 3 offset groups must divide the 2 input channels.',
  ],
  [
    'a mask of another size',
    'deformConv2d',
    [picture, filter, ones([1, 3, 3, 8]), { mask: ones([1, 3, 3, 8]) }],
    'deformConv2d: the mask has shape [1, 3, 3, 8]; use [1, 3, 3, 4].',
  ],
  ['windows larger than the input', 'unfold', [picture, 5], 'unfold: the kernel spans 5'],
  [
    'columns that come from elsewhere',
    'fold',
    [ones([1, 3, 3, 7]), [1, 4, 4, 2], 2],
    'fold: the columns have shape [1, 3, 3, 7]; unfolding [1, 4, 4, 2] this way gives [1, 3, 3, 8].',
  ],
  ['no shape to fold to', 'fold', [ones([1, 3, 3, 8]), null, 2], 'fold: the shape is null'],
  [
    'an unknown mode',
    'convolve',
    [[1, 2], [1], { mode: 'middle' }],
    "convolve: the mode is \"middle\". Use one of 'full', 'same', 'valid'.",
  ],
  ['an unknown boundary', 'convolve', [[1, 2], [1], { boundary: 'symm' }], 'convolve: the boundary is "symm".'],
  ['a mode and padding', 'correlate', [[1, 2], [1], { mode: 'same', padding: 1 }], 'Give one of them.'],
  ['a kernel of more axes than the input', 'correlate', [[1, 2], [[1]]], 'does not fit a kernel of 2 axes'],
  [
    'a kernel longer than the signal, valid',
    'correlate',
    [
      [1, 2],
      [1, 2, 3],
    ],
    'correlate: the kernel spans 3 along spatial axis 0, the padded input has 2',
  ],
  ['a word in the kernel', 'correlate', [[1, 2], ['x']], 'correlate: [0] is "x"; only numbers'],
  ['a ragged kernel', 'correlate', [ones([3, 3]), [[1, 2], [3]]], 'correlate: the array is ragged: [1] has 1 entries'],
  [
    'no kernel',
    'convolve',
    [[1, 2], undefined],
    'convolve: the kernel is undefined; it must be a tensor, a number or nested arrays of numbers.',
  ],
]

describe('the convolution family refuses', () => {
  it.each(convolutions)('%s: %s', (_, op, args, message) => {
    expect(refusal(() => loosely[op](...args))).toContain(message)
  })
})

describe('counts that are no counts', () => {
  const wrong = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', null, {}, [1, 0], [1, 1, 1], [1, '1'], true]
  const calls: Record<string, (value: unknown) => unknown> = {
    'conv2d stride': (stride) => loosely.conv2d(picture, filter, { stride }),
    'conv2d dilation': (dilation) => loosely.conv2d(picture, filter, { dilation }),
    'conv2d groups': (groups) => loosely.conv2d(picture, filter, { groups }),
    'convTranspose2d stride': (stride) => loosely.convTranspose2d(picture, ones([2, 2, 3, 2]), { stride }),
    'convTranspose2d dilation': (dilation) => loosely.convTranspose2d(picture, ones([2, 2, 3, 2]), { dilation }),
    'depthwiseConv2d stride': (stride) => loosely.depthwiseConv2d(picture, ones([2, 2, 2, 1]), { stride }),
    'maxPool kernel': (kernel) => loosely.maxPool(picture, kernel),
    'maxPool stride': (stride) => loosely.maxPool(picture, 2, { stride }),
    'averagePool dilation': (dilation) => loosely.averagePool(picture, 2, { dilation }),
    'unfold kernel': (kernel) => loosely.unfold(picture, kernel),
    'convolve stride': (stride) => loosely.convolve(ones([3, 3]), ones([2, 2]), { stride }),
    'convolve dilation': (dilation) => loosely.convolve(ones([3, 3]), ones([2, 2]), { dilation }),
    'resize size': (size) => loosely.resize(picture, { size }),
    'groupNorm groups': (groups) => loosely.groupNorm(picture, groups),
  }
  for (const [name, call] of Object.entries(calls)) {
    it.each(wrong.map((value) => [value]))(`${name} %j`, (value) => {
      expect(refusal(() => call(value))).toContain(name.split(' ')[0])
    })
  }
})
