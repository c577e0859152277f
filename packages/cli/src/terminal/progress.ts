// A progress bar for work that takes more than half a second, on a terminal only: nothing is written to a pipe.

import { type Bar, openBar } from './bar.ts'
import { isQuiet } from './output.ts'
import { visible } from './visible.ts'

export interface Progress {
  advance(by: number): void
  stop(): void
}

const patience = 500

/** Whether bars are drawn there. */
export const showsBars = (stream: NodeJS.WriteStream): boolean => stream.isTTY && !isQuiet()

/** `total` units of work called `label`. */
export async function startProgress(label: string, total: number, stream = process.stderr): Promise<Progress> {
  if (!showsBars(stream)) return { advance: () => {}, stop: () => {} }
  const started = performance.now()
  const text = { label: visible(label), parts: [] }
  let done = 0
  let bar: Bar | undefined
  let [opening, stopped] = [false, false]
  return {
    advance(by) {
      done += by
      if (!opening && performance.now() - started > patience && done < total) {
        opening = true
        void openBar(stream, total, done, text, 10).then((made) => {
          bar = made
          if (stopped) bar.stop()
        })
      }
      bar?.update(done, text)
    },
    stop() {
      stopped = true
      bar?.stop()
    },
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
