// The page's side of an example that runs: a worker for each run.

import type { Answer } from './protocol.ts'

/** Runs `code`, hands over what it gives, and returns what stops it. */
export function runExample(code: string, onAnswer: (answer: Answer) => void): () => void {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const stop = (): void => worker.terminate()
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    onAnswer(data)
    if (data.kind === 'done' || data.kind === 'error') stop()
  })
  worker.addEventListener('error', ({ message }) => {
    onAnswer({ kind: 'error', text: message || 'the worker could not be started' })
    stop()
  })
  worker.postMessage(code)
  return stop
}
