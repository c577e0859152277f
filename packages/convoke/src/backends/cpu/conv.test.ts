// Convolution and matrix products as the engine runs them, planner and threads included.

import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec, convTransposeSpec, describeConv } from '../../shapes/conv-spec.ts'
import { randomSource } from '../../tensor/index.ts'
import type { Activation, Backend, Epilogue } from '../backend.ts'
import * as kernels from '../kernels/index.ts'
import { createReferenceBackend } from '../reference/index.ts'
import { createCpuBackend } from './backend.ts'
import { nativeRuntime } from './runtime/native/index.ts'
import { platform } from './runtime/platform/node.ts'
import type { RuntimeOrReason } from './runtime/runtime.ts'
import { wasmRuntime } from './runtime/wasm/index.ts'

const runtimes: readonly (readonly [string, RuntimeOrReason])[] = [
  ['avx512', nativeRuntime(platform, { isa: 'avx512', threads: 2 })],
  ['avx2', nativeRuntime(platform, { isa: 'avx2', threads: 2 })],
  ['wasm', wasmRuntime(platform, { threads: 1, strict: true })],
  ['relaxed wasm', wasmRuntime(platform, { threads: 1 })],
]
const engines = runtimes.flatMap(([name, found]) => ('runtime' in found ? [[name, found.runtime] as const] : []))

type Arrays = readonly Float32Array[]

function run(backend: Backend, conv: ConvSpec, epilogue: Epilogue | null, arrays: Arrays): Float32Array {
  const inputs = arrays.map((data) => {
    const buffer = backend.allocate('float32', data.length)
    backend.write(buffer, data)
    return buffer
  })
  const output = backend.allocate('float32', sizeOf(convShapes(conv).output))
  backend.run(kernels.conv, { conv, epilogue, precision: 'exact' }, inputs, [output])
  const result = backend.readSync!(output) as Float32Array
  for (const buffer of [...inputs, output]) backend.release(buffer)
  return result
}

