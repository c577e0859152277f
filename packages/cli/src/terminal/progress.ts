// A progress bar for work that takes more than half a second, on a terminal only: nothing is written to a pipe.

import type { SingleBar } from 'cli-progress'
import { visible } from './visible.ts'

export interface Progress {
  advance(by: number): void
  stop(): void
}

const patience = 500

/** `total` units of work called `label`. */
export async function startProgress(label: string, total: number, stream = process.stderr): Promise<Progress> {
  if (!stream.isTTY) return { advance: () => {}, stop: () => {} }
  const { default: cliProgress } = await import('cli-progress')
  const started = performance.now()
  let done = 0
  let bar: SingleBar | undefined
  return {
    advance(by) {
      done += by
      if (bar === undefined && performance.now() - started > patience && done < total) {
        bar = new cliProgress.SingleBar({
          format: `${visible(label)} [{bar}] {percentage}% · {eta_formatted} left`,
          stream,
          hideCursor: true,
          clearOnComplete: true,
          gracefulExit: false,
        })
        bar.start(total, done)
      }
      bar?.update(done)
    },
    stop: () => bar?.stop(),
  }
}

/** A bar for reading files, whose number is known once reading begins. */
export function readingProgress(): {
  readonly onProgress: (done: number, total: number) => void
  readonly stop: () => void
} {
  let bar: Progress | undefined
  let [seen, starting] = [0, false]
  return {
    onProgress(done, total) {
      if (done < seen) seen = 0
      if (!starting) {
        starting = true
        void startProgress('reading', total).then((made) => {
          bar = made
        })
      }
      bar?.advance(done - seen)
      seen = done
    },
    stop: () => bar?.stop(),
  }
}

/** Lets the event loop breathe between two pieces of work: signals are heard, the bar is drawn. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
