// SciPy and FFTW in a process of their own, where Python has them.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
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

/** Debian's packages are for its own Python, which need not be the first in the path. */
const pythons = ['/usr/bin/python3', 'python3']

const hasScipy = (python: string): boolean =>
  spawnSync(python, ['-c', 'import scipy.fft'], { stdio: 'ignore' }).status === 0

/** Null where no Python has SciPy. */
export async function startPeers(): Promise<Peers | null> {
  const python = pythons.find(hasScipy)
  if (python === undefined) return null
  // Beside this file in the sources; the bundle stands in a folder next to them.
  const script = fileURLToPath(new URL('../src/fft/transforms.py', import.meta.url))
  const child: ChildProcess = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) return null
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the process with SciPy ended early')
    return JSON.parse(value) as T
  }
  const ask = <T>(request: object): Promise<T> => {
    stdin.write(`${JSON.stringify(request)}\n`)
    return answer<T>()
  }
  const { version, fftw } = await answer<{ version: string; fftw: boolean }>()
  return {
    version,
    fftw,
    load: (task, file, sample) => ask({ load: task, file, sample }),
    run: async (peer, times) => (await ask<{ ms: number }>({ run: peer, times })).ms,
    close: () => stdin.end(),
  }
}
