// The bar that work draws on a terminal. It fits any width, and is gone however the process ends.

import type { SingleBar } from 'cli-progress'
import { duration } from './words.ts'

/** A piece of text behind the bar; of those that do not fit, the ones that matter least go first. */
export interface Part {
  readonly text: string
  /** Larger: kept longer. */
  readonly matters: number
}

export interface BarText {
  readonly label: string
  readonly parts: readonly Part[]
}

const [shortest, longest] = [4, 40]

const lengthOf = (text: string): number => [...text].length

/** What a terminal writes behind the bar when somebody interrupts. If it began a new line, the bar above could not be cleared. */
const interrupted = '^C'

/** `label [=====-----] 50% · part · part`, in less than `columns`, so that no terminal breaks it, not even behind `^C`. */
export function barLine({ label, parts }: BarText, share: number, columns: number): string {
  const room = columns - 1 - interrupted.length
  const percent = ` ${String(Math.floor(100 * share)).padStart(3)}%`
  const kept = parts.filter(({ text }) => text !== '')
  const behind = (): string => percent + kept.map(({ text }) => ` · ${text}`).join('')
  const least = (): number => lengthOf(label) + shortest + 3 + lengthOf(behind())
  while (kept.length > 0 && least() > room) {
    const last = kept.reduce((low, part) => (part.matters < low.matters ? part : low))
    kept.splice(kept.indexOf(last), 1)
  }
  const size = Math.min(longest, room - lengthOf(label) - 3 - lengthOf(behind()))
  if (size < shortest) {
    const left = room - lengthOf(percent)
    const cut = lengthOf(label) > left ? `${[...label].slice(0, Math.max(0, left - 1)).join('')}…` : label
    return (cut + percent).slice(0, Math.max(0, room))
  }
  const done = Math.round(size * share)
  return `${label} [${'='.repeat(done)}${'-'.repeat(size - done)}]${behind()}`
}

/** What is drawn now: a process that ends takes it away, and gives the cursor back. */
const drawn = new Set<Bar>()

const clearAll = (): void => {
  for (const bar of drawn) bar.stop()
}

/** Whether a bar stands on the terminal. */
export const hasBar = (): boolean => drawn.size > 0

/** Lets `print` write where bars stand, which are drawn again below. */
export function aboveBars(print: () => void): void {
  const [bar] = drawn
  if (bar === undefined) print()
  else bar.over(() => aboveBars(print))
}

export interface Bar {
  /** `total` where it has changed. */
  update(done: number, text: BarText, total?: number): void
  /** Takes the bar away while `print` writes. */
  over(print: () => void): void
  stop(): void
}

/** A bar over so many units of work, of which `done` are. */
export async function openBar(
  stream: NodeJS.WriteStream,
  units: number,
  done: number,
  text: BarText,
  fps = 5,
): Promise<Bar> {
  const { default: cliProgress } = await import('cli-progress')
  if (!process.listeners('exit').includes(clearAll)) process.on('exit', clearAll)
  let [total, value, shown] = [units, done, text]
  const make = (): SingleBar => {
    const bar = new cliProgress.SingleBar({
      format: (_, { progress, eta }: { progress: number; eta: unknown }) => {
        const left = typeof eta === 'number' && Number.isFinite(eta) && eta > 0 ? `${duration(eta)} left` : ''
        const parts = [...shown.parts, { text: left, matters: 2 }]
        return barLine({ label: shown.label, parts }, progress, stream.columns || 80)
      },
      ...{ stream, hideCursor: true, clearOnComplete: true, gracefulExit: false, linewrap: true, fps, etaBuffer: 50 },
    })
    bar.start(total, value)
    return bar
  }
  let bar = make()
  const own: Bar = {
    update(done, text, all = total) {
      if (all !== total) bar.setTotal(all)
      ;[total, value, shown] = [all, done, text]
      bar.update(done)
    },
    over(print) {
      own.stop()
      print()
      bar = make()
      drawn.add(own)
    },
    stop() {
      if (drawn.delete(own)) bar.stop()
    },
  }
  drawn.add(own)
  return own
}
