/// <reference types="node" />

// Questions to modules that run in worker threads, and their answers.

import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { ConvokeError, check, show } from '../shapes/error.ts'
import type { Address } from '../shapes/host.ts'

/** What a module answers, and the buffers that go along without being copied. */
export interface Reply {
  readonly value: unknown
  readonly transfer?: readonly ArrayBuffer[] | undefined
}

export interface Served {
  /** What is told before anything is asked. */
  readonly head: unknown
  answer(question: unknown): Promise<Reply>
}

interface Problem {
  readonly problem: string
  readonly ours: boolean
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | Problem)

const describe = (error: unknown): Problem => ({
  problem: error instanceof Error ? error.message : String(error),
  ours: error instanceof ConvokeError,
})

const errorOf = ({ problem, ours }: Problem): Error => (ours ? new ConvokeError(problem) : new Error(problem))

/** Names of the functions that start a module, and that the module calls. */
export interface Roles {
  readonly starter: string
  readonly server: string
}

/** In a worker that `openLines` started for the same roles: opens with the options given there, and answers from then on. */
export function serveLine<O>({ starter, server }: Roles, open: (options: O) => Promise<Served>): void {
  const port = parentPort
  check(
    !isMainThread && port !== null && (workerData as { kind?: unknown } | null)?.kind === starter,
    () => `${server}: this module was not started by ${starter}. Pass its URL to ${starter} instead of importing it.`,
  )
  const run = async (): Promise<void> => {
    try {
      const served = await open((workerData as { options: O }).options)
      port.on('message', async ({ id, question }: { id: number; question: unknown }) => {
        try {
          const { value, transfer = [] } = await served.answer(question)
          port.postMessage({ id, value } satisfies Answer, transfer)
        } catch (error) {
          port.postMessage({ id, ...describe(error) } satisfies Answer)
        }
      })
      port.postMessage({ head: served.head })
    } catch (error) {
      port.postMessage(describe(error))
    }
  }
  void run()
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Line {
  readonly head: unknown
  readonly ask: (question: unknown, transfer: readonly ArrayBuffer[]) => Promise<unknown>
  /** Questions without an answer yet. */
  readonly waiting: () => number
  readonly close: () => Promise<unknown>
}

export interface LinesOptions {
  /** Worker threads; 'auto' begins with one and adds others while their answers come late, up to one less than there are cores. */
  readonly threads: number | 'auto'
  /** Handed to the module; plain data. */
  readonly options: unknown
}

/** A module in one or more worker threads. They do not keep the process open. */
export interface Lines {
  /** What the first of them told at the start. */
  head(): Promise<unknown>
  /** Asks the thread with the least to do. */
  ask(question: unknown, transfer?: readonly ArrayBuffer[]): Promise<unknown>
  /** Ends the threads. What they were still asked for fails. */
  close(): Promise<void>
}

/** Questions of which at least half found all the earlier ones unanswered before another thread is added. */
const judged = 16

/** Starts the threads. What goes wrong there fails the questions, and `head`. */
export function openLines({ starter }: Roles, module: Address | string, { threads, options }: LinesOptions): Lines {
  check(
    threads === 'auto' || (Number.isInteger(threads) && threads >= 1 && threads <= 64),
    () => `${starter}: threads is ${show(threads)}; it must be a whole number from 1 to 64.`,
  )
  let most = threads === 'auto' ? Math.max(1, availableParallelism() - 1) : threads
  const open = (): Promise<Line> => openLine(starter, module, options)
  const opening = Array.from({ length: threads === 'auto' ? 1 : threads }, open)
  const ready = Promise.allSettled(opening)
  let isClosed = false
  let [unanswered, asked, late] = [0, 0, 0]

  const add = (): void => {
    const opened = open()
    opening.push(opened)
    // Those that are there go on without it.
    opened.catch(() => {
      opening.splice(opening.indexOf(opened), 1)
      most = opening.length
    })
  }
  const grow = (): void => {
    if (opening.length >= most || isClosed) return
    if (unanswered >= 2) late++
    if (++asked < judged) return
    if (2 * late >= judged) add()
    ;[asked, late] = [0, 0]
  }
  const idlest = async (): Promise<Line> => {
    await ready
    // A thread that was added counts from when it is there.
    const lines = await Promise.all(opening.map((line) => Promise.race([line, null])))
    const there = lines.filter((line) => line !== null)
    return there.reduce((idle, line) => (line.waiting() < idle.waiting() ? line : idle), there[0])
  }
  const close = async (): Promise<void> => {
    isClosed = true
    const lines = await Promise.allSettled(opening)
    await Promise.all(lines.map((line) => (line.status === 'fulfilled' ? line.value.close() : undefined)))
  }
  return {
    async head() {
      const failed = (await ready).find((line) => line.status === 'rejected')
      if (failed === undefined) return (await opening[0]).head
      await close()
      throw failed.reason
    },
    async ask(question, transfer = []) {
      grow()
      unanswered++
      try {
        return await (await idlest()).ask(question, transfer)
      } finally {
        unanswered--
      }
    },
    close,
  }
}

function openLine(starter: string, module: Address | string, options: unknown): Promise<Line> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(typeof module === 'string' ? module : new URL(module.href), {
      workerData: { kind: starter, options },
    })
    const open = new Map<number, Waiting>()
    let [next, ended] = [0, '']
    const end = (reason: string): void => {
      ended ||= reason
      const error = new ConvokeError(
        `${starter}: the worker ${ended}. Look at what ${typeof module === 'string' ? module : module.href} does.`,
      )
      reject(error)
      for (const question of open.values()) question.reject(error)
      open.clear()
    }
    worker.on('error', (error) => end(`failed: ${error.message}`))
    worker.on('exit', () => end('has ended'))
    worker.once('message', (first: { readonly head: unknown } | Problem) => {
      if ('problem' in first) {
        reject(errorOf(first))
        void worker.terminate()
        return
      }
      worker.on('message', (answer: Answer) => {
        const question = open.get(answer.id)
        open.delete(answer.id)
        // An idle worker lets the process end; one that is asked holds it.
        if (open.size === 0) worker.unref()
        if ('problem' in answer) question?.reject(errorOf(answer))
        else question?.resolve(answer.value)
      })
      if (open.size === 0) worker.unref()
      resolve({ head: first.head, ask, waiting: () => open.size, close })
    })
    const close = (): Promise<unknown> => {
      // Whoever waits for its end holds the process open.
      worker.ref()
      return worker.terminate()
    }
    const ask: Line['ask'] = (question, transfer) =>
      new Promise((answered, refused) => {
        const id = next++
        open.set(id, { resolve: answered, reject: refused })
        if (ended !== '') return end(ended)
        worker.ref()
        worker.postMessage({ id, question }, transfer)
      })
  })
}
