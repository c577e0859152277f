// The view's worker, started with the first question.

import { createEngine } from '../engine/index.ts'

export const engine = createEngine(
  () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'convoke inside' }),
)
