// One rule for axes: a whole number, negative ones from the end, or several where an op takes several; given as `{ axis }` or `{ axes }`, and
// by position where that is an op's only option. Held for every op that takes any.

import { describe, expect, it } from 'vitest'
import { ones, randomNormal, type Tensor, zeros } from '../tensor/index.ts'
import { tensorsOf } from '../testing/every-op.ts'
import { loosely, refusal } from '../testing/refusal.ts'

const x = randomNormal([2, 4, 3, 2], { seed: 1 })
const index = zeros([2, 4, 3, 2], 'int32')

type Call = (given: unknown) => unknown

/** Options of one axis: the op, and how it is called. */
const single: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    ['argMax', 'argMin', 'cumulativeSum', 'softmax', 'logSoftmax', 'sort', 'argsort', 'unstack'].map((op) => [
      op,
      (given: unknown) => loosely[op](x, given),
    ]),
  ),
  topK: (given) => loosely.topK(x, 1, given),
  gather: (given) => loosely.gather(x, [0, 1], given),
  gatherElements: (given) => loosely.gatherElements(x, index, given),
  scatter: (given) => loosely.scatter(x, index, x, given),
  concat: (given) => loosely.concat([x, x], given),
  stack: (given) => loosely.stack([x, x], given),
  split: (given) => loosely.split(x, 1, given),
  expandDims: (given) => loosely.expandDims(x, given),
}

/** Options of several. */
const several: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    ['sum', 'mean', 'product', 'max', 'min', 'variance', 'norm', 'all', 'any', 'logSumExp', 'median', 'flip'].map(
      (op) => [op, (given: unknown) => loosely[op](x, given)],
    ),
  ),
  layerNorm: (given) => loosely.layerNorm(x, given),
  rmsNorm: (given) => loosely.rmsNorm(x, given),
  squeeze: (given) => loosely.squeeze(ones([1, 1, 1, 1]), given),
  fftShift: (given) => loosely.fftShift(x, { complex: false, ...(given as object) }),
  ifftShift: (given) => loosely.ifftShift(x, { complex: false, ...(given as object) }),
  rfft: (given) => loosely.rfft(x, given),
}

/** Take the axis alone, so by position as well. */
const positional = ['gatherElements', 'concat', 'stack', 'split', 'expandDims', 'unstack', 'squeeze', 'flip']

/** Their axes leave the last out, which holds complex numbers. */
const complex = ['fft', 'ifft', 'irfft']

const valuesOf = (result: unknown): unknown => tensorsOf(result).map((part: Tensor) => [part.shape, part.dataSync()])

/** How many axes the count from the end goes by: that of the result, where an axis is added. */
const rankOf = (op: string): number => (['stack', 'expandDims'].includes(op) ? 5 : 4)

describe.each(Object.entries(single))('%s', (op, call) => {
  it('counts a negative axis from the end', () => {
    for (const axis of [0, 1, rankOf(op) - 1])
      expect(valuesOf(call({ axis: axis - rankOf(op) }))).toEqual(valuesOf(call({ axis })))
  })
  it('refuses an axis that is not there, or no whole number', () => {
    for (const axis of [rankOf(op), -rankOf(op) - 1, 0.5, Number.NaN, '1', [1]])
      expect(refusal(() => call({ axis }))).toMatch(
        /: axis .+ does not exist in a tensor of rank \d\. Use -\d to \d\.$/,
      )
    expect(refusal(() => call({ axes: 1 }))).toContain('there is no option "axes". Known: ')
  })
})

describe.each(Object.entries(several))('%s', (op, call) => {
  it('counts negative axes from the end, in any order, one as a number', () => {
    expect(valuesOf(call({ axes: -3 }))).toEqual(valuesOf(call({ axes: [1] })))
    // The axes of Fourier transforms have an order.
    if (op !== 'rfft') expect(valuesOf(call({ axes: [-2, 0] }))).toEqual(valuesOf(call({ axes: [0, 2] })))
  })
  it('refuses axes that are not there, named twice, or no whole numbers', () => {
    for (const axes of [4, [0, -5], 0.5, ['1']])
      expect(refusal(() => call({ axes }))).toMatch(/: axis .+ does not exist in a tensor of rank 4\. Use -4 to 3\.$/)
    expect(refusal(() => call({ axes: [1, -3] }))).toContain('name an axis twice')
    expect(refusal(() => call({ axis: 1 }))).toMatch(/there is no option "axis"\. Known: .*\. Use axes\.$/)
  })
})

it.each(positional)('%s takes by position what it takes as an option', (op) => {
  const call = (single[op] ?? several[op]) as Call
  const name = op in single ? 'axis' : 'axes'
  expect(valuesOf(call(-1))).toEqual(valuesOf(call({ [name]: -1 })))
  if (name === 'axes') expect(valuesOf(call([0, 1]))).toEqual(valuesOf(call({ axes: [0, 1] })))
})

it('every op that takes axes is in a table', () => {
  const known = new Set([...Object.keys(single), ...Object.keys(several), ...complex])
  const taking = Object.keys(loosely).filter((op) => {
    const said = (() => {
      try {
        loosely[op](x, { noSuchOption: 1 }, { noSuchOption: 1 }, { noSuchOption: 1 })
      } catch (error) {
        return String(error)
      }
      return ''
    })()
    return /Known: .*\bax[ei]s\b/.test(said)
  })
  expect(taking.filter((op) => !known.has(op))).toEqual([])
  expect(taking.length).toBeGreaterThan(20)
})
