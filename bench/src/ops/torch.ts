// PyTorch in a process of its own, where Python has it. BENCH_PYTHON may name another Python, with words before and after it.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
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

const pythons = (): string[][] => {
  const named = process.env['BENCH_PYTHON']
  return named === undefined ? [['python3'], ['/usr/bin/python3']] : [named.split(/\s+/)]
}

const hasTorch = ([command, ...rest]: readonly string[]): boolean =>
  spawnSync(command, [...rest, '-c', 'import torch'], { stdio: 'ignore' }).status === 0

/** Null where no Python has it. */
export async function startTorch(): Promise<Torch | null> {
  const python = pythons().find(hasTorch)
  if (python === undefined) return null
  const [command, ...rest] = python
  // As text, so that a Python that sees other files than we do can be named. Sources lie beside the folder of the bundle.
  const script = readFileSync(fileURLToPath(new URL('../src/ops/torch.py', import.meta.url)), 'utf8')
  const child = spawn(command, [...rest, '-c', script], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    for (;;) {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the process with PyTorch ended early')
      // Libraries may say something of their own.
      if (value.startsWith('{')) return JSON.parse(value) as T
    }
  }
  const ask = <T>(request: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`)
    return answer<T>()
  }
  const { version, instructions } = await answer<{ version: string; instructions: string }>()
  return {
    ...{ version, instructions },
    prepare: async ({ torch, inputs }) => {
      const given = inputs.map(({ shape, peer, filling = 'normal' }) => ({ shape: peer ?? shape, filling }))
      return (await ask<{ error?: string }>({ code: torch, inputs: given })).error
    },
    time: async (backward, budget) => (await ask<{ ms?: number }>({ backward, budget })).ms ?? Number.NaN,
    close: () => child.stdin.end(),
  }
}
