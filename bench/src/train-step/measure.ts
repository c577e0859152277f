// Times training steps: every engine in a process of its own, round by round in turn, and no longer than a limit.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StepResult, StepRow } from '../results.ts'
import { median, quantile } from '../statistics.ts'
import type { Network } from './networks.ts'
import type { StepMessage, StepSample, StepTask } from './stepper.ts'

export interface StepBudget {
  readonly rounds: number
  /** How long an engine takes steps in a round, ms. */
  readonly turn: number
  /** How long an engine may take for its first step, ms. */
  readonly limit: number
}

export const fullStepBudget: StepBudget = { rounds: 3, turn: 4000, limit: 300_000 }
export const quickStepBudget: StepBudget = { rounds: 1, turn: 1000, limit: 30_000 }

type Outcome = Extract<StepMessage, { kind: 'done' | 'failed' }>

/** Runs one task, up to the limit for the first step. */
export function takeSteps(task: StepTask, limit: number, path = './train-step.js'): Promise<Outcome> {
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), [JSON.stringify(task)])
  return new Promise((resolve) => {
    const clock = setTimeout(() => {
      child.kill('SIGKILL')
      resolve({ kind: 'failed', reason: `no step was finished after ${Math.round(limit / 1000)} s.` })
    }, limit)
    child.on('message', (message: StepMessage) => {
      clearTimeout(clock)
      if (message.kind !== 'first') resolve(message)
    })
    const ended = (reason: string) => {
      clearTimeout(clock)
      resolve({ kind: 'failed', reason })
    }
    child.on('error', (error) => ended(error.message))
    child.on('exit', (code, signal) => ended(`the process ended early (${signal ?? `exit code ${code}`}).`))
  })
}

/** Losses of the first steps may differ by this share: rounding, and what three steps make of it. */
const tolerance = 0.01

/** Where two engines do not train the same network, in words. */
export function difference(losses: readonly number[], expected: readonly number[]): string | null {
  const at = losses.findIndex(
    (loss, i) => i < expected.length && !(Math.abs(loss - expected[i]) <= tolerance * expected[i]),
  )
  return at < 0 ? null : `its loss at step ${at + 1} is ${losses[at].toFixed(4)}, Convoke's ${expected[at].toFixed(4)}.`
}

const middle = (samples: readonly StepSample[]): StepSample => ({
  time: median(samples.map(({ time }) => time)),
  cpu: median(samples.map(({ cpu }) => cpu)),
})

/** One engine of a row. */
export type Engine = Pick<StepTask, 'engine' | 'threads'>

export async function measureNetwork(
  network: Network,
  engines: readonly Engine[],
  budget: StepBudget,
  run = takeSteps,
): Promise<StepRow> {
  const medians = new Map<Engine, StepSample[]>(engines.map((engine) => [engine, []]))
  const notes = new Map<Engine, string>()
  let expected: readonly number[] = []
  for (let round = 0; round < budget.rounds; round++) {
    for (const engine of engines) {
      const known = medians.get(engine) as StepSample[]
      // One step that takes longer than a turn is told once.
      if (notes.has(engine) || known[0]?.time > budget.turn) continue
      const outcome = await run({ ...engine, network: network.name, budget: budget.turn }, budget.limit)
      if (outcome.kind === 'failed') {
        notes.set(engine, outcome.reason)
        continue
      }
      if (expected.length === 0) expected = outcome.losses
      const found = difference(outcome.losses, expected)
      if (found === null) known.push(middle(outcome.samples))
      else notes.set(engine, found)
    }
  }
  const results = engines.map((engine): StepResult => {
    const turns = medians.get(engine) as StepSample[]
    const list = turns.map(({ time }) => time)
    const timing =
      list.length === 0 || notes.has(engine)
        ? null
        : { median: median(list), low: quantile(list, 0.25), high: quantile(list, 0.75), rounds: list.length }
    const cpu = timing === null ? null : median(turns.map((turn) => turn.cpu))
    return { engine: engine.engine, threads: engine.threads, timing, cpu, note: notes.get(engine) ?? '' }
  })
  return { network: network.name, results }
}
