import { expect, it } from 'vitest'
import { stepLines } from '../report/steps.ts'
import { difference, type Engine, measureNetwork, type StepBudget, takeSteps } from './measure.ts'
import { networks } from './networks.ts'
import type { StepTask } from './stepper.ts'

const budget: StepBudget = { rounds: 3, turn: 100, opening: 1000, limit: 1000 }
const sample = (time: number) => ({ time, cpu: 2 * time })
const environment = 'here'

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
    if (engine === 'tfjs cpu') return { kind: 'done', environment, samples: [sample(5000)], losses: [2.31] }
    const time = engine === 'convoke native' ? 10 : 30
    return { kind: 'done', environment, samples: [time, time + 2, time - 2].map(sample), losses: [2.3, 2.2, 2.1] }
  }
  const row = await measureNetwork(networks[0], engines, budget, run)
  expect(row.results.map(({ timing }) => timing?.median)).toEqual([10, 30, 5000, undefined])
  expect(row.results.map(({ timing }) => timing?.rounds)).toEqual([3, 3, 1, undefined])
  expect(asked.filter((engine) => engine.startsWith('tfjs'))).toEqual(['tfjs cpu', 'tfjs wasm'])
  const lines = stepLines([row]).join('\n')
  expect(lines).toMatch(/convoke native ×1 +10\.0 ms +20\.0 ms +– +1\.00×/)
  expect(lines).toMatch(/tfjs cpu ×1 +5000 ms +10 s +– +500\.00×/)
  expect(lines).toContain('tfjs wasm ×1: it has no such kernel.')
})

it('shows the middle of the peaks of memory, and for each engine two threads over one', async () => {
  const peaks = [120, 100, 130, 240, 250, 260]
  const run = async ({ engine, threads }: StepTask): ReturnType<typeof takeSteps> => {
    const [time, memory] = engine === 'PyTorch' ? [30 / threads, undefined] : [threads === 1 ? 18 : 12, peaks.shift()]
    return { kind: 'done', environment: engine, memory, samples: [sample(time)], losses: [2.3] }
  }
  const both = (engine: Engine['engine']): Engine[] => [1, 2].map((threads) => ({ engine, threads }))
  const row = await measureNetwork(
    networks[0],
    [{ engine: 'convoke native', threads: 1 }, ...both('PyTorch'), { engine: 'convoke native', threads: 2 }],
    budget,
    run,
  )
  // Rounds take 120 and 100, 130 and 240, 250 and 260.
  expect(row.results.map(({ memory }) => memory)).toEqual([130, undefined, undefined, 240])
  const lines = stepLines([row])
  expect(lines.find((line) => line.startsWith('network'))).toMatch(/engine +time +CPU +MiB +× the first +two threads/)
  const text = lines.join('\n')
  expect(text).toMatch(/convoke native ×1 +18\.0 ms +36\.0 ms +130 +1\.00×\n/)
  expect(text).toMatch(/convoke native ×2 +12\.0 ms +24\.0 ms +240 +0\.67× +1\.50×/)
  expect(text).toMatch(/PyTorch ×2 +15\.0 ms +30\.0 ms +– +0\.83× +2\.00×/)
  expect(text).toContain('Engines: convoke native, PyTorch')
})

it('does not time an engine that trains something else', async () => {
  const run = async ({ engine }: StepTask): ReturnType<typeof takeSteps> => ({
    ...{ kind: 'done', environment, samples: [sample(1)] },
    losses: engine === 'convoke native' ? [2.3, 2.2] : [2.3, 1.9],
  })
  const { results } = await measureNetwork(networks[0], engines.slice(0, 2), budget, run)
  expect(results[1]).toMatchObject({ timing: null, note: "its loss at step 2 is 1.9000, Convoke's 2.2000." })
  expect(difference([Number.NaN], [1])).toContain('its loss at step 1 is NaN')
})

const task: StepTask = { network: '', engine: 'tfjs cpu', threads: 1, budget: 1 }
const script = (name: string): string => `${new URL('.', import.meta.url).pathname}/testing/${name}`

it('takes what a process said before it ended', async () => {
  expect(await takeSteps(task, { opening: 10_000, limit: 10_000 }, script('says.mjs'))).toEqual({
    ...{ kind: 'done', samples: [{ time: 5, cpu: 4 }], losses: [2], environment: 'here', memory: 100 },
  })
})

it('ends an engine that takes too long, and one that dies', async () => {
  const never = await takeSteps(task, { opening: 300, limit: 10_000 }, script('never.mjs'))
  expect(never).toEqual({ kind: 'failed', reason: 'it was not ready after 0 s.' })
  const slow = await takeSteps(task, { opening: 10_000, limit: 300 }, script('slow.mjs'))
  expect(slow).toEqual({ kind: 'failed', reason: 'no step was finished after 0 s.' })
  const dies = await takeSteps(task, { opening: 10_000, limit: 10_000 }, script('dies.mjs'))
  expect(dies).toEqual({ kind: 'failed', reason: 'the process ended early (exit code 3).' })
})
