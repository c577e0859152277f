// PyTorch in a process of its own, where a Python has it.

import { libraryThreads, pytorchVariable, startPython } from '../peers/python.ts'

/** float32 in base 64, and the shape. */
export type Sent = readonly [data: string, shape: readonly number[]]

export interface Timed {
  readonly ms: number
  /** Elements of the result: of the output, in training of the input's gradient. */
  readonly sample: readonly number[]
}

export interface PyTorch {
  readonly version: string
  readonly load: (layer: {
    readonly kind: string
    readonly features: number
    readonly units: number
    readonly training: boolean
    readonly parameters: Readonly<Record<string, Sent>>
    readonly input: Sent
  }) => Promise<void>
  readonly run: (sample: readonly number[]) => Promise<Timed>
  readonly close: () => void
}

/** On so many threads; null where no Python has it. */
export async function startPyTorch(threads: number): Promise<PyTorch | null> {
  const python = await startPython<{ version: string }>({
    name: 'PyTorch',
    module: 'torch',
    script: 'recurrent/pytorch.py',
    variable: pytorchVariable,
    environment: libraryThreads(threads),
  })
  await python?.ask({ threads })
  return (
    python && {
      version: python.hello.version,
      load: async (layer) => void (await python.ask({ load: layer })),
      run: (sample) => python.ask<Timed>({ run: sample }),
      close: python.close,
    }
  )
}
