import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../shapes/conv-spec.ts'
import { relativeError } from '../../../testing/check-op.ts'
import type { Backend, KernelName, KernelSpecs, TypedArray } from '../../backend.ts'
import * as kernels from '../../kernels/index.ts'
import { createCpuBackend } from '../backend.ts'
import { awkwardSpecs, randomSpec, specOf } from '../kernels/convolution/testing/specs.ts'
import { randomArray, reference } from '../kernels/testing/compare.ts'
import { largestError } from '../kernels/testing/numbers.ts'
import {
  gradientErrorBound,
  gradientLayout,
  typicalGradientError,
  winogradGradientCosts,
} from '../kernels/winograd/index.ts'
import { nativeRuntime } from '../runtime/native/index.ts'
import { platform } from '../runtime/platform/node.ts'
import type { RuntimeOrReason } from '../runtime/runtime.ts'
import { wasmRuntime } from '../runtime/wasm/index.ts'
import { kernelNamed } from '../testing/kernel-named.ts'
import { planKernel } from './index.ts'

const makers: readonly (readonly [string, () => RuntimeOrReason])[] = [
  ['native avx512', () => nativeRuntime(platform, { isa: 'avx512', threads: 2 })],
  ['native avx2', () => nativeRuntime(platform, { isa: 'avx2', threads: 2 })],
  ['wasm', () => wasmRuntime(platform, { threads: 2, strict: true })],
  ['the best wasm', () => wasmRuntime(platform, { threads: 2 })],
]

interface Case<K extends KernelName> {
  readonly kernel: K
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly TypedArray[]
  readonly length: number
}

function casesOf(
  conv: ConvSpec,
): readonly (Case<'convFilterGradient'> | Case<'convTranspose'> | Case<'unfold'> | Case<'fold'>)[] {
  const { input, filter, output } = convShapes(conv)
  const [x, f, y] = [input, filter, output].map((shape, i) => randomArray('float32', sizeOf(shape), i + 1))
  const columns = randomArray('float32', (y.length / conv.outputChannels) * sizeOf(conv.kernel) * conv.inputChannels, 4)
  const epilogue = { bias: true, residual: true, activation: { kind: 'leakyRelu', alpha: 0.1 } } as const
  const bias = randomArray('float32', conv.inputChannels, 5)
  return [
    { kernel: 'convFilterGradient', spec: { conv, precision: 'fast' }, inputs: [x, y], length: f.length },
    { kernel: 'convTranspose', spec: { conv, epilogue: null, precision: 'fast' }, inputs: [y, f], length: x.length },
    { kernel: 'convTranspose', spec: { conv, epilogue, precision: 'fast' }, inputs: [y, f, bias, x], length: x.length },
    { kernel: 'unfold', spec: { conv }, inputs: [x], length: columns.length },
    { kernel: 'fold', spec: { conv }, inputs: [columns], length: x.length },
  ]
}

function runOn(backend: Backend, { kernel, spec, inputs, length }: Case<KernelName>): TypedArray {
  const given = inputs.map((data) => {
    const buffer = backend.allocate('float32', data.length)
    backend.write(buffer, data)
    return buffer
  })
  const made = backend.allocate('float32', length)
  backend.run(kernelNamed(kernel), spec, given, [made])
  const result = backend.readSync!(made)
  for (const buffer of [...given, made]) backend.release(buffer)
  return result
}

describe.each(makers)('gradients of convolution on %s', (name, make) => {
  const found = make()
  if (!('runtime' in found)) {
    test.skip(`are not tested: ${found.reason}`, () => {})
    return
  }
  const { runtime } = found
  const backend = createCpuBackend(runtime)

  function check(conv: ConvSpec): void {
    for (const entry of casesOf(conv)) {
      runtime.setThreads(2)
      const actual = runOn(backend, entry)
      runtime.setThreads(1)
      expect(runOn(backend, entry), `${entry.kernel} on one thread and two, ${describeConv(conv)}`).toEqual(actual)
      const [expected] = reference(entry.kernel, entry.spec, entry.inputs, [{ dtype: 'float32', length: entry.length }])
      const what = `${entry.kernel}, ${describeConv(conv)}, ${name}`
      expect(relativeError(actual, expected), what).toBeLessThan(2e-6)
    }
  }

  test('agree with the reference to rounding, on any number of threads, where sizes are awkward', () => {
    for (const options of awkwardSpecs) check(specOf(options))
  })

  /** What Winograd takes: several blocks of tiles, and panels of channels. */
  const winograd: readonly ConvSpec[] = [
    specOf({ batch: 3, size: [23, 27], channels: [20, 33], kernel: [3, 3], padding: 1 }),
    specOf({ batch: 2, size: [12, 11], channels: [136, 130], kernel: [3, 3], padding: 1 }),
    specOf({ batch: 2, size: [21, 18], channels: [17, 40], kernel: [5, 5], padding: 2 }),
    specOf({ batch: 4, size: [20, 19], channels: [32, 16], kernel: [3, 3], padding: 2, dilation: [2, 1] }),
  ]

  test.each(winograd.map((conv) => [describeConv(conv), conv] as const))(
    'in the filter by Winograd stay within its proven bound, on any number of threads: %s',
    (_, conv) => {
      const spec = { conv, precision: 'fast' } as const
      const { input, filter, output } = convShapes(conv)
      const [x, y] = [input, output].map((shape, i) => randomArray('float32', sizeOf(shape), i + 1))
      const described = [{ dtype: 'float32', length: sizeOf(filter) }] as const
      const planned = planKernel({ kernel: kernels.convFilterGradient, spec, inputs: [], outputs: described, runtime })
      expect('plan' in planned && planned.algorithm).toBe('winograd')
      const entry: Case<'convFilterGradient'> = {
        ...{ kernel: 'convFilterGradient', spec, inputs: [x, y], length: sizeOf(filter) },
      }
      const [actual, ...others] = [1, 2, 3].map((threads) => {
        runtime.setThreads(threads)
        return runOn(backend, entry)
      })
      for (const other of others) expect(other).toEqual(actual)
      const [expected] = reference('convFilterGradient', spec, [x, y], described)
      const [{ tile }] = winogradGradientCosts(conv, runtime.target)
      const layout = gradientLayout(conv, tile)
      // Data in −10 … 10.
      const bound = 100 * layout.tiles * gradientErrorBound(layout)
      const scale = 100 * Math.sqrt((conv.batch * sizeOf(conv.outputSize)) / 9)
      const error = largestError(actual, expected)
      expect(error).toBeLessThan(bound)
      expect(error).toBeLessThan(12 * scale * typicalGradientError(layout))
    },
  )

  test('agree with the reference on random convolutions', () => {
    for (let seed = 1; seed <= 60; seed++) check(randomSpec(seed, 200_000))
  })
})
