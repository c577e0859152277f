import { afterAll, describe, expect, it } from 'vitest'
import {
  abs,
  ConvokeError,
  conv,
  conv2d,
  correlate,
  explainCorrelate,
  explainPlan,
  fmaPeak,
  max,
  multiply,
  randomNormal,
  setThreads,
  square,
  subtract,
  sum,
  tensor,
  threads,
  useBackend,
  valueAndGradients,
} from '../index.ts'
import { availableBackends } from '../testing/check-op.ts'

const engines = availableBackends().filter((name) => name === 'native' || name === 'wasm')

afterAll(() => useBackend(availableBackends()[0]))

describe.each(engines)('the planner on %s', (name) => {
  it.each([
    [
      [2, 40, 52, 1],
      [9, 11, 1, 1],
    ],
    [
      [1, 200, 200, 1],
      [31, 33, 1, 1],
    ],
  ] as const)(
    'runs what it has just explained for %j and %j, with other numbers than those explained',
    async (input, filter) => {
      const x = randomNormal(input, { seed: 3 })
      const filters = [4, 5].map((seed) => randomNormal(filter, { seed }))
      await useBackend('reference')
      const expected = filters.map((each) => conv2d(x, each).dataSync())
      await useBackend(name)
      explainPlan(input, filters[0])
      filters.forEach((each, i) => {
        const found = conv2d(x, each).dataSync()
        let worst = 0
        found.forEach((value, j) => {
          worst = Math.max(worst, Math.abs(value - expected[i][j]))
        })
        expect(worst).toBeLessThan(2e-4)
      })
      expect(explainPlan(input, filters[0])).toEqual(explainPlan(input, filters[0]))
    },
  )
  it.each([
    ['direct', [1, 28, 28, 64], [3, 3, 64, 64], { padding: 'same', stride: 2 }],
    ['pointwise', [1, 28, 28, 64], [1, 1, 64, 32], {}],
    ['depthwise', [1, 28, 28, 64], [3, 3, 1, 64], { groups: 64 }],
    ['depthwise', [1, 64, 64, 3], [5, 5, 1, 3], { groups: 3, padding: 'same' }],
    ['grouped', [1, 28, 28, 128], [3, 3, 4, 128], { groups: 32, bias: [], activation: 'relu' }],
  ] as const)('computes %s for %j and %j', async (algorithm, input, filter, options) => {
    await useBackend(name)
    const plan = explainPlan(input, filter, options)
    expect(plan.algorithm).toBe(algorithm)
    expect(plan.kernel).toMatch(/^\w+ \d+x\d+ (avx512|avx2|wasm|wasm-relaxed)$/)
    expect(plan.reason.length).toBeGreaterThan(10)
  })

  it.each([
    ['winograd', [8, 28, 28, 64], [3, 3, 64, 64], { padding: 'same' }, 'Winograd takes 0.'],
    ['winograd', [8, 28, 28, 32], [5, 5, 32, 64], { padding: 'same', dilation: 2 }, 'Winograd takes 0.'],
    [
      'direct',
      [8, 28, 28, 64],
      [3, 3, 64, 64],
      { padding: 'same', precision: 'exact' },
      'no other algorithm is exact enough',
    ],
    ['direct', [8, 28, 28, 64], [3, 3, 64, 64], { stride: 2 }, 'Winograd needs a 3×3 or 5×5 kernel, stride 1'],
    ['direct', [1, 7, 7, 512], [3, 3, 512, 512], { padding: 'same' }, 'Winograd would take 1.'],
    ['direct', [8, 28, 28, 64], [3, 3, 64, 2], { padding: 'same' }, 'output channels to fill a vector'],
  ] as const)('computes the filter gradient %s for %j and %j, %j', async (algorithm, input, filter, options, why) => {
    await useBackend(name)
    const plan = explainPlan(input, filter, { ...options, gradient: 'filter' })
    expect(plan.algorithm).toBe(algorithm)
    expect(plan.kernel).toContain('filter gradient')
    expect(plan.reason).toContain(why)
  })

  it('takes two passes where a large filter is a column times a row, and only there', async () => {
    await useBackend(name)
    const column = randomNormal([9, 1, 1, 1], { seed: 1 })
    const filter = multiply(column, randomNormal([1, 11, 1, 1], { seed: 2 }))
    const x = randomNormal([2, 40, 50, 1], { seed: 3 })
    const other = randomNormal([9, 11, 1, 1], { seed: 4 })
    expect(explainPlan(x.shape, filter, { padding: 'same' }).algorithm).toBe('separable')
    expect(explainPlan(x.shape, filter, { padding: 'same', precision: 'exact' }).algorithm).not.toBe('separable')
    expect(explainPlan(x.shape, other, { padding: 'same' }).algorithm).not.toBe('separable')
    const difference = (): number => {
      const [fast, exact] = [
        conv(x, filter, { padding: 'same' }),
        conv(x, filter, { padding: 'same', precision: 'exact' }),
      ]
      return max(abs(subtract(fast, exact))).item()
    }
    expect(difference()).toBeLessThan(1e-4)
    // The filter is looked at again once it has changed.
    filter.assign(other)
    expect(explainPlan(x.shape, filter, { padding: 'same' }).algorithm).not.toBe('separable')
    expect(difference()).toBeLessThan(1e-4)
  })

  it.each([
    [[1, 28, 28, 64], [5, 5, 64, 64], { padding: 'same' }],
    [[8, 56, 56, 64], [3, 3, 64, 64], { gradient: 'filter' }],
    [[1, 1024, 1024, 1], [31, 31, 1, 1], {}],
    [[1, 28, 28, 64], [1, 1, 64, 64], {}],
  ] as const)('names the ways not taken for %j and %j, the fastest first', async (input, filter, options) => {
    await useBackend(name)
    const { algorithm, others } = explainPlan(input, filter, options)
    const named = others.map((other) => other.algorithm)
    expect(named).not.toContain(algorithm)
    expect(new Set(named).size).toBe(named.length)
    expect(named.length).toBeGreaterThan(0)
    expect(others.map(({ time }) => time)).toEqual(others.map(({ time }) => time).sort((a, b) => a - b))
    // The time of each is that of a direct sum over again, so a direct sum is 1 where it is not what is taken.
    const isSum = algorithm === 'pointwise'
    expect(others.find((other) => other.algorithm === 'direct')?.time).toBe(isSum ? undefined : 1)
    // Nothing that rounds more is compared where it may not be taken.
    expect(explainPlan(input, filter, { ...options, precision: 'exact' }).others).toEqual([])
  })
  it('runs on as many threads as it is told to', async () => {
    await useBackend(name)
    const before = threads()
    setThreads(2)
    expect(threads()).toBe(2)
    setThreads(before)
    expect(() => setThreads(0)).toThrow('from 1 to 64')
  })

  it('measures how many multiply-adds a core can do', async () => {
    await useBackend(name)
    expect(fmaPeak()).toBeGreaterThan(0.1)
  })
})

