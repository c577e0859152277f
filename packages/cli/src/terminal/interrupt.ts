// Signals that end the command: at once as a rule, or after what is being done is safe.

const codes = { SIGINT: 130, SIGTERM: 143 } as const

type Name = keyof typeof codes

const names = Object.keys(codes) as Name[]

const endAtOnce = (signal: NodeJS.Signals): void => process.exit(codes[signal as Name])

/** What a process starts with: the first signal ends it. */
export function endOnSignals(): void {
  for (const name of names) process.once(name, endAtOnce)
}

export interface Interruptible {
  /** Aborted by the first signal, or after `seconds`. */
  readonly signal: AbortSignal
  /** Why it was aborted. */
  readonly reason: () => 'signal' | 'time' | null
  /** Back to ending at once. */
  readonly release: () => void
}

/** From here on the first signal only asks to stop, and `onAsked` is told; a second one ends the process at once. */
export function interruptible(onAsked: () => void, seconds?: number): Interruptible {
  const controller = new AbortController()
  let reason: 'signal' | 'time' | null = null
  const stop = (why: 'signal' | 'time'): void => {
    reason ??= why
    controller.abort()
  }
  const ask = (signal: NodeJS.Signals): void => {
    if (reason === 'signal') endAtOnce(signal)
    stop('signal')
    onAsked()
  }
  for (const name of names) {
    process.removeListener(name, endAtOnce)
    process.on(name, ask)
  }
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000, 'time')
  return {
    signal: controller.signal,
    reason: () => reason,
    release() {
      clearTimeout(timer)
      for (const name of names) {
        process.removeListener(name, ask)
        process.once(name, endAtOnce)
      }
    },
  }
}
