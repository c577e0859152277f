// The engine of this page: one worker, started with the first question.

import { createEngine } from './client.ts'

export const engine = createEngine(
  () => new Worker(new URL('../worker.ts', import.meta.url), { type: 'module', name: 'convoke' }),
)