describe('without the engine', () => {
  it('says what cannot be asked', async () => {
    await useBackend('reference')
    expect(explainPlan([1, 5, 5, 1], [3, 3, 1, 1])).toMatchObject({ algorithm: 'loops', kernel: 'reference' })
    expect(threads()).toBe(1)
    expect(() => setThreads(2)).toThrow(
      "setThreads: the reference backend does not run on the CPU engine. Use 'native'",
    )
    expect(() => fmaPeak()).toThrow('fmaPeak')
  })

  it('refuses what is not a shape, an option or a choice', () => {
    expect(() => explainPlan(null as never, [3, 3, 1, 1])).toThrow(ConvokeError)
    expect(() => explainPlan([1, 5, 5, 1], 'shape' as never)).toThrow(ConvokeError)
    expect(() => explainPlan([1, 5, 5, 1], [3, 3, 1, 1], { strides: 2 } as never)).toThrow('no option "strides"')
    expect(() => explainPlan([1, 5, 5, 1], [3, 3, 1, 1], { precision: 'high' as never })).toThrow("'fast'")
  })

  it('refuses filters that do not fit', () => {
    expect(() => explainPlan([1, 5, 5, 2], [3, 3, 1, 1])).toThrow('explainPlan: the filter expects 1 input channels')
  })
})

it('refuses what is not a shape', () => {
  for (const wrong of [null, 3, 'shape', [1, -2, 3], [Number.NaN]]) {
    expect(() => explainPlan(wrong as unknown as number[], [3, 3, 1, 1])).toThrow('explainPlan: the shape is')
  }
})

it.each(engines)('has nothing to plan for an empty batch on %s', async (name) => {
  await useBackend(name)
  const { algorithm, reason } = explainPlan([0, 9, 4], [3, 4, 5])
  expect([algorithm, reason]).toEqual(['loops', 'there is nothing to compute'])
})

describe.each(engines)('what correlates pictures on %s', (name) => {
  const gaussian = [1, 6, 15, 20, 15, 6, 1].map((tap) => tap / 64)
  const product = gaussian.map((a) => gaussian.map((b) => a * b))
  const picture = [120, 160, 3]

  it('is a sum over all taps, or two passes where the kernel is a column times a row', async () => {
    await useBackend(name)
    const kernelOf = (kernel: Parameters<typeof explainCorrelate>[1]) => explainCorrelate(picture, kernel).algorithm
    expect(kernelOf([7, 7])).toBe('picture')
    expect(kernelOf(tensor(product))).toBe('two passes')
    expect(kernelOf([tensor(gaussian), tensor(gaussian)])).toBe('two passes')
    const off = product.map((row, i) => row.map((tap, j) => (i === 0 && j === 6 ? tap * 1.01 : tap)))
    expect(kernelOf(tensor(off))).toBe('picture')
    // So few taps are as fast in one pass.
    expect(kernelOf(tensor([1, 2, 1].map((a) => [a, 2 * a, a])))).toBe('picture')
    expect(explainCorrelate(picture, [7, 7], { boundary: 'mirror', mode: 'same' }).kernel).toMatch(/^picture \d+x1 /)
  })

  it('is padding and convolutions where no kernel does it whole', async () => {
    await useBackend(name)
    for (const [shape, kernel, options] of [
      [picture, [3, 3], { stride: 2 }],
      [[9, 9, 9], [3, 3, 3], {}],
      [[9, 9, 65], [3, 3], {}],
    ] as const) {
      expect(explainCorrelate(shape, kernel, options).algorithm).toBe('composed')
    }
    expect(() => explainCorrelate([5, 5], [3, 3, 3])).toThrow('explainCorrelate: an input of shape [5, 5] does not fit')
    expect(() => explainCorrelate([5, 5], [7, 3])).toThrow('explainCorrelate: ')
  })

  it('gives what padding and a convolution of each channel give', async () => {
    await useBackend(name)
    const x = randomNormal([37, 45, 3], { seed: 1 })
    const kernel = tensor(product)
    for (const boundary of ['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const) {
      const options = { mode: 'same', boundary } as const
      const alone = correlate(x, kernel, options)
      // Watched for gradients, it is composed.
      const { value } = valueAndGradients(() => sum(square(subtract(correlate(x, kernel, options), alone))), [x])
      expect(value.item()).toBeLessThan(1e-9)
    }
  })
})
