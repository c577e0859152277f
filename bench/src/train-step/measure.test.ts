import { expect, it } from 'vitest'
import { stepLines } from '../report/steps.ts'
import { difference, type Engine, measureNetwork, type StepBudget, takeSteps } from './measure.ts'
import { networks } from './networks.ts'
import type { StepTask } from './stepper.ts'

const budget: StepBudget = { rounds: 3, turn: 100, limit: 1000 }
const sample = (time: number) => ({ time, cpu: 2 * time })

const engines: readonly Engine[] = [
  { engine: 'convoke native', threads: 1 },
  { engine: 'convoke wasm', threads: 2 },
  { engine: 'tfjs cpu', threads: 1 },
  { engine: 'tfjs wasm', threads: 1 },
]

it('times engines in turn, those that are slow once, and says why one was not timed', async () => {
  const asked: string[] = []
  const run = async ({ engine }: StepTask): ReturnType<typeof takeSteps> => {
    asked.push(engine)
    if (engine === 'tfjs wasm') return { kind: 'failed', reason: 'it has no such kernel.' }
    if (engine === 'tfjs cpu') return { kind: 'done', samples: [sample(5000)], losses: [2.31] }
    const time = engine === 'convoke native' ? 10 : 30
    return { kind: 'done', samples: [time, time + 2, time - 2].map(sample), losses: [2.3, 2.2, 2.1] }
  }
  const row = await measureNetwork(networks[0], engines, budget, run)
  expect(row.results.map(({ timing }) => timing?.median)).toEqual([10, 30, 5000, undefined])
  expect(row.results.map(({ timing }) => timing?.rounds)).toEqual([3, 3, 1, undefined])
  expect(asked.filter((engine) => engine.startsWith('tfjs'))).toEqual(['tfjs cpu', 'tfjs wasm'])
  const lines = stepLines([row]).join('\n')
  expect(lines).toMatch(/convoke native ×1 +10\.0 ms +20\.0 ms +1\.00×/)
  expect(lines).toMatch(/tfjs cpu ×1 +5000 ms +10 s +500\.00×/)
  expect(lines).toContain('tfjs wasm ×1: it has no such kernel.')
})

it('does not time an engine that trains something else', async () => {
  const run = async ({ engine }: StepTask): ReturnType<typeof takeSteps> => ({
    ...{ kind: 'done', samples: [sample(1)] },
    losses: engine === 'convoke native' ? [2.3, 2.2] : [2.3, 1.9],
  })
  const { results } = await measureNetwork(networks[0], engines.slice(0, 2), budget, run)
  expect(results[1]).toMatchObject({ timing: null, note: "its loss at step 2 is 1.9000, Convoke's 2.2000." })
  expect(difference([Number.NaN], [1])).toContain('its loss at step 1 is NaN')
})

it('ends an engine that takes too long, and one that dies', async () => {
  const task: StepTask = { network: '', engine: 'tfjs cpu', threads: 1, budget: 1 }
  const folder = new URL('.', import.meta.url).pathname
  const never = await takeSteps(task, 300, `${folder}/testing/never.mjs`)
  expect(never).toEqual({ kind: 'failed', reason: 'no step was finished after 0 s.' })
  const dies = await takeSteps(task, 10_000, `${folder}/testing/dies.mjs`)
  expect(dies).toEqual({ kind: 'failed', reason: 'the process ended early (exit code 3).' })
})
