// Bad input: every refusal names the op, states the value and the rule, and says the way out; nothing else escapes.

import { describe, expect, it } from 'vitest'
import { arange, ones, tensor, zeros } from '../tensor/index.ts'
import { loosely, type Refused, refusal } from '../testing/refusal.ts'

const picture = ones([1, 4, 4, 2])

const others: Refused[] = [
  ['a pooling window of 0', 'maxPool', [picture, 0], 'maxPool: kernel is 0; it must be a whole number of 1 or more.'],
  [
    'a pooling input without channels',
    'averagePool',
    [[1, 2, 3], 2],
    'averagePool: the input must be [batch, ...spatial, channels]',
  ],
  ['an empty pooling input', 'maxPool', [zeros([1, 0, 4, 2]), 2], 'maxPool: the input of shape [1, 0, 4, 2] is empty.'],
  [
    'countPadding for a maximum',
    'maxPool',
    [picture, 2, { countPadding: true }],
    'maxPool: there is no option "countPadding".',
  ],
  ['ceil as text', 'maxPool', [picture, 2, { ceil: 'no' }], 'maxPool: ceil is "no"; it must be true or false.'],
  ['p below 1', 'lpPool', [picture, 2, { p: 0.5 }], 'lpPool: p is 0.5; it must be a number of 1 or more.'],
  ['p NaN', 'globalLpPool', [picture, { p: Number.NaN }], 'globalLpPool: p is NaN'],
  ['an adaptive size of 0', 'adaptiveAveragePool', [picture, 0], 'adaptiveAveragePool: outputSize is 0'],
  ['a size of another rank', 'maxUnpool', [picture, zeros([1, 4, 4, 2], 'int32'), [4]], 'maxUnpool: the size is [4]'],
  [
    'size and scale',
    'resize',
    [picture, { size: 4, scale: 2 }],
    'resize: size is 4 and scale 2; give exactly one of them.',
  ],
  ['neither size nor scale', 'resize', [picture, {}], 'give exactly one of them'],
  ['no options', 'resize', [picture], 'resize: the options are undefined; they must be an object, as in { '],
  [
    'a scale to nothing',
    'resize',
    [picture, { scale: 0.1 }],
    'resize: scale 0.1 leaves nothing of a spatial axis of 4. Use 0.25 or more.',
  ],
  ['a scale of NaN', 'resize', [picture, { scale: Number.NaN }], 'resize: the scale is NaN; give one positive number'],
  ['an unknown mode', 'resize', [picture, { size: 2, mode: 'lanczos' }], 'resize: the mode is "lanczos".'],
  [
    'channels that do not divide',
    'pixelShuffle',
    [picture, 2],
    'pixelShuffle: 2 channels do not divide by factor² = 4',
  ],
  [
    'a factor of 1.5',
    'pixelShuffle',
    [picture, 1.5],
    'pixelShuffle: the factor is 1.5; it must be a whole number of 1 or more.',
  ],
  [
    'a size the factor does not divide',
    'pixelUnshuffle',
    [picture, 3],
    'pixelUnshuffle: factor 3 must divide the spatial size',
  ],
  [
    'an epsilon of NaN',
    'batchNorm',
    [picture, { epsilon: Number.NaN }],
    'batchNorm: epsilon is NaN; it must be a number of 0 or more.',
  ],
  [
    'half of the statistics',
    'batchNorm',
    [picture, { mean: [0, 0] }],
    'batchNorm: only one of mean and variance is given.',
  ],
  [
    'an empty batch',
    'batchNorm',
    [zeros([0, 2])],
    'batchNorm: there is nothing to normalise over in an input of shape [0, 2].',
  ],
  ['a window of 0', 'localResponseNorm', [picture, { size: 0 }], 'localResponseNorm: the size is 0'],
  ['no window', 'localResponseNorm', [picture, {}], 'localResponseNorm: the size is undefined'],
  ['axes null', 'sum', [picture, { axes: null }], 'sum: the option axes is null, which is not a value.'],
  [
    'axes as text',
    'sum',
    [picture, { axes: 'all' }],
    'sum: the axes are "all". Use a whole number, or an array of them.',
  ],
  ['an axis twice', 'sum', [picture, { axes: [1, -3] }], 'sum: axes [1, -3] name an axis twice.'],
  [
    'an axis that is not there',
    'softmax',
    [picture, { axis: 4 }],
    'softmax: axis 4 does not exist in a tensor of rank 4. Use -4 to 3.',
  ],
  ['axis instead of axes', 'mean', [picture, { axis: 1 }], 'mean: there is no option "axis". Known: axes, keepDims.'],
  ['keepDims 1', 'max', [picture, { keepDims: 1 }], 'max: keepDims is 1; it must be true or false.'],
  ['an argMax over nothing', 'argMax', [zeros([0])], 'argMax: axis 0 of [0] is empty.'],
  ['indices with a fraction', 'gather', [arange(3), [1.5]], 'gather: element 0 is 1.5; int32 holds whole numbers'],
  ['indices NaN', 'gather', [arange(3), [Number.NaN]], 'gather: element 0 is NaN'],
  [
    'float32 indices',
    'gather',
    [arange(3), tensor([1])],
    "gather: the indices are float32; they must be int32. Use cast(indices, 'int32').",
  ],
  ['an index too large', 'gather', [arange(3), [3]], 'gather: index 3 is outside an axis of length 3. Use -3 to 2.'],
  ['an index out of depth', 'oneHot', [[3], 3], 'oneHot: index 3 is outside an axis of length 3.'],
  [
    'updates of another shape',
    'scatter',
    [arange(3), [0, 1], [5]],
    'scatter: updates of shape [1] and indices of shape [2] must have one shape.',
  ],
  ['more than there are', 'topK', [arange(3), 4], 'topK: k is 4; axis 0 of [3] has 3 elements. Use 0 to 3.'],
  [
    'shapes that do not broadcast',
    'multiply',
    [ones([2, 3]), ones([2])],
    'multiply: shapes [2, 3] and [2] do not broadcast: sizes 3 and 2 meet',
  ],
  [
    'a text operand',
    'add',
    [picture, 'one'],
    'add: the right operand is "one"; it must be a tensor, a number or nested arrays of numbers.',
  ],
  [
    'inner sizes that differ',
    'matmul',
    [ones([2, 3]), ones([2, 3])],
    'matmul: [2, 3] × [2, 3]: the inner sizes 3 and 2 must be equal.',
  ],
  [
    'an einsum of too few operands',
    'einsum',
    ['ij,jk', ones([2, 2])],
    'einsum: "ij,jk" names 2 operands, 1 are given.',
  ],
  [
    'an einsum with sizes that differ',
    'einsum',
    ['ij,jk', ones([2, 3]), ones([2, 2])],
    'einsum: axis \'j\' in "ij,jk" has sizes 3 and 2; they must be equal.',
  ],
  ['negative pads', 'pad', [arange(3), [[-1, 0]]], 'pad: the pads are [[-1, 0]]; give [before, after] of 0 or more'],
  ['a pad of NaN', 'pad', [arange(3), [[1, 0]], { value: Number.NaN }], 'pad: the value is NaN'],
  [
    'a pad that the dtype cannot hold',
    'pad',
    [zeros([2], 'uint8'), [[1, 0]], { value: 300 }],
    'pad: element 0 is 300; uint8 holds',
  ],
  [
    'repeating what is empty',
    'pad',
    [zeros([0]), [[1, 0]], { mode: 'edge' }],
    "pad: axis 0 of [0] is empty; 'edge' has nothing to repeat.",
  ],
  [
    'a clip upside down',
    'clip',
    [picture, 2, 1],
    'clip: low 2 and high 1 must be numbers, and low no greater than high.',
  ],
  ['alpha NaN', 'leakyRelu', [picture, { alpha: Number.NaN }], 'leakyRelu: alpha is NaN; it must be a finite number.'],
  [
    'an unknown approximation',
    'gelu',
    [picture, { approximate: 'erf' }],
    "gelu: approximate is \"erf\". Use one of 'none', 'tanh'.",
  ],
  [
    'an unknown dtype',
    'cast',
    [picture, 'float64'],
    "cast: dtype \"float64\" is not known. Use 'float32', 'int32', 'uint8' or 'bool'.",
  ],
  ['a number to reshape', 'reshape', [3, [1]], 'reshape: x is 3; it must be a tensor. Make one with tensor(…).'],
  ['two sizes left open', 'reshape', [picture, [-1, -1]], 'reshape: the shape is [-1]'],
  ['axes longer than 1 to squeeze', 'squeeze', [picture, 1], 'squeeze: axis 1 of [1, 4, 4, 2] has size 4'],
  [
    'pieces that do not add up',
    'split',
    [arange(5), [2, 2]],
    'split: axis 0 has length 5, which [2, 2] does not divide.',
  ],
  ['a concat of nothing', 'concat', [[]], 'concat: got []; give an array of one tensor or more, as in concat([a, b]).'],
]

describe('the other ops refuse', () => {
  it.each(others)('%s: %s', (_, op, args, message) => {
    expect(refusal(() => loosely[op](...args))).toContain(message)
  })
})
