// ONNX Runtime, native and WebAssembly: channels-first models with the filter as a constant, every graph optimisation
// on, outputs preallocated, its own intra-op threads.

import { ConvokeError } from 'convoke'
import type { Contender, Family, Prepared } from '../contender.ts'
import {
  channelsFirstShape,
  filterFirstShape,
  filterToChannelsFirst,
  toChannelsFirst,
  toChannelsLast,
} from '../layout.ts'
import type { Workload } from '../workload.ts'
import { type OnnxModel, writeOnnx } from './onnx-writer.ts'

/** The part of onnxruntime-common that both packages share and the benchmark calls. */
export interface OnnxRuntime {
  readonly Tensor: new (
    type: 'float32' | 'int64',
    data: Float32Array | BigInt64Array,
    dims: readonly number[],
  ) => OnnxRuntimeTensor
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxRuntimeSession>
  }
}

export interface OnnxRuntimeTensor {
  readonly data: Float32Array
}

type Values = Readonly<Record<string, OnnxRuntimeTensor>>

export interface OnnxRuntimeSession {
  run(feeds: Values, fetches?: Values): Promise<Values>
  release(): Promise<void>
}

/** The layer as an ONNX model: `Conv` or `ConvTranspose` with one input `x` and one output `y`. */
export function onnxModel({ layer, spec, inputShape, outputShape, filterShape, filter }: Workload): OnnxModel {
  const pairs = spec.padding
  return {
    operator: layer.op === 'conv' ? 'Conv' : 'ConvTranspose',
    attributes: {
      kernel_shape: spec.kernel,
      strides: spec.stride,
      pads: [...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)],
      dilations: spec.dilation,
      group: spec.groups,
    },
    inputs: [{ name: 'x', shape: channelsFirstShape(inputShape) }],
    initializers: [
      { name: 'w', shape: filterFirstShape(filterShape), data: filterToChannelsFirst(filter, filterShape) },
    ],
    outputs: [{ name: 'y', shape: channelsFirstShape(outputShape) }],
  }
}

interface OnnxContender {
  readonly name: string
  readonly family: Family
  readonly threads: number
  readonly runtime: OnnxRuntime
  readonly options: Readonly<Record<string, unknown>>
}

/** ONNX Runtime as a contender. It has no training in JavaScript, so it enters forward workloads only. */
export function onnxContender({ name, family, threads, runtime, options }: OnnxContender): Contender {
  const prepare = async (workload: Workload): Promise<Prepared> => {
    const { inputShape, outputShape, input } = workload
    const model = onnxModel(workload)
    const session = await runtime.InferenceSession.create(writeOnnx(model), {
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      ...options,
    })
    const x = new runtime.Tensor('float32', toChannelsFirst(input, inputShape), channelsFirstShape(inputShape))
    const length = outputShape.reduce((total, size) => total * size, 1)
    const y = new runtime.Tensor('float32', new Float32Array(length), channelsFirstShape(outputShape))
    const run = async (): Promise<void> => {
      await session.run({ x }, { y })
    }
    return {
      ...{ kernel: '', algorithm: '', run },
      outputs: async () => {
        const { y: result } = await session.run({ x })
        return [toChannelsLast(result.data, outputShape)]
      },
      dispose: () => session.release(),
    }
  }
  return { name, family, role: 'peer', threads, enters: ({ mode }) => mode === 'forward', prepare }
}

/** onnxruntime-node on `threads` cores, or an `Error` when the package is not installed. */
export async function openOnnxNode(threads: number): Promise<Contender> {
  const { default: runtime } = await import('onnxruntime-node')
  const options = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 }
  return onnxContender({ name: 'onnxruntime-node', family: 'native', threads, runtime, options })
}

/**
 * onnxruntime-web's WebAssembly SIMD build on `threads` threads. The count is global and fixed by the first session, so
 * a process runs with one. `wasmPaths` is where the page finds the binaries; Node knows by itself.
 */
export async function openOnnxWeb(threads: number, wasmPaths?: string): Promise<Contender> {
  const { default: runtime } = await import('onnxruntime-web')
  if (threads > 1 && typeof SharedArrayBuffer === 'undefined') {
    throw new ConvokeError('onnxruntime-web: threads need SharedArrayBuffer. Serve the page cross-origin isolated.')
  }
  runtime.env.wasm.numThreads = threads
  runtime.env.wasm.proxy = false
  if (wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wasmPaths
  const options = { executionProviders: ['wasm'] }
  return onnxContender({ name: 'onnxruntime-web', family: 'wasm', threads, runtime, options })
}
