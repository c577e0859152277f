// ONNX Runtime's single operators, one thread: a model of one node made for each case.

import type { OnnxRuntime, OnnxRuntimeSession } from '../peers/onnx.ts'
import { type OnnxModel, writeOnnx } from '../peers/onnx-writer.ts'
import type { OpCase, OpInput } from './op-case.ts'

export interface Onnx {
  /** A call and what ends it, or why there is none. */
  readonly prepare: (task: OpCase, data: readonly Float32Array[]) => Promise<OnnxRun | string>
}

export interface OnnxRun {
  readonly run: () => Promise<unknown>
  readonly close: () => Promise<void>
}

const isIndex = ({ filling }: OpInput): boolean => typeof filling === 'object'

/** `outputShape` is Convoke's; outputs of another rank or order are left for the runtime to find. */
export function onnxModelOf({ inputs, onnx }: OpCase): OnnxModel {
  const { operator = '', attributes = {}, constants = [], outputs = ['float32'] } = onnx ?? {}
  return {
    operator,
    attributes,
    inputs: inputs.map((input, i) => ({
      name: `x${i}`,
      shape: input.peer ?? input.shape,
      type: isIndex(input) ? 'int64' : 'float32',
    })),
    initializers: constants.map((constant, i) => {
      if (constant === null) return null
      const data =
        'int64' in constant
          ? BigInt64Array.from(constant.int64, (value) => BigInt(value))
          : Float32Array.from(constant.float32)
      return { name: `c${i}`, shape: [data.length], data }
    }),
    outputs: outputs.map((type, i) => ({ name: `y${i}`, shape: null, type })),
  }
}

/** Null where the package is not installed. */
export async function startOnnx(): Promise<Onnx | null> {
  let runtime: OnnxRuntime
  try {
    runtime = (await import('onnxruntime-node')).default
  } catch {
    return null
  }
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 }
  return {
    prepare: async (task, data) => {
      if (task.onnx === undefined) return 'no such operator'
      let session: OnnxRuntimeSession
      try {
        session = await runtime.InferenceSession.create(writeOnnx(onnxModelOf(task)), options)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
      const feeds = Object.fromEntries(
        task.inputs.map((input, i) => {
          const shape = input.peer ?? input.shape
          const tensor = isIndex(input)
            ? new runtime.Tensor('int64', BigInt64Array.from(data[i], BigInt), shape)
            : new runtime.Tensor('float32', data[i], shape)
          return [`x${i}`, tensor]
        }),
      )
      // The first result tells shapes; those that come next are written into it, so that nobody pays for fresh memory.
      const results = await session.run(feeds)
      return { run: () => session.run(feeds, results), close: () => session.release() }
    },
  }
}
