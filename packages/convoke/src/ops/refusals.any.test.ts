// Whatever an op is given, it answers with tensors or refuses with a ConvokeError; a TypeError never escapes, and a
// refusal leaves no memory behind.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { memory, ones, Tensor, zeros } from '../tensor/index.ts'
import { loosely, refusal, refusalForm } from '../testing/refusal.ts'

const gone = ones([2, 3])
gone.dispose()

/** Arguments with which every op works; `x` marks the places of tensors. */
const x = ones([1, 4, 4, 4])
const row = ones([6])
const index = zeros([1, 4, 4, 4], 'int32')
const good: Record<string, readonly unknown[]> = {
  ...{ conv: [x, ones([2, 2, 4, 1])], conv1d: [ones([1, 4, 2]), ones([2, 2, 1])], conv2d: [x, ones([2, 2, 4, 1])] },
  ...{ conv3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])], convTranspose: [x, ones([2, 2, 1, 4])] },
  ...{ convTranspose1d: [ones([1, 4, 2]), ones([2, 1, 2])], convTranspose2d: [x, ones([2, 2, 1, 4])] },
  ...{ convTranspose3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])], depthwiseConv: [x, ones([2, 2, 4, 1])] },
  ...{ depthwiseConv1d: [ones([1, 4, 2]), ones([2, 2, 1])], depthwiseConv2d: [x, ones([2, 2, 4, 1])] },
  ...{ depthwiseConv3d: [ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 1])] },
  ...{ separableConv2d: [x, ones([2, 2, 4, 1]), ones([1, 1, 4, 1])] },
  ...{
    deformConv2d: [x, ones([1, 1, 4, 1]), zeros([1, 4, 4, 2])],
    unfold: [x, 2],
    fold: [ones([1, 3, 3, 16]), [1, 4, 4, 4], 2],
  },
  ...{ correlate: [row, ones([2])], convolve: [row, ones([2])], maxPool: [x, 2], maxPoolWithIndices: [x, 2] },
  ...{ averagePool: [x, 2], lpPool: [x, 2], globalAveragePool: [x], globalMaxPool: [x], globalLpPool: [x] },
  ...{ adaptiveAveragePool: [x, 2], adaptiveMaxPool: [x, 2], maxUnpool: [x, index, [4, 4]], resize: [x, { size: 2 }] },
  ...{ pixelShuffle: [x, 2], pixelUnshuffle: [x, 2], batchNorm: [x], batchStatistics: [x], layerNorm: [x] },
  ...{ groupNorm: [x, 2], instanceNorm: [x], rmsNorm: [x], localResponseNorm: [x, { size: 3 }] },
  ...{
    pad: [row, [[1, 1]]],
    gather: [x, [0]],
    gatherElements: [x, index],
    scatter: [x, index, x],
    oneHot: [[0, 1], 2],
  },
  ...{ topK: [x, 2], matmul: [x, ones([4, 2])], einsum: ['i->i', row], reshape: [x, [-1]], expandDims: [x, 0] },
  ...{ squeeze: [x], transpose: [x], toChannelsFirst: [x], toChannelsLast: [x], flip: [x], slice: [x, [{ start: 1 }]] },
  ...{
    concat: [[x, x]],
    stack: [[x, x]],
    split: [x, 2, 1],
    tile: [row, [2]],
    broadcastTo: [row, [2, 6]],
    sumTo: [row, [1]],
  },
  ...{ cast: [x, 'int32'], where: [x, x, x], prelu: [x, x], clip: [x, 0, 1] },
}
for (const op of ['sum', 'mean', 'product', 'max', 'min', 'variance', 'norm', 'all', 'any', 'argMax', 'argMin'])
  good[op] = [x]
for (const op of ['cumulativeSum', 'logSumExp', 'softmax', 'logSoftmax', 'leakyRelu', 'elu', 'gelu', 'hardSigmoid'])
  good[op] = [x]
