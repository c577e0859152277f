// PyTorch in a process of its own, where a Python has it.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

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

/** A Python with PyTorch, or a command that starts one, say in a container; else those in the usual places are tried. */
export const variable = 'CONVOKE_BENCH_PYTORCH'

/** PyTorch's own setting does not reach every library of products that it may be built with. */
const environmentFor = (threads: number): NodeJS.ProcessEnv => {
  const libraries = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS']
  return { ...process.env, ...Object.fromEntries(libraries.map((name) => [name, String(threads)])) }
}

const hasPyTorch = (python: string): boolean =>
  spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0

/** On so many threads; null where no Python has it. */
export async function startPyTorch(threads: number): Promise<PyTorch | null> {
  const named = process.env[variable]
  const python = (named === undefined ? ['python3', '/usr/bin/python3'] : [named]).find(hasPyTorch)
  if (python === undefined) return null
  // Beside this file in the sources; the bundle stands in a folder next to them. As text: a container may not see the file.
  const script = readFileSync(fileURLToPath(new URL('../src/recurrent/pytorch.py', import.meta.url)), 'utf8')
  const { stdin, stdout } = spawn(python, ['-c', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: environmentFor(threads),
  })
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the process with PyTorch ended early')
      // Libraries of PyTorch's may have something to say before.
      if (value.startsWith('{')) return JSON.parse(value) as T
    }
  }
  const ask = <T>(request: object): Promise<T> => {
    stdin.write(`${JSON.stringify(request)}\n`)
    return answer<T>()
  }
  const { version } = await answer<{ version: string }>()
  await ask({ threads })
  return {
    version,
    load: async (layer) => void (await ask({ load: layer })),
    run: (sample) => ask<Timed>({ run: sample }),
    close: () => stdin.end(),
  }
}
