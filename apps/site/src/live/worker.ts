// Runs one example with the library, apart from the page: one that never ends can be stopped.

import * as convoke from 'convoke'
import { lineOf, programOf } from './program.ts'
import type { Answer } from './protocol.ts'
import { resultOf, textOf } from './show.ts'

/** The doors that there are in a page; each is loaded when an example asks for it. */
const doors: Readonly<Record<string, () => Promise<unknown>>> = {
  convoke: async () => convoke,
  'convoke/autodiff': () => import('convoke/autodiff'),
  'convoke/backends': () => import('convoke/backends'),
  'convoke/data': () => import('convoke/data'),
  'convoke/explain': () => import('convoke/explain'),
  'convoke/formats': () => import('convoke/formats'),
  'convoke/graph': () => import('convoke/graph'),
  'convoke/metrics': () => import('convoke/metrics'),
  'convoke/models': () => import('convoke/models'),
  'convoke/nn': () => import('convoke/nn'),
  'convoke/ops': () => import('convoke/ops'),
  'convoke/optim': () => import('convoke/optim'),
  'convoke/shapes': () => import('convoke/shapes'),
  'convoke/tensor': () => import('convoke/tensor'),
  'convoke/train': () => import('convoke/train'),
}

const answer = (message: Answer): void => postMessage(message)

async function run(example: string): Promise<void> {
  const program = programOf(example)
  const loaded = new Map<string, unknown>()
  for (const door of program.doors) {
    if (!(door in doors)) throw new Error(`a page cannot import '${door}'. There is: ${Object.keys(doors).join(', ')}.`)
    loaded.set(door, await doors[door]())
  }
  const console = { log: (...values: unknown[]) => answer({ kind: 'log', text: values.map(textOf).join(' ') }) }
  const show = (value: unknown, line: number): void => {
    const result = resultOf(value, line)
    if (result !== undefined) answer(result)
  }
  const start = performance.now()
  await program.run((door) => loaded.get(door), show, console)
  answer({ kind: 'done', backend: convoke.currentBackend().name, milliseconds: performance.now() - start })
}

// The line of an example that fails may lie below many of the library.
Error.stackTraceLimit = 100

addEventListener('message', ({ data }: MessageEvent<string>) => {
  run(data).catch((error: unknown) => {
    const line = lineOf(error)
    answer({ kind: 'error', text: textOf(error), ...(line !== undefined && { line }) })
  })
})
