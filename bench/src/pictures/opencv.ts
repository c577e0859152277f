// OpenCV in a process of its own, where Python has it.

import { startPython } from '../peers/python.ts'
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

/** Null where no Python has it. */
export async function startOpenCv(): Promise<OpenCv | null> {
  const python = await startPython<{ version: string }>({
    name: 'OpenCV',
    module: 'cv2',
    script: 'pictures/opencv.py',
  })
  return (
    python && {
      version: python.hello.version,
      load: async (file, shape) => void (await python.ask({ load: file, shape })),
      run: (task, sample) => python.ask<Timed>({ run: task, sample }),
      close: python.close,
    }
  )
}
