import { optim, type train } from 'convoke'
import { describe, expect, it } from 'vitest'
import { type BudgetOptions, budget } from './budget.ts'

interface Machine {
  /** Milliseconds of a step, by its number. */
  readonly step: (number: number) => number
  /** Of measuring the validation part, after so many steps where it is a function. */
  readonly validation: number | ((step: number) => number)
}

/** A run on a clock of its own, as `fit` would take it through: what was said, the factors of all steps, and when it ended. */
function run(machine: Machine, given: Partial<BudgetOptions> = {}) {
  let now = 1000
  const said: string[] = []
  const options: BudgetOptions = {
    ...{ until: 1000 + 60_000, time: 60_000, most: Number.POSITIVE_INFINITY },
    ...{ falls: true, stepsPerEpoch: 100, batchSize: 10, validation: 50, measuredAtEnd: 50 },
    ...{ scheduleOf: (steps) => optim.cosine({ steps }), say: (line) => said.push(line), now: () => now, ...given },
  }
  const { steps, schedule, onEvent, planned } = budget(options)
  const factors: number[] = []
  const epochs: number[] = []
  let step = options.behind?.steps ?? 0
  const start = { epoch: 0 } as train.Progress
  onEvent({ ...{ type: 'start', epochs: 1, batches: 100, lastBatch: 10, ranks: 1, ranksBefore: 1 }, progress: start })
  let epochBegan = now
  while (step < steps()) {
    factors.push(schedule(step))
    step++
    now += machine.step(step)
    const place = { epoch: 1, batch: 1, batches: 100, examples: 10, loss: 1, factor: 1, gradientNorm: 1 }
    onEvent({ type: 'step', step, ...place })
    if (step % options.stepsPerEpoch > 0 && step < steps()) continue
    now += typeof machine.validation === 'number' ? machine.validation : machine.validation(step)
    const record = { epoch: 1, step, loss: 1, validation: { loss: 1 }, seconds: (now - epochBegan) / 1000 }
    epochs.push(step)
    onEvent({ type: 'epoch', record, best: true })
    epochBegan = now
  }
  return { said, factors, epochs, step, seconds: (now - 1000) / 1000, planned: planned() }
}

describe('a run that fills its time', () => {
  it('takes as many steps as fit, measuring included, and its rate falls to the end', () => {
    // 100 steps of 20 ms and 500 ms of measuring are an epoch: 24 of them in 60 s.
    const { step, factors, seconds, said } = run({ step: () => 20, validation: 500 })
    expect(seconds).toBeGreaterThan(56)
    // The part at the end takes as long as the validation.
    expect(seconds + 0.5).toBeLessThan(60)
    expect(step).toBeGreaterThan(2200)
    expect(factors[0]).toBe(1)
    expect(factors.at(-1)).toBeLessThan(0.001)
    for (let i = 1; i < factors.length; i++) expect(factors[i]).toBeLessThanOrEqual(factors[i - 1])
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^planned: 2,\d\d\d steps, 2\d\.\d epochs, in 1 min 0 s: 20 ms a step; the learning rate/)
  })

  it.each([
    ['becomes slower', (step: number) => (step < 800 ? 20 : 35)],
    ['becomes faster', (step: number) => (step < 800 ? 20 : 12)],
    ['begins with slow steps', (step: number) => (step <= 3 ? 900 : 20)],
  ])('is planned anew where the machine %s', (_, step) => {
    const { factors, seconds, epochs } = run({ step, validation: 500 })
    // The last epoch alone is cut short.
    expect(epochs.slice(0, -1).every((end) => end % 100 === 0)).toBe(true)
    expect(seconds).toBeGreaterThan(54)
    expect(seconds + 0.5).toBeLessThan(60)
    expect(factors.at(-1)).toBeLessThan(0.02)
    // No jumps: the schedule goes on from where it was.
    for (let i = 1; i < factors.length; i++) expect(Math.abs(factors[i] - factors[i - 1])).toBeLessThan(0.01)
  })

  it('begins no epoch for what is left after its last step', () => {
    const { epochs } = run({ step: () => 20, validation: (step) => (step % 100 === 0 ? 500 : 50) })
    expect(epochs.slice(0, -1).every((end) => end % 100 === 0)).toBe(true)
    expect(epochs.at(-1)! % 100).toBeGreaterThan(0)
  })

  it('ends within an epoch where no whole one fits', () => {
    const { step, factors, seconds } = run({ step: () => 100, validation: 500 }, { stepsPerEpoch: 100_000 })
    expect([step > 500, step < 600, seconds < 59.5]).toEqual([true, true, true])
    expect(factors.at(-1)).toBeLessThan(0.001)
  })

  it('goes on with the rate where it was, for what is left of the time', () => {
    const behind = { steps: 1000, share: 0.5 }
    const { factors, seconds } = run({ step: () => 20, validation: 500 }, { until: 1000 + 30_000, behind })
    expect(seconds).toBeGreaterThan(26)
    expect(seconds).toBeLessThan(30)
    expect(factors[0]).toBeCloseTo(optim.cosine({ steps: 1000 })(500), 3)
    expect(factors.at(-1)).toBeLessThan(0.001)
  })
})

describe('a run that may not pass a time', () => {
  it('takes its steps where they fit, and says nothing', () => {
    const { step, said, factors } = run({ step: () => 20, validation: 500 }, { most: 300 })
    expect([step, said]).toEqual([300, []])
    expect(factors.at(-1)).toBeLessThan(0.001)
  })

  it('takes fewer where they do not, and its rate still falls to the end', () => {
    const { step, said, factors, seconds } = run({ step: () => 20, validation: 500 }, { most: 10_000 })
    expect([step > 2200, step < 2400, seconds < 59.5]).toEqual([true, true, true])
    expect(factors.at(-1)).toBeLessThan(0.001)
    expect(said).toHaveLength(1)
  })
})
