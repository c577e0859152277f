// PyTorch in a process of its own, where Python has it.

import { pytorchVariable, startPython } from '../peers/python.ts'
import type { OpCase } from './op-case.ts'

export interface Torch {
  readonly version: string
  /** The vector instructions it runs on, in its own words. */
  readonly instructions: string
  /** Why it cannot run this, or undefined. */
  readonly prepare: (task: OpCase) => Promise<string | undefined>
  /** Milliseconds a call, of what was prepared last. */
  readonly time: (backward: boolean, budget: number) => Promise<number>
  readonly close: () => void
}

/** Null where no Python has it. */
export async function startTorch(): Promise<Torch | null> {
  const python = await startPython<{ version: string; instructions: string }>({
    name: 'PyTorch',
    module: 'torch',
    script: 'ops/torch.py',
    variable: pytorchVariable,
  })
  return (
    python && {
      ...python.hello,
      prepare: async ({ torch, inputs }) => {
        const given = inputs.map(({ shape, peer, filling = 'normal' }) => ({ shape: peer ?? shape, filling }))
        return (await python.ask<{ error?: string }>({ code: torch, inputs: given })).error
      },
      time: async (backward, budget) => (await python.ask<{ ms?: number }>({ backward, budget })).ms ?? Number.NaN,
      close: python.close,
    }
  )
}
