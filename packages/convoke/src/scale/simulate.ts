// A step on so many ranks by a model: the recorded step, with the time that its sums take.
//
// A message of n bytes takes latency + n / bandwidth (Hockney 1994, "alpha-beta"), and a rank sends one at a time. The rounds of a sum follow each
// other, and the next one sets out only when MPI is asked: between kernels, or without a pause where the rank waits. What came in meanwhile is
// copied and added up by the rank itself, which delays its computing (the overhead of LogP, Culler et al. 1993).

import { messagesOf } from './messages.ts'
import type { StepCall, StepTrace } from './step.ts'

/** What a network between ranks can do. */
export interface Network {
  /** Seconds that a message takes, however short. */
  readonly latency: number
  /** Bytes a second that a rank sends while it receives as many; Infinity for a network that is never full. */
  readonly bandwidth: number
  /** Seconds of a rank's own time for each byte that it sends while it computes. */
  readonly work: number
}

/** The options of `simulateStep`. */
export interface SimulateOptions {
  /** Whether MPI moves on by itself, as with a thread of its own. Default false: when it is asked. */
  readonly unasked?: boolean | undefined
}

/** A sum under way. */
interface Sum {
  /** Bytes of the rounds to come. */
  readonly rounds: number[]
  /** Of the round under way. */
  bytes: number
  /** When that has come in. */
  due: number
  done: boolean
}

class Timeline {
  readonly #network: Network
  readonly #sums: Sum[] = []
  /** When the rank's last message has left. */
  #free = 0

  constructor(network: Network) {
    this.#network = network
  }

  start(rounds: number[], now: number): Sum {
    const sum: Sum = { rounds, bytes: 0, due: now, done: false }
    this.#next(sum, now)
    this.#sums.push(sum)
    return sum
  }

  #next(sum: Sum, now: number): void {
    const bytes = sum.rounds.shift()
    if (bytes === undefined) {
      sum.done = true
      return
    }
    this.#free = Math.max(now, this.#free) + bytes / this.#network.bandwidth
    sum.bytes = bytes
    sum.due = this.#free + this.#network.latency
  }

  /** MPI is asked now: what has come in goes on. Returns the bytes of that. */
  ask(now: number): number {
    let bytes = 0
    for (const sum of this.#sums) {
      while (!sum.done && sum.due <= now) {
        bytes += sum.bytes
        this.#next(sum, now)
      }
    }
    return bytes
  }

  /** MPI is asked without a pause, up to `until` or, where that is a sum, until it is done; returns when that is. */
  keepAsking(now: number, until: number | Sum): number {
    const isOver = (due: number): boolean => (typeof until === 'number' ? due > until : until.done)
    let time = now
    for (;;) {
      let first: Sum | undefined
      for (const sum of this.#sums) if (!sum.done && (first === undefined || sum.due < first.due)) first = sum
      if (first === undefined || isOver(first.due)) return typeof until === 'number' ? until : time
      const due = Math.max(first.due, now)
      this.#next(first, due)
      if (first.done && first === until) time = due
    }
  }
}

/** Seconds of a step on so many ranks. */
export function simulateStep(
  { calls, seconds }: Pick<StepTrace, 'calls' | 'seconds'>,
  network: Network,
  ranks: number,
  { unasked = false }: SimulateOptions = {},
): number {
  if (ranks === 1) return seconds
  const timeline = new Timeline(network)
  const sums = new Map<number, Sum>()
  let delay = 0
  const waitFor = (sum: Sum, now: number): number => (sum.done ? 0 : timeline.keepAsking(now, sum) - now)
  calls.forEach((call, number) => {
    let now = call.at + delay
    if (unasked) timeline.keepAsking(0, now)
    switch (call.kind) {
      case 'start':
        sums.set(number, timeline.start(messagesOf(call.bytes, ranks, call.wire), now))
        break
      case 'ask':
        delay += timeline.ask(now) * network.work
        break
      case 'wait':
        delay += waitFor(sums.get(call.start) as Sum, now)
        break
      case 'sum':
        now = call.at + delay
        delay += waitFor(timeline.start(messagesOf(call.bytes, ranks), now), now)
    }
  })
  return seconds + delay
}

const isCommunication = ({ kind }: StepCall): boolean => kind !== 'ask'

/** Seconds that the sums of a step take with nothing else to do. */
export function communicationOf({ calls }: Pick<StepTrace, 'calls'>, network: Network, ranks: number): number {
  const at = new Map<number, number>()
  const alone = calls.flatMap((call, number): StepCall[] => {
    if (!isCommunication(call)) return []
    at.set(number, at.size)
    return [call.kind === 'wait' ? { ...call, at: 0, start: at.get(call.start) as number } : { ...call, at: 0 }]
  })
  return simulateStep({ calls: alone, seconds: 0 }, network, ranks)
}
