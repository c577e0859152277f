// Questions to the worker, and its answers. Each lane has one question running and at most one waiting: a newer one takes the
// place of the one that waits, so that a slider never queues up work nobody wants to see any more.

import { signal } from '@preact/signals'
import type { Request, Response, Task } from './protocol.ts'

/** A newer question took this one's place. Not an error to show. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** The worker ended or could not start. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
}

/** The library refused the question, with its reason. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

interface Asked {
  readonly request: Request
  readonly transfer: readonly Transferable[]
  readonly resolve: (answer: never) => void
  readonly reject: (reason: Error) => void
  /** Whether a worker was lost while it computed this. */
  retried: boolean
}

interface Lane {
  running: Asked | undefined
  waiting: Asked | undefined
}

/** Whether the last worker was lost: the page says so until a new one answers. */
export const workerLost = signal(false)

/** Counts how often somebody asked for a new worker: whoever shows an answer asks again when it changes. */
export const restarts = signal(0)

export interface Engine {
  /** Rejects with `Superseded`, `Refused` or `WorkerLost`. */
  ask<Question, Answer>(
    lane: string,
    task: Task<Question, Answer>,
    question: Question,
    transfer?: readonly Transferable[],
  ): Promise<Answer>
}

export function createEngine(start: () => Worker): Engine {
  const lanes = new Map<string, Lane>()
  let worker: Worker | undefined
  let nextId = 0

  const laneOf = (name: string): Lane => {
    const known = lanes.get(name)
    if (known !== undefined) return known
    const made: Lane = { running: undefined, waiting: undefined }
    lanes.set(name, made)
    return made
  }

  const send = (asked: Asked): void => {
    try {
      worker ??= open()
      worker.postMessage(asked.request, [...asked.transfer])
    } catch (error) {
      const lane = [...lanes.values()].find(({ running }) => running === asked)
      if (lane !== undefined) next(lane)
      asked.reject(new WorkerLost(String(error)))
    }
  }

  function next(lane: Lane): void {
    lane.running = lane.waiting
    lane.waiting = undefined
    if (lane.running !== undefined) send(lane.running)
  }

  function receive({ data }: MessageEvent<Response>): void {
    workerLost.value = false
    const lane = [...lanes.values()].find(({ running }) => running?.request.id === data.id)
    const asked = lane?.running
    if (lane === undefined || asked === undefined) return
    next(lane)
    if ('refusal' in data) asked.reject(new Refused(data.refusal))
    else asked.resolve(data.answer as never)
  }

  /** What ran is asked once more of a new worker, unless its buffers went with the old one. */
  function lose(): void {
    worker?.terminate()
    worker = undefined
    workerLost.value = true
    for (const lane of lanes.values()) {
      const asked = lane.running
      if (asked === undefined) continue
      if (!asked.retried && asked.transfer.length === 0 && lane.waiting === undefined) {
        asked.retried = true
        send(asked)
      } else {
        next(lane)
        asked.reject(new WorkerLost('the worker ended'))
      }
    }
  }

  function open(): Worker {
    const opened = start()
    opened.addEventListener('message', receive)
    opened.addEventListener('error', lose)
    opened.addEventListener('messageerror', lose)
    return opened
  }

  return {
    ask: (laneName, { name }, question, transfer = []) =>
      new Promise((resolve, reject) => {
        const lane = laneOf(laneName)
        const request = { id: nextId++, task: name, question }
        const asked: Asked = { request, transfer, resolve, reject, retried: false }
        lane.waiting?.reject(new Superseded())
        lane.waiting = asked
        if (lane.running === undefined) next(lane)
      }),
  }
}