for (const op of ['add', 'subtract', 'multiply', 'divide', 'floorDivide', 'remainder', 'power', 'maximum', 'minimum'])
  good[op] = [x, x]
for (const op of ['atan2', 'equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual']) good[op] = [x, x]
for (const op of ['logicalAnd', 'logicalOr', 'logicalXor']) good[op] = [x, x]
const unary = Object.keys(loosely).filter((op) => !(op in good))
for (const op of unary) good[op] = [x]

const allOps = Object.keys(loosely)
const tensorsOf = (result: unknown): Tensor[] =>
  result instanceof Tensor
    ? [result]
    : Object.values(result as Record<string, Tensor>).filter((v) => v instanceof Tensor)

describe('every op', () => {
  it('works on the arguments that the tests below spoil', () => {
    for (const op of allOps) {
      for (const y of tensorsOf(loosely[op](...good[op]))) {
        expect(Array.from(y.dataSync()).some(Number.isNaN), op).toBe(false)
      }
    }
  })
  it.each(allOps)('%s refuses a disposed tensor in every place of a tensor', (op) => {
    good[op].forEach((argument, place) => {
      const spoilt = (value: unknown): unknown =>
        Array.isArray(value) && value[0] instanceof Tensor ? [gone, value[1]] : gone
      if (!(argument instanceof Tensor) && !(Array.isArray(argument) && argument[0] instanceof Tensor)) return
      expect(refusal(() => loosely[op](...good[op].with(place, spoilt(argument))))).toContain('it has been disposed')
    })
  })
  it.each(allOps)('%s refuses null, text and functions in every place', (op) => {
    good[op].forEach((_, place) => {
      for (const wrong of [null, 'text', () => 1, Symbol('s'), { a: 1 }, [['x']], [null]]) {
        // `slice` takes null for an axis left whole.
        if (op === 'slice' && Array.isArray(wrong) && wrong[0] === null) continue
        refusal(() => loosely[op](...good[op].with(place, wrong)))
      }
    })
  })
  it.each(allOps)('%s refuses an option nobody reads, where it has options', (op) => {
    const last = good[op].at(-1)
    const plain = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype
    const args = plain ? good[op].with(-1, { ...(last as object), bogus: 1 }) : [...good[op], { bogus: 1 }]
    try {
      loosely[op](...args)
    } catch (error) {
      expect(error).toBeInstanceOf(ConvokeError)
      return
    }
    // An op without options does not look at an argument too many.
    expect(loosely[op].length).toBeLessThan(args.length)
  })
})

const anything = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    0,
    1,
    1.5,
    2,
    1e9,
    '',
    'same',
    true,
    gone,
    x,
    row,
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [1, 2],
    [[1, 2], [3]],
    [
      [1, 2],
      [3, 4],
    ],
    new Float32Array(3),
    new Date(0),
    index,
  ),
  fc.dictionary(
    fc.constantFrom(
      'stride',
      'padding',
      'dilation',
      'groups',
      'axes',
      'axis',
      'size',
      'mode',
      'p',
      'epsilon',
      'activation',
      'bias',
    ),
    fc.constantFrom<unknown>(
      Number.NaN,
      -1,
      0,
      1,
      2,
      1.5,
      'same',
      'x',
      null,
      [],
      [1],
      [1, 1],
      [
        [0, 1],
        [1, 0],
      ],
      {},
      undefined,
    ),
  ),
)

it('any op given anything answers or refuses in one form, and a refusal leaves no memory behind', () => {
  fc.assert(
    fc.property(fc.constantFrom(...allOps), fc.array(anything, { maxLength: 4 }), fc.nat(), (op, spoils, from) => {
      const args = [...good[op]]
      spoils.forEach((spoil, i) => {
        args[(from + i) % (args.length + 1)] = spoil
      })
      const before = memory().buffers
      try {
        scope(() => void loosely[op](...args))
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
        expect((error as Error).message).toMatch(refusalForm)
      }
      expect(memory().buffers).toBe(before)
    }),
    { numRuns: 4000 },
  )
})
