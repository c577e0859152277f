// Times training steps: every engine in a process of its own, round by round in turn, and no longer than a limit.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StepResult, StepRow } from '../results.ts'
import { median, quantile } from '../statistics.ts'
import type { Network } from './networks.ts'
import { type StepMessage, type StepSample, type StepTask, slowest } from './stepper.ts'

export interface StepBudget {
  readonly rounds: number
  /** How long an engine takes steps in a round, ms. */
  readonly turn: number
  /** How long an engine may take until its network is there, compiled where it compiles, ms. */
  readonly opening: number
  /** How long it may take for its first step then, ms. */
  readonly limit: number
}

export const fullStepBudget: StepBudget = { rounds: 3, turn: 4000, opening: 600_000, limit: 300_000 }
export const quickStepBudget: StepBudget = { rounds: 1, turn: 1000, opening: 300_000, limit: 30_000 }

type Outcome = Extract<StepMessage, { kind: 'done' | 'failed' }>

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

/** Runs one task, up to the limits before the first step is done. Nothing of it runs any more when its outcome is there. */
export function takeSteps(
  task: StepTask,
  { opening, limit }: Pick<StepBudget, 'opening' | 'limit'>,
  path = './train-step.js',
): Promise<Outcome> {
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), [JSON.stringify(task)])
  return new Promise((resolve) => {
    let outcome: Outcome | undefined
    const endAfter = (ms: number, reason: string): NodeJS.Timeout =>
      setTimeout(() => {
        outcome = { kind: 'failed', reason }
        child.kill('SIGKILL')
      }, ms)
    let clock = endAfter(opening, `it was not ready after ${seconds(opening)}.`)
    child.on('message', (message: StepMessage) => {
      clearTimeout(clock)
      if (message.kind === 'open') clock = endAfter(limit, `no step was finished after ${seconds(limit)}.`)
      else if (message.kind !== 'first') outcome = message
    })
    const ended = (reason: string) => {
      clearTimeout(clock)
      resolve(outcome ?? { kind: 'failed', reason })
    }
    child.on('error', (error) => ended(error.message))
    // After the last message, which its exit need not be.
    child.on('close', (code, signal) => ended(`the process ended early (${signal ?? `exit code ${code}`}).`))
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

/** One engine of a row. */
export type Engine = Pick<StepTask, 'engine' | 'threads'>

/** An engine's turn in a round: the medians of its steps. */
type Turn = StepSample & Pick<Extract<Outcome, { kind: 'done' }>, 'environment' | 'memory'>

const middle = ({ samples, environment, memory }: Extract<Outcome, { kind: 'done' }>): Turn => ({
  time: median(samples.map(({ time }) => time)),
  cpu: median(samples.map(({ cpu }) => cpu)),
  environment,
  memory,
})

function resultOf(engine: Engine, turns: readonly Turn[], note: string): StepResult {
  if (turns.length === 0 || note !== '') return { ...engine, timing: null, cpu: null, note }
  const list = turns.map(({ time }) => time)
  const memory = turns.flatMap((turn) => turn.memory ?? [])
  return {
    ...engine,
    timing: { median: median(list), low: quantile(list, 0.25), high: quantile(list, 0.75), rounds: list.length },
    cpu: median(turns.map(({ cpu }) => cpu)),
    ...(memory.length > 0 && { memory: median(memory) }),
    environment: turns[0].environment,
    note,
  }
}

export async function measureNetwork(
  network: Network,
  engines: readonly Engine[],
  budget: StepBudget,
  run = takeSteps,
): Promise<StepRow> {
  const turns = new Map<Engine, Turn[]>(engines.map((engine) => [engine, []]))
  const notes = new Map<Engine, string>()
  let expected: readonly number[] = []
  for (let round = 0; round < budget.rounds; round++) {
    for (const engine of engines) {
      const known = turns.get(engine) as Turn[]
      if (notes.has(engine) || known[0]?.time > slowest * budget.turn) continue
      const outcome = await run({ ...engine, network: network.name, budget: budget.turn }, budget)
      if (outcome.kind === 'failed') {
        notes.set(engine, outcome.reason)
        continue
      }
      if (expected.length === 0) expected = outcome.losses
      const found = difference(outcome.losses, expected)
      if (found === null) known.push(middle(outcome))
      else notes.set(engine, found)
    }
  }
  const results = engines.map((engine) => resultOf(engine, turns.get(engine) as Turn[], notes.get(engine) ?? ''))
  return { network: network.name, results }
}
