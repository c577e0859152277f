// ONNX Runtime's single operators, one thread: a model of one node made for each case.

import type { OnnxRuntime, OnnxRuntimeSession } from '../peers/onnx.ts'
import { type OnnxModel, type OnnxTensor, writeOnnx } from '../peers/onnx-writer.ts'
import { isIndex, type OnnxConstant, type OpCase, peerShape } from './op-case.ts'

export interface Onnx {
  readonly version: string
  /** Prepares a case with inputs as the peers hold them, or says why it cannot. */
  readonly prepare: (task: OpCase, data: readonly Float32Array[]) => Promise<OnnxRun | string>
}

export interface OnnxRun {
  readonly run: () => Promise<unknown>
  /** The result that Convoke gives. */
  readonly values: () => ArrayLike<number>
  readonly close: () => Promise<void>
}

function initializer(constant: OnnxConstant, i: number): OnnxTensor | null {
  if (constant === null) return null
  const name = `c${i}`
  if ('scalar' in constant) return { name, shape: [], data: Float32Array.of(constant.scalar) }
  if ('scalarInt' in constant) return { name, shape: [], data: BigInt64Array.of(BigInt(constant.scalarInt)) }
  if ('float32' in constant)
    return { name, shape: [constant.float32.length], data: Float32Array.from(constant.float32) }
  return { name, shape: [constant.int64.length], data: BigInt64Array.from(constant.int64, BigInt) }
}

/** One node; the shapes of its results are left for the runtime to find. */
export function onnxModelOf({ inputs, onnx }: OpCase): OnnxModel {
  const { operator = '', attributes = {}, constants = [], outputs = ['float32'] } = onnx ?? {}
  return {
    ...{ operator, attributes, initializers: constants.map(initializer) },
    inputs: inputs.map((input, i) => ({
      ...{ name: `x${i}`, shape: peerShape(input), type: isIndex(input) ? 'int64' : 'float32' },
    })),
    outputs: outputs.map((type, i) => ({ name: `y${i}`, shape: null, type })),
  }
}

/** Null where the package is not installed. */
export async function startOnnx(): Promise<Onnx | null> {
  let runtime: OnnxRuntime
  let version: string
  try {
    const { default: found } = await import('onnxruntime-node')
    runtime = found
    version = found.env.versions.common
  } catch {
    return null
  }
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 }
  return {
    version,
    prepare: async (task, data) => {
      let session: OnnxRuntimeSession
      try {
        session = await runtime.InferenceSession.create(writeOnnx(onnxModelOf(task)), options)
      } catch (error) {
        return error instanceof Error ? error.message.split('\n')[0] : String(error)
      }
      const feeds = Object.fromEntries(
        task.inputs.map((input, i) => {
          const tensor = isIndex(input)
            ? new runtime.Tensor('int64', BigInt64Array.from(data[i], BigInt), peerShape(input))
            : new runtime.Tensor('float32', data[i], peerShape(input))
          return [`x${i}`, tensor]
        }),
      )
      // The first result tells shapes; those that come next are written into it, so that nobody pays for fresh memory.
      const results = await session.run(feeds)
      return {
        run: () => session.run(feeds, results),
        values: () => {
          const first: ArrayLike<number> | BigInt64Array = results[`y${task.onnx?.result ?? 0}`].data
          return first instanceof BigInt64Array ? Array.from(first, Number) : first
        },
        close: () => session.release(),
      }
    },
  }
}
