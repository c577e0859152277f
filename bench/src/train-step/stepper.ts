// What is timed: something that takes one training step after another.

import { peakMemory } from '../memory.ts'

/** One step, in ms: as the clock has it, and what all threads of the process spent, which others at work do not change. */
export interface StepSample {
  readonly time: number
  readonly cpu: number
}

/** What a step took, and the loss before it. */
export type Step = StepSample & { readonly loss: number }

export interface Stepper {
  /** What it runs on, as reports name it. */
  readonly environment: string
  /** Takes a step; it ends once the new weights are there. */
  step(): Promise<Step>
  /** The most memory that the process which takes the steps ever held, in MiB; undefined where the system does not say. */
  memory(): Promise<number | undefined>
  /** Ends what it started. */
  close(): Promise<void>
}

/** Of steps that this process takes itself; `step` gives the loss before it. */
export function stepperHere(environment: string, step: () => Promise<number>): Stepper {
  return {
    environment,
    step: async () => {
      const [start, spent] = [performance.now(), process.cpuUsage()]
      const loss = await step()
      const { user, system } = process.cpuUsage(spent)
      return { time: performance.now() - start, cpu: (user + system) / 1000, loss }
    },
    memory: async () => peakMemory(),
    close: async () => {},
  }
}

export type StepEngine =
  | 'convoke native'
  | 'convoke wasm'
  | 'tfjs cpu'
  | 'tfjs wasm'
  | 'PyTorch'
  /** Through `torch.compile`. */
  | 'PyTorch compiled'

/** What the process that takes the steps is asked for. */
export interface StepTask {
  readonly network: string
  readonly engine: StepEngine
  readonly threads: number
  /** How long to take steps, in ms, after those that warm up. */
  readonly budget: number
}

/** A step that takes longer than so many budgets is told as it is, once: the first one plans, assembles and compiles. */
export const slowest = 5

/** What it says: once its network is there, after the first step, and at the end. */
export type StepMessage =
  | { readonly kind: 'open' }
  | ({ readonly kind: 'first' } & Step)
  | {
      readonly kind: 'done'
      readonly samples: readonly StepSample[]
      readonly losses: readonly number[]
      readonly environment: string
      /** The most that its process held, MiB. */
      readonly memory?: number | undefined
    }
  | { readonly kind: 'failed'; readonly reason: string }
