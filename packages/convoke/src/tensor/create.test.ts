import { describe, expect, it } from 'vitest'
import {
  arange,
  full,
  linspace,
  ones,
  randomNormal,
  randomSource,
  randomUniform,
  type Tensor,
  tensor,
  zeros,
} from './index.ts'

const values = (x: Tensor): number[] => Array.from(x.dataSync())

describe('tensor', () => {
  it('takes numbers, nested arrays and typed arrays', () => {
    expect(tensor(5).shape).toEqual([])
    expect(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]).shape,
    ).toEqual([3, 2])
    expect(tensor([]).shape).toEqual([0])
    expect(tensor([[], []]).shape).toEqual([2, 0])
    expect(tensor(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(tensor([new Float32Array([1, 2]), new Float32Array([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
  })
  it('chooses the dtype that fits, or takes the one given', () => {
    expect(tensor([1]).dtype).toBe('float32')
    expect(tensor([true, false]).dtype).toBe('bool')
    expect(tensor([true, 2]).dtype).toBe('float32')
    expect(tensor(new Int32Array(1)).dtype).toBe('int32')
    expect(tensor(new Uint8Array(1)).dtype).toBe('uint8')
    expect(tensor(new Uint8ClampedArray(1)).dtype).toBe('uint8')
    expect(tensor(new Int16Array(1)).dtype).toBe('float32')
    expect(tensor([1, 0], { dtype: 'bool' }).dtype).toBe('bool')
    expect(tensor([1, 2]).dataSync()).toBeInstanceOf(Float32Array)
    expect(tensor([1, 2], { dtype: 'int32' }).dataSync()).toBeInstanceOf(Int32Array)
    expect(tensor([1, 0], { dtype: 'bool' }).dataSync()).toBeInstanceOf(Uint8Array)
  })
  it('copies: later changes to the array do not show', () => {
    const source = new Float32Array([1, 2])
    const x = tensor(source)
    source[0] = 9
    const read = x.dataSync()
    read[1] = 9
    expect(values(x)).toEqual([1, 2])
  })
  it('names the place where an array is ragged or holds no number', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      'tensor: the array is ragged: [1] has 1 entries, its neighbours have 2.',
    )
    expect(() => tensor([[1], 2])).toThrow('tensor: the array is ragged: [1] is 2, where an array of 1 is expected.')
    expect(() => tensor([1, [2]])).toThrow('tensor: the array is ragged: [1] is an array, its neighbours are numbers.')
    expect(() => tensor([[1, '2']] as unknown as number[][])).toThrow('tensor: [0][1] is "2"; only numbers')
    expect(() => tensor(new Array<number>(2))).toThrow('tensor: [0] is undefined; only numbers')
    expect(() => tensor(undefined as unknown as number)).toThrow('tensor: the value is undefined; only numbers')
    expect(() => tensor(new BigInt64Array(2) as unknown as Float32Array)).toThrow('tensor: a BigInt64Array cannot')
    expect(() => tensor(new DataView(new ArrayBuffer(4)) as unknown as Float32Array)).toThrow('a DataView cannot')
  })
  it('refuses numbers that the dtype cannot hold', () => {
    expect(() => tensor([1.5], { dtype: 'int32' })).toThrow('tensor: element 0 is 1.5; int32 holds whole numbers')
    expect(() => tensor([0, 256], { dtype: 'uint8' })).toThrow(
      'element 1 is 256; uint8 holds whole numbers from 0 to 255',
    )
    expect(() => tensor([2], { dtype: 'bool' })).toThrow('bool holds whole numbers from 0 to 1')
    expect(() => tensor([1], { dtype: 'float64' as 'float32' })).toThrow('dtype "float64" is not known')
  })
  it('refuses shapes that do not fit', () => {
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
      'tensor: 3 values do not fill shape [2, 2], which holds 4.',
    )
    expect(() => tensor([1], { shape: [-1] })).toThrow('whole numbers of 0 or more')
    expect(() => tensor([1], { shap: [1] } as object)).toThrow(
      'tensor: there is no option "shap". Known: shape, dtype.',
    )
  })
})

describe('filled and counted tensors', () => {
  it('zeros, ones, full', () => {
    expect(zeros([2, 2]).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(values(ones([3], 'int32'))).toEqual([1, 1, 1])
    expect(values(full([2], -0.5))).toEqual([-0.5, -0.5])
    expect(zeros([0, 3]).size).toBe(0)
    expect(() => full([1], 300, 'uint8')).toThrow('full: element 0 is 300')
    expect(() => zeros([1.5])).toThrow('full: the shape is [1.5]')
    expect(() => zeros(3 as unknown as number[])).toThrow('it must be a list of whole numbers')
  })
  it.each([
    ['a whole number of rows', 0, 8192, 1],
    ['a last row that is cut off', -7, 10_000, 1],
    ['down, by several', 3, -60_001, -7],
    ['up to the last whole number of float32', 2 ** 24 - 8000, 2 ** 24, 1],
    ['beyond it', 2 ** 24 - 4000, 2 ** 24 + 4000, 1],
    ['by parts', 0, 2500, 0.3],
  ])('arange of thousands: %s', (_, start, stop, step) => {
    const wanted = Array.from({ length: Math.ceil((stop - start) / step) }, (__, i) => Math.fround(start + i * step))
    expect(Array.from(arange(start, stop, step).dataSync())).toEqual(wanted)
  })

  it('arange of thousands of int32', () => {
    const [start, step] = [-(2 ** 31) + 5, 131_071]
    const wanted = Array.from({ length: 20_000 }, (_, i) => start + i * step)
    expect(Array.from(arange(start, start + 20_000 * step, step, 'int32').dataSync())).toEqual(wanted)
    expect(() => arange(0, 300, 1, 'uint8')).toThrow('element 256 is 256')
  })

  it('arange', () => {
    expect(values(arange(4))).toEqual([0, 1, 2, 3])
    expect(values(arange(1, 2, 0.25))).toEqual([1, 1.25, 1.5, 1.75])
    expect(values(arange(3, 0, -1))).toEqual([3, 2, 1])
    expect(values(arange(3, 0))).toEqual([])
    expect(arange(3, 6, 1, 'int32').dtype).toBe('int32')
    expect(() => arange(0, 1, 0)).toThrow('a step other than 0')
    expect(() => arange(Number.NaN)).toThrow('is not a finite sequence')
    expect(() => arange(0, 1, 0.5, 'int32')).toThrow('arange: element 1 is 0.5')
  })
  it('linspace includes both ends exactly', () => {
    expect(values(linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(linspace(0, 0.1, 7).dataSync()[6]).toBe(Math.fround(0.1))
    expect(values(linspace(3, 9, 1))).toEqual([3])
    expect(() => linspace(0, 1, 0)).toThrow('a count of 1 or more')
    const wanted = Float32Array.from({ length: 9001 }, (_, i) => -1 + i * (4 / 9000))
    wanted[9000] = 3
    expect(linspace(-1, 3, 9001).dataSync()).toEqual(wanted)
    expect(arange(-1, 3.0001, 4 / 9000).dataSync()).toEqual(wanted.with(9000, -1 + 9000 * (4 / 9000)))
  })
  it('that are too large are refused, naming sizes', () => {
    const tooLarge = [
      () => zeros([1e6, 1e6]),
      () => zeros([2 ** 40, 2 ** 40]),
      () => zeros([2 ** 30]),
      () => arange(1e9),
      () => arange(1e13),
      () => linspace(0, 1, 1e13),
      () => randomNormal([1e7, 1e7]),
      () => randomUniform([1e7, 1e7]),
    ]
    for (const make of tooLarge) {
      expect(make).toThrow(/out of memory/i)
      expect(make).toThrow(/\d{6,}/)
    }
    expect(() => zeros([1e6, 1e6])).toThrow('a float32 tensor of 1000000000000 elements')
  })
})

describe('random numbers', () => {
  const draw = { randomNormal, randomUniform }
  it.each(Object.entries(draw))('%s gives the same numbers for the same seed, others for another', (_, make) => {
    expect(values(make([50], { seed: 7 }))).toEqual(values(make([50], { seed: 7 })))
    expect(values(make([50], { seed: 7 }))).not.toEqual(values(make([50], { seed: 8 })))
    expect(values(make([50], { seed: 7 }))).not.toEqual(values(make([50], { seed: 7 + 2 ** 32 })))
    expect(values(make([50]))).not.toEqual(values(make([50])))
    expect(values(make([10], { seed: 3 }))).toEqual(values(make([20], { seed: 3 })).slice(0, 10))
  })
  it('are what they were when this was written', () => {
    const source = randomSource(2024)
    expect(Array.from({ length: 4 }, () => source.integer(1000))).toEqual([859, 947, 266, 823])
  })
  /** Central moments of order 1 to 4 of `count` draws. */
  function moments(x: Tensor): number[] {
    const data = values(x)
    const average = (f: (v: number) => number): number => data.reduce((total, v) => total + f(v), 0) / data.length
    const mean = average((v) => v)
    return [mean, ...[2, 3, 4].map((order) => average((v) => (v - mean) ** order))]
  }
  it('follow the normal distribution: moments within five standard errors', () => {
    const count = 40_000
    const [mean, second, third, fourth] = moments(randomNormal([count], { seed: 11 }))
    const error = 5 / Math.sqrt(count)
    expect(Math.abs(mean)).toBeLessThan(error)
    expect(Math.abs(second - 1)).toBeLessThan(error * Math.sqrt(2))
    expect(Math.abs(third)).toBeLessThan(error * Math.sqrt(15))
    expect(Math.abs(fourth - 3)).toBeLessThan(error * Math.sqrt(96))
    const shifted = moments(randomNormal([count], { seed: 12, mean: 10, deviation: 0.1 }))
    expect(shifted[0]).toBeCloseTo(10, 2)
    expect(shifted[1]).toBeCloseTo(0.01, 3)
  })
  it('follow the uniform distribution, and stay inside', () => {
    const x = randomUniform([40_000], { seed: 13, low: -2, high: 4 })
    const [mean, second, third] = moments(x)
    expect(mean).toBeCloseTo(1, 1)
    expect(second).toBeCloseTo(3, 1)
    expect(Math.abs(third)).toBeLessThan(0.3)
    expect(Math.min(...x.dataSync())).toBeGreaterThanOrEqual(-2)
    expect(Math.max(...x.dataSync())).toBeLessThanOrEqual(4)
  })
  it('draw whole numbers evenly: chi-squared over ten cells', () => {
    const source = randomSource(17)
    const cells = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) cells[source.integer(10)]++
    // 99.99% of a chi-squared distribution with 9 degrees of freedom lies below 33.7.
    expect(cells.reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(33.7)
  })
  it('draws one after another are not correlated', () => {
    const data = randomNormal([20_000], { seed: 19 }).dataSync()
    for (const lag of [1, 2, 3]) {
      let total = 0
      for (let i = lag; i < data.length; i++) total += data[i] * data[i - lag]
      expect(Math.abs(total / data.length)).toBeLessThan(5 / Math.sqrt(data.length))
    }
  })
  it('refuse what is no distribution', () => {
    expect(() => randomNormal([1], { seed: 1.5 })).toThrow('random: the seed is 1.5; it must be a whole number.')
    expect(() => randomNormal([1], { deviation: -1 })).toThrow('the deviation 0 or more')
    expect(() => randomUniform([1], { low: 2, high: 1 })).toThrow('low no greater than high')
    expect(() => randomUniform([1], { min: 2 } as object)).toThrow('there is no option "min"')
    expect(() => randomSource(1).integer(0)).toThrow('needs a whole number from 1')
  })
})
