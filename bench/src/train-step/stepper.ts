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

/** One step, in ms: as the clock has it, and what all threads of the process spent, which others at work do not change. */
export interface StepSample {
  readonly time: number
  readonly cpu: number
}

/** What it says: after the first step, and at the end. */
export type StepMessage =
  | ({ readonly kind: 'first'; readonly loss: number } & StepSample)
  | { readonly kind: 'done'; readonly samples: readonly StepSample[]; readonly losses: readonly number[] }
  | { readonly kind: 'failed'; readonly reason: string }
