import { describe, expect, test } from 'vitest'
import { planKernel } from '../../plan/index.ts'
import { checkCase, plansOf } from './check-case.ts'
import { drawCase, kernelNames, kernelOf } from './draw-case.ts'
import { describeFailure, fuzz } from './fuzz.ts'
import type { FuzzCase } from './fuzz-case.ts'
import { openTargets, targetNames } from './targets.ts'

const { targets, missing } = openTargets(targetNames)

describe('the fuzzer', () => {
  test('draws the same case for the same seed and number, and has every kernel', () => {
    expect(drawCase(5, 9)).toEqual(drawCase(5, 9))
    expect(drawCase(5, 9)).not.toEqual(drawCase(6, 9))
    const drawn = new Set(Array.from({ length: 1000 }, (_, i) => kernelOf(1, i)))
    expect([...drawn].sort()).toEqual([...kernelNames].sort())
  })

  test('draws filter gradients that Winograd takes, of both kernel sizes, with dilation and without', () => {
    const drawn = Array.from({ length: 4000 }, (_, i) => i)
      .filter((i) => kernelOf(3, i) === 'convFilterGradient')
      .map((i) => drawCase(3, i) as FuzzCase<'convFilterGradient'>)
    for (const { name, backends } of targets) {
      const { runtime } = backends[0]
      const fast = drawn.filter(({ kernel, spec }) => {
        const planned = planKernel({ kernel, spec, inputs: [], outputs: [{ dtype: 'float32', length: 1 }], runtime })
        return 'plan' in planned && planned.algorithm === 'winograd'
      })
      const kinds = new Set(
        fast.map(({ spec: { conv } }) => `${conv.kernel[0]}${conv.dilation.some((d) => d > 1) ? ' dilated' : ''}`),
      )
      expect([...kinds].sort(), name).toEqual(['3', '3 dilated', '5', '5 dilated'])
    }
  })

  test('reaches every way to compute a convolution, and every demand', () => {
    const [{ backends }] = targets
    const cases = Array.from({ length: 4000 }, (_, i) => i)
      .filter((index) => kernelOf(1, index) === 'conv')
      .map((index) => drawCase(1, index) as FuzzCase<'conv'>)
    const planned = cases.flatMap((given) => plansOf(given, backends[0]))
    const ways = new Set(planned.map((way) => ('plan' in way ? way.algorithm : 'loops')))
    const known = ['depthwise', 'direct', 'dot', 'fft', 'grouped', 'pointwise', 'separable', 'winograd']
    expect([...ways]).toEqual(expect.arrayContaining(known))
    expect(planned.length).toBeGreaterThan(cases.length)
    expect(cases.some(({ spec }) => spec.training)).toBe(true)
    expect(cases.some(({ inputs: [x] }) => x.data.some(Number.isNaN))).toBe(true)
    expect(cases.some(({ spec: { conv } }) => conv.kernel[0] === 5 && conv.dilation[0] > 1)).toBe(true)
  })

  test('sees a result that is off by little more than rounding', () => {
    const x = Float32Array.from({ length: 50 }, (_, i) => 1 + i / 7)
    const given: FuzzCase<'reduce'> = {
      kernel: 'reduce',
      spec: { op: 'sum', shape: [50], axes: [0] },
      inputs: [{ dtype: 'float32', data: x }],
      outputs: [{ dtype: 'float32', length: 1 }],
      allowance: { kind: 'sum', terms: 50 },
    }
    const [{ name, backends }] = targets
    expect(checkCase(given, [{ name, backends }])).toEqual([])
    // The same engine with one wrong number among its inputs.
    const [honest] = backends
    const write: typeof honest.write = (buffer, data) =>
      honest.write(
        buffer,
        Array.from(data, (value, i) => (i === 49 ? value * 1.001 : value)),
      )
    const crooked = {
      ...honest,
      write,
      readSync: (buffer: Parameters<typeof honest.read>[0]) => honest.readSync!(buffer),
    }
    const failures = checkCase(given, [{ name, backends: [crooked, honest] }])
    expect(failures).toHaveLength(1)
    const text = describeFailure(3, { index: 12, given, failures })
    expect(text).toContain('npm run fuzz -- --seed 3 --only 12')
    expect(text).toContain('{"op":"sum","shape":[50],"axes":[0]}')
  })
})

for (const reason of missing) test.skip(reason, () => {})

test('random questions get the reference’s answers on every target', () => {
  const { failed, cases } = fuzz({ seed: 2, count: 200, kernels: () => true, targets, most: 5 })
  expect(failed.map((failure) => describeFailure(2, failure)).join('\n\n')).toBe('')
  expect(cases).toBe(200)
})