/** Draws specs in which every way to compute a convolution comes up, large borders and few channels among them. */
function draws(seed: number) {
  const source = randomSource(seed)
  const whole = (least: number, most: number): number => least + Math.floor(source.uniform() * (most - least + 1))
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]
  const times = <T>(count: number, make: (axis: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
  const spec = (): ConvSpec => {
    const rank = whole(1, 3)
    const groups = pick([1, 1, 1, 2, 3, 8, 17, 32])
    const inputs = pick(groups > 8 ? [1, 1, 2, 4] : [1, 2, 3, 5, 8, 13, 16, 32])
    const outputs = pick(groups > 8 || inputs === 1 ? [1, 1, 2, 3, 4] : [1, 2, 3, 8, 13, 16, 17, 33, 70])
    const kernel = times(rank, () => pick(rank === 3 ? [1, 2, 3] : [1, 2, 3, 5, 7]))
    const dilation = times(rank, () => pick([1, 1, 1, 2, 3]))
    const extent = (axis: number): number => (kernel[axis] - 1) * dilation[axis] + 1
    const padding = times(rank, (axis): [number, number] => [whole(0, extent(axis)), whole(0, extent(axis))])
    const most = [60, 20, 5][rank - 1]
    const size = times(rank, (axis) => Math.max(1, extent(axis) - padding[axis][0] - padding[axis][1]) + whole(0, most))
    const options = { stride: times(rank, () => pick([1, 1, 2, 3])), padding, dilation, groups }
    const [x, f] = [
      [whole(1, 2), ...size, inputs * groups],
      [...kernel, inputs, outputs * groups],
    ]
    return convSpec('conv', x, f, options)
  }
  const activations: readonly (Activation | null)[] = [
    ...[null, null, { kind: 'relu' } as const, { kind: 'clip', low: -0.5, high: 1 } as const],
    ...[{ kind: 'leakyRelu', alpha: 0.1 } as const, { kind: 'gelu' } as const, { kind: 'hardSwish' } as const],
  ]
  const epilogue = (): Epilogue => ({ bias: whole(0, 1) > 0, residual: whole(0, 2) > 1, activation: pick(activations) })
  const floats = (length: number): Float32Array => Float32Array.from({ length }, () => source.uniform() * 2 - 1)
  return { spec, epilogue, floats }
}

/** n sums of random sign grow to √n, and so does their rounding against them: n units in the last place. */
const tolerance = (conv: ConvSpec): number => 2e-6 + 6e-8 * (sizeOf(convShapes(conv).filter) / conv.outputChannels)

const samples = 80

describe.each(engines)('convolution on %s', (_, runtime) => {
  const backend = createCpuBackend(runtime)

  it('agrees with the reference on specs drawn at random', () => {
    const reference = createReferenceBackend()
    const draw = draws(11)
    for (let sample = 0; sample < samples; sample++) {
      const [conv, epilogue] = [draw.spec(), draw.epilogue()]
      const { input, filter, output } = convShapes(conv)
      const shapes = [input, filter, ...(epilogue.bias ? [[conv.outputChannels]] : [])]
      const arrays = [...shapes, ...(epilogue.residual ? [output] : [])].map((shape) => draw.floats(sizeOf(shape)))
      const [actual, expected] = [backend, reference].map((one) => run(one, conv, epilogue, arrays))
      const limit = tolerance(conv)
      const at = expected.findIndex((value, i) => !(Math.abs(value - actual[i]) <= limit))
      expect(at, `${describeConv(conv)} ${JSON.stringify(epilogue)}: [${at}] ${actual[at]}, not ${expected[at]}`).toBe(
        -1,
      )
    }
  })

  it('passes over the pixels that output padding added, as the gradient of a transposed convolution', () => {
    const conv = convTransposeSpec('conv', [2, 5, 5, 3], [1, 1, 20, 3], { dilation: 2, outputPadding: 1 })
    const { input, filter } = convShapes(conv)
    const arrays = [draws(14).floats(sizeOf(input)), draws(15).floats(sizeOf(filter))]
    const [actual, expected] = [backend, createReferenceBackend()].map((one) => run(one, conv, null, arrays))
    expected.forEach((value, i) => {
      expect(Math.abs(value - actual[i]), `[${i}] ${actual[i]}, not ${value}`).toBeLessThan(tolerance(conv))
    })
  })

  const layers = [
    convSpec('conv', [2, 19, 23, 20], [3, 3, 20, 40], { padding: 'same' }),
    convSpec('conv', [2, 13, 9, 32], [3, 3, 32, 5], { padding: 'same' }),
    convSpec('conv', [2, 29, 61, 3], [5, 5, 1, 3], { padding: 'same', groups: 3 }),
    convSpec('conv', [2, 12, 12, 24], [1, 1, 24, 33], {}),
    convSpec('conv', [2, 15, 15, 40], [3, 3, 1, 40], { padding: 'same', groups: 40, stride: 2 }),
  ]

  it.each(layers.map((conv) => [describeConv(conv), conv] as const))(
    'gives the bits of %s whatever the number of threads',
    (_, conv) => {
      const draw = draws(12)
      const { input, filter } = convShapes(conv)
      const arrays = [draw.floats(sizeOf(input)), draw.floats(sizeOf(filter))]
      const before = runtime.threads()
      const results = (runtime.name === 'native' ? [1, 2, 3] : [1]).map((count) => {
        runtime.setThreads(count)
        return run(backend, conv, null, arrays)
      })
      runtime.setThreads(before)
      for (const result of results.slice(1)) expect(result).toEqual(results[0])
    },
  )

  it.each(layers.map((conv) => [describeConv(conv), conv] as const))(
    'gives the bits of %s whatever stands beside an image or a strip of it',
    (_, conv) => {
      const draw = draws(13)
      const { input, filter, output } = convShapes(conv)
      const arrays = [draw.floats(sizeOf(input)), draw.floats(sizeOf(filter))]
      const all = run(backend, conv, null, arrays)
      // The second image alone, without its first rows: outputs that reach none of them are the same.
      const [, height, width, channels] = input
      const cut = 4
      const part = arrays[0].slice((height + cut) * width * channels)
      const options = { stride: conv.stride, groups: conv.groups, padding: conv.padding }
      const alone = convSpec('conv', [1, height - cut, width, channels], filter, options)
      const result = run(backend, alone, null, [part, arrays[1]])
      const skipped = Math.ceil(conv.padding[0][0] / conv.stride[0])
      const row = output[2] * output[3]
      const [from, to] = [skipped * row, (output[1] + cut / conv.stride[0] + skipped) * row]
      expect(result.slice(from)).toEqual(all.slice(to))
    },
  )
})
