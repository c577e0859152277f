import { describe, expect, test } from 'vitest'
import { convShapes, convSpec } from '../../shapes/conv-spec.ts'
import type { CorrelateSpec } from '../backend.ts'
import * as kernels from '../kernels/index.ts'
import { correlate } from '../reference/correlate.ts'
import { createCpuBackend } from './backend.ts'
import type { EngineBuffer } from './engine-buffer.ts'
import { largestError, randomFloats, sizeOf } from './kernels/testing/numbers.ts'
import { openTargets, targetNames } from './testing/fuzz/targets.ts'

const { targets } = openTargets(targetNames)

const pictureOf = (size: number, taps: number, method: 'direct' | 'fft', turned: boolean): CorrelateSpec => ({
  conv: convSpec('test', [1, size, size, 1], [taps, taps, 1, 1], { padding: 'same' }),
  ...{ boundary: 'zero', factors: false, method, turned },
})

describe.each(targets)('a kernel on $name', ({ backends: [{ runtime }] }) => {
  const backend = createCpuBackend(runtime)
  const filled = (values: Float32Array): EngineBuffer => {
    const buffer = backend.allocate('float32', values.length) as EngineBuffer
    backend.write(buffer, values)
    return buffer
  }
  const filter = (spec: CorrelateSpec, x: Float32Array, kernel: EngineBuffer): Float32Array => {
    const length = sizeOf(convShapes(spec.conv).output)
    const [from, to] = [filled(x), backend.allocate('float32', length)]
    backend.run(kernels.correlate, spec, [from, kernel], [to])
    const result = backend.readSync!(to) as Float32Array
    for (const buffer of [from, to]) backend.release(buffer)
    return result
  }
  const expected = (spec: CorrelateSpec, x: Float32Array, taps: Float32Array): Float32Array => {
    const y = new Float32Array(sizeOf(convShapes(spec.conv).output))
    correlate(spec, [x, taps], [y])
    return y
  }

  test.each([
    ['its spectrum', 'fft', true],
    ['its spectrum, not turned', 'fft', false],
    ['its packed taps', 'direct', true],
  ] as const)('keeps %s from picture to picture, and makes it anew when it is written to', (_, method, turned) => {
    const spec = pictureOf(24, 9, method, turned)
    const [first, second] = [randomFloats(81, 1), randomFloats(81, 2)]
    const kernel = filled(first)
    const [x, other] = [randomFloats(576, 3), randomFloats(576, 4)]
    expect(largestError(filter(spec, x, kernel), expected(spec, x, first))).toBeLessThan(1e-5)
    const kept = [...kernel.derived!.values()]
    expect(kept).toHaveLength(1)
    expect(largestError(filter(spec, other, kernel), expected(spec, other, first))).toBeLessThan(1e-5)
    expect([...kernel.derived!.values()]).toEqual(kept)
    backend.write(kernel, second)
    expect(kernel.derived).toBeUndefined()
    expect(largestError(filter(spec, x, kernel), expected(spec, x, second))).toBeLessThan(1e-5)
    backend.release(kernel)
  })

  test('keeps the forms of the last eight sizes of pictures', () => {
    const kernel = filled(randomFloats(81, 1))
    const sizes = Array.from({ length: 12 }, (_, i) => 10 + 11 * i)
    for (const size of sizes) filter(pictureOf(size, 9, 'fft', true), randomFloats(size * size, 5), kernel)
    expect(kernel.derived!.size).toBeLessThanOrEqual(8)
    expect(kernel.derived!.size).toBeGreaterThan(1)
    backend.release(kernel)
  })
})
