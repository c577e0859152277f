// SciPy and FFTW in a process of their own, where Python has them.

import { startPython } from '../peers/python.ts'
import type { TransformCase } from './cases.ts'

export interface Peers {
  readonly version: string
  /** Whether FFTW's library is there (Debian: libfftw3-single3). */
  readonly fftw: boolean
  /** A file of float32 for a case; answers with elements of the result and the largest of all. */
  readonly load: (
    task: TransformCase,
    file: string,
    sample: readonly number[],
  ) => Promise<{ readonly sample: readonly number[]; readonly peak: number }>
  /** Milliseconds of one of so many runs. */
  readonly run: (peer: 'scipy' | 'fftw', times: number) => Promise<number>
  readonly close: () => void
}

/** Null where no Python has SciPy. */
export async function startPeers(): Promise<Peers | null> {
  const python = await startPython<{ version: string; fftw: boolean }>({
    name: 'SciPy',
    module: 'scipy.fft',
    script: 'fft/transforms.py',
  })
  return (
    python && {
      ...python.hello,
      load: (task, file, sample) => python.ask({ load: task, file, sample }),
      run: async (peer, times) => (await python.ask<{ ms: number }>({ run: peer, times })).ms,
      close: python.close,
    }
  )
}
