// What goes between the page and the worker that computes.

/** A kind of question, with the types of what is asked and answered. */
export interface Task<Question, Answer> {
  readonly name: string
  /** Types alone; never set. */
  readonly types?: (question: Question) => Answer
}

export const task = <Question, Answer>(name: string): Task<Question, Answer> => ({ name })

/** Buffers of an answer that change hands instead of being copied. */
export interface Answered<Answer> {
  readonly answer: Answer
  readonly transfer?: readonly ArrayBuffer[]
}

export interface Request {
  readonly id: number
  readonly task: string
  readonly question: unknown
}

export type Response =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly refusal: string }
