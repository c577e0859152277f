import { describe, expect, test } from 'vitest'
import { checkCase } from './check-case.ts'
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
