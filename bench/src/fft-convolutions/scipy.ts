// SciPy in a process of its own, where Python has it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
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

/** Debian's packages are for its own Python, which need not be the first in the path. */
const pythons = ['python3', '/usr/bin/python3']

const hasSciPy = (python: string): boolean =>
  spawnSync(python, ['-c', 'import scipy.signal'], { stdio: 'ignore' }).status === 0

/** Null where no Python has it. */
export async function startSciPy(): Promise<SciPy | null> {
  const python = pythons.find(hasSciPy)
  if (python === undefined) return null
  // Beside this file in the sources; the bundle stands in a folder next to them.
  const script = fileURLToPath(new URL('../src/fft-convolutions/convolutions.py', import.meta.url))
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
  const { version } = await answer<{ version: string }>()
  return {
    version,
    load: async (files, { input, kernel, mode }) =>
      (await ask<{ way: string }>({ load: files, shape: input, kernel, mode })).way,
    run: (sample) => ask<Timed>({ sample }),
    close: () => stdin.end(),
  }
}
