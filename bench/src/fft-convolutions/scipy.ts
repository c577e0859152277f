// SciPy in a process of its own, where Python has it.

import { startPython } from '../peers/python.ts'
import type { ConvolutionCase } from './cases.ts'

export interface Timed {
  readonly ms: number
  /** Elements of the result. */
  readonly sample: readonly number[]
}

export interface SciPy {
  readonly version: string
  /** Files of float32; answers which function it will take. */
  readonly load: (files: readonly [string, string], task: ConvolutionCase) => Promise<string>
  readonly run: (sample: readonly number[]) => Promise<Timed>
  readonly close: () => void
}

/** Null where no Python has it. */
export async function startSciPy(): Promise<SciPy | null> {
  const python = await startPython<{ version: string }>({
    name: 'SciPy',
    module: 'scipy.signal',
    script: 'fft-convolutions/convolutions.py',
  })
  return (
    python && {
      version: python.hello.version,
      load: async (files, { input, kernel, mode }) =>
        (await python.ask<{ way: string }>({ load: files, shape: input, kernel, mode })).way,
      run: (sample) => python.ask<Timed>({ sample }),
      close: python.close,
    }
  )
}
