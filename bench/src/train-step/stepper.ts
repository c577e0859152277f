// What is timed: something that takes one training step after another.

export interface Stepper {
  readonly environment: string
  /** Takes a step and gives the loss before it, once the new weights are there. */
  step(): Promise<number>
}

/** What the process that takes the steps is asked for. */
export interface StepTask {
  readonly network: string
  readonly engine: 'convoke native' | 'convoke wasm' | 'tfjs cpu' | 'tfjs wasm'
  readonly threads: number
  /** How long to take steps, in ms, after those that warm up. */
  readonly budget: number
}

/** What it says: after the first step, and at the end. */
export type StepMessage =
  | { readonly kind: 'first'; readonly time: number; readonly loss: number }
  | { readonly kind: 'done'; readonly samples: readonly number[]; readonly losses: readonly number[] }
  | { readonly kind: 'failed'; readonly reason: string }
