// OpenCV in a process of its own, where Python has it.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { PictureCase } from './cases.ts'

export interface Timed {
  readonly ms: number
  /** Elements of the result. */
  readonly sample: readonly number[]
}

export interface OpenCv {
  readonly version: string
  /** A file of float32 and its shape `[height, width, channels]`. */
  readonly load: (file: string, shape: readonly number[]) => Promise<void>
  readonly run: (task: PictureCase, sample: readonly number[]) => Promise<Timed>
  readonly close: () => void
}

/** Debian's packages are for its own Python, which need not be the first in the path. */
const pythons = ['python3', '/usr/bin/python3']

const hasOpenCv = (python: string): boolean => spawnSync(python, ['-c', 'import cv2'], { stdio: 'ignore' }).status === 0

/** Null where no Python has it. */
export async function startOpenCv(): Promise<OpenCv | null> {
  const python = pythons.find(hasOpenCv)
  if (python === undefined) return null
  // Beside this file in the sources; the bundle stands in a folder next to them.
  const script = fileURLToPath(new URL('../src/pictures/opencv.py', import.meta.url))
  const child: ChildProcess = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) return null
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the process with OpenCV ended early')
    return JSON.parse(value) as T
  }
  const ask = <T>(request: object): Promise<T> => {
    stdin.write(`${JSON.stringify(request)}\n`)
    return answer<T>()
  }
  const { version } = await answer<{ version: string }>()
  return {
    version,
    load: async (file, shape) => {
      await ask({ load: file, shape })
    },
    run: (task, sample) => ask<Timed>({ run: task, sample }),
    close: () => stdin.end(),
  }
}
