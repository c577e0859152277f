// PyTorch in a process of its own, where a Python has it.

import { pytorchVariable, startPython } from '../peers/python.ts'

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

/** PyTorch's own setting does not reach every library of products that it may be built with. */
const environmentFor = (threads: number): NodeJS.ProcessEnv => {
  const libraries = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS']
  return { ...process.env, ...Object.fromEntries(libraries.map((name) => [name, String(threads)])) }
}

/** On so many threads; null where no Python has it. */
export async function startPyTorch(threads: number): Promise<PyTorch | null> {
  const python = await startPython<{ version: string }>({
    name: 'PyTorch',
    module: 'torch',
    script: 'recurrent/pytorch.py',
    variable: pytorchVariable,
    environment: environmentFor(threads),
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
