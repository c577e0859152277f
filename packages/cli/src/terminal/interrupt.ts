// Signals that end the command: at once as a rule, or after what is being done is safe.

import { isatty } from 'node:tty'
import { hasBar } from './bar.ts'

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

type Name = keyof typeof codes

const names = Object.keys(codes) as Name[]

/** A terminal has written `^C` where the cursor was. A bar clears its line; otherwise the prompt would follow on the same one. */
function endAtOnce(signal: NodeJS.Signals): void {
  if (signal === 'SIGINT' && process.stderr.isTTY && !hasBar()) process.stderr.write('\n')
  process.exit(codes[signal as Name])
}

/** What a process starts with: the first signal ends it. */
export function endOnSignals(): void {
  for (const name of names) process.once(name, endAtOnce)
  const terminals = [0, 1, 2].filter(isatty)
  process.on('exit', () => {
    if (terminals.some((stream) => !isatty(stream))) endByHangUp()
  })
}

/**
 * Node restores the terminal at its end and aborts where the terminal is gone (ResetStdio in node.cc). Ending by the
 * signal that a closed terminal sends comes before that; all work is done by then.
 */
function endByHangUp(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Whether the launcher of an MPI continues a process before it asks it to end. */
export const warnsFirst = (library: string | null | undefined): boolean => library?.startsWith('Open MPI') === true

export interface Interruptible {
  /** Aborted by the first signal, or after `seconds`. */
  readonly signal: AbortSignal
  /** Whether the process was continued since this was last asked: Open MPI does that as it begins to end a job, and sends SIGTERM later. */
  readonly warned: () => boolean
  /** Why it was aborted. */
  readonly reason: () => 'signal' | 'time' | null
  /** Back to ending at once. */
  readonly release: () => void
}

/**
 * From here on the first signal only asks to stop, and `onAsked` is told; a second one ends the process at once. A
 * terminal that closes is heard several times (the kernel and the shell each say so), so SIGHUP only ever asks.
 */
export function interruptible(onAsked: () => void, seconds?: number): Interruptible {
  const controller = new AbortController()
  let reason: 'signal' | 'time' | null = null
  let asked = false
  const stop = (why: 'signal' | 'time'): void => {
    reason ??= why
    controller.abort()
  }
  const ask = (signal: NodeJS.Signals): void => {
    const byHand = signal !== 'SIGHUP'
    if (asked && byHand) endAtOnce(signal)
    asked ||= byHand
    if (reason === 'signal') return
    stop('signal')
    onAsked()
  }
  for (const name of names) {
    process.removeListener(name, endAtOnce)
    process.on(name, ask)
  }
  let continued = false
  const onContinued = (): void => {
    continued = true
  }
  process.on('SIGCONT', onContinued)
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000, 'time')
  return {
    signal: controller.signal,
    warned() {
      const was = continued
      continued = false
      return was
    },
    reason: () => reason,
    release() {
      clearTimeout(timer)
      process.removeListener('SIGCONT', onContinued)
      for (const name of names) {
        process.removeListener(name, ask)
        process.once(name, endAtOnce)
      }
    },
  }
}
