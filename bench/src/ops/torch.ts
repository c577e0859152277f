// PyTorch in a process of its own, where Python has it: one thread.

import { floatsOf, libraryThreads, pytorchVariable, sentFloats, startPython } from '../peers/python.ts'
import { isIndex, type OpCase, peerShape } from './op-case.ts'

export interface Torch {
  readonly version: string
  /** The vector instructions it runs on, in its own words. */
  readonly instructions: string
  /** Prepares a case with inputs as the peers hold them; the result, or why it cannot. */
  readonly prepare: (task: OpCase, data: readonly Float32Array[]) => Promise<Float32Array | string>
  /** Of the sum of the result times weights, one for each input that has gradients. */
  readonly gradients: (weights: Float32Array) => Promise<readonly Float32Array[] | string>
  /** Milliseconds a call of what was prepared last. */
  readonly time: (backward: boolean, budget: number) => Promise<number>
  readonly close: () => void
}

interface Answer {
  readonly values?: string
  readonly gradients?: readonly string[]
  readonly ms?: number
  readonly error?: string
}

/** Null where no Python has it. */
export async function startTorch(): Promise<Torch | null> {
  const python = await startPython<{ version: string; instructions: string }>({
    ...{ name: 'PyTorch', module: 'torch', script: 'ops/torch.py' },
    ...{ variable: pytorchVariable, environment: libraryThreads(1) },
  })
  if (python === null) return null
  return {
    ...python.hello,
    prepare: async ({ torch, inputs, backward = true }, data) => {
      const given = inputs.map((input, i) => [
        ...[sentFloats(data[i]), peerShape(input), isIndex(input), input.constant ?? false],
      ])
      const { values = '', error } = await python.ask<Answer>({ code: torch, inputs: given, backward })
      return error ?? floatsOf(values)
    },
    gradients: async (weights) => {
      const { gradients = [], error } = await python.ask<Answer>({ weights: sentFloats(weights) })
      return error ?? gradients.map(floatsOf)
    },
    time: async (backward, budget) => (await python.ask<Answer>({ backward, budget })).ms ?? Number.NaN,
    close: python.close,
  }
}
