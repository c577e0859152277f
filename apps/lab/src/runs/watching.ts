// When the page hears of a run: as soon as something changed, some times a second at most.

import { train } from 'convoke'
import { type Company, type Learner, nextChange, versionOf } from './learner.ts'

/** Milliseconds between two answers of a run that goes on, and between two of its checkpoints. */
const [between, betweenCheckpoints] = [180, 1000]

let told = Number.NEGATIVE_INFINITY

/** What was handed out last, of each learner. */
const kept = new WeakMap<object, { readonly step: number; readonly at: number }>()

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Resolves when there is something newer than `since`, or the run was left. */
export async function newerThan(company: Company, since: number): Promise<void> {
  while (versionOf(company) <= since && company.learners.some(({ left }) => !left)) await nextChange(company)
  const left = told + between - performance.now()
  if (company.learners.some(({ phase }) => phase === 'running') && left > 0) await wait(left)
  told = performance.now()
}

/** The losses of the steps after `known`; a run that was gone on with has none of those from before: the page has them. */
export function newLosses({ losses, state }: Learner<unknown>, known: number): Float32Array {
  const step = state?.progress.step ?? 0
  return Float32Array.from(losses.slice(Math.max(0, losses.length - Math.max(0, step - known))))
}

/** The state, where it is time to keep it. */
export function checkpointOf(learner: Learner<unknown>): Uint8Array | undefined {
  const { state, phase } = learner
  if (state === undefined) return undefined
  const { step } = state.progress
  const before = kept.get(learner)
  if (before?.step === step) return undefined
  if (before !== undefined && phase === 'running' && performance.now() - before.at < betweenCheckpoints)
    return undefined
  kept.set(learner, { step, at: performance.now() })
  return train.encodeTrainingState(state)
}
