// The worker's side: tasks by name, each a function from a question to its answer.

import type { Answered, Request, Response, Task } from './protocol.ts'

export interface Served {
  readonly name: string
  readonly compute: (question: unknown) => Promise<Answered<unknown>> | Answered<unknown>
}

export const served = <Question, Answer>(
  { name }: Task<Question, Answer>,
  compute: (question: Question) => Promise<Answered<Answer>> | Answered<Answer>,
): Served => ({ name, compute: compute as Served['compute'] })

/** The part of a worker's global scope that is used here; the types of pages have no workers. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null
  postMessage(message: Response, transfer: readonly ArrayBuffer[]): void
}

export function serveTasks(tasks: readonly Served[]): void {
  const scope = globalThis as unknown as WorkerScope
  const byName = new Map(tasks.map(({ name, compute }) => [name, compute]))
  scope.onmessage = async ({ data: { id, task, question } }) => {
    try {
      const compute = byName.get(task)
      if (compute === undefined) throw new Error(`The worker has no task "${task}".`)
      const { answer, transfer = [] } = await compute(question)
      scope.postMessage({ id, answer }, transfer)
    } catch (error) {
      scope.postMessage({ id, refusal: error instanceof Error ? error.message : String(error) }, [])
    }
  }
}
