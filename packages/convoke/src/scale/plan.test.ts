import { describe, expect, it } from 'vitest'
import { planScaling } from './plan.ts'
import type { Network } from './simulate.ts'
import type { StepCall, StepTrace } from './step.ts'

const start = (at: number, bytes: number): StepCall => ({ kind: 'start', at, bytes, wire: 'float32' })
const ask = (at: number): StepCall => ({ kind: 'ask', at })
const wait = (at: number, number: number): StepCall => ({ kind: 'wait', at, start: number })

/** Ten seconds; two buckets, at 4 and 9, and MPI asked every second. */
const trace = (first: number, last: number, ...more: StepCall[]): StepTrace => ({
  examples: 8,
  seconds: 10,
  calls: [start(4, first), ...[4, 5, 6, 7, 8].map(ask), start(9, last), ask(9), wait(9.5, 0), wait(9.5, 6), ...more],
})
const fast: Network = { latency: 0, bandwidth: Number.POSITIVE_INFINITY, work: 0 }

const limitOf = (step: StepTrace, network: Network, ranks = 8): string => planScaling(step, network, [ranks])[0].limit

describe('how a training scales', () => {
  it('is the examples of all ranks over the time of the step, beside one rank', () => {
    // The last bucket, 200 bytes at 100 bytes a second, is two rounds of a second: the wait from 9.5 ends at 11.
    const rows = planScaling(trace(20, 200), { latency: 0, bandwidth: 100, work: 0 }, [1, 2])
    expect(rows[0]).toEqual({
      ...{ ranks: 1, examples: 8, seconds: 10, rate: 0.8, communication: 0, efficiency: 1, hidden: null },
      limit: 'computing',
    })
    expect(rows[1].examples).toBe(16)
    expect(rows[1].seconds).toBeCloseTo(11.5, 12)
    expect(rows[1].rate).toBeCloseTo(16 / 11.5, 12)
    expect(rows[1].efficiency).toBeCloseTo(10 / 11.5, 12)
    // 0.2 s of the first bucket and 2 s of the last one; 1.5 of these are waited for.
    expect(rows[1].communication).toBeCloseTo(2.2, 12)
    expect(rows[1].hidden).toBeCloseTo(1 - 1.5 / 2.2, 12)
    expect(rows[1].limit).toBe('last bucket')
  })

  it('takes what each number of ranks computes', () => {
    const smaller: StepTrace = { examples: 4, seconds: 6, calls: [] }
    const rows = planScaling((ranks) => (ranks === 1 ? trace(0, 0) : smaller), fast, [1, 2])
    // 8 examples in 10 s, and in 6: 1.67 times as fast on two.
    expect(rows.map(({ rate }) => rate)).toEqual([0.8, 8 / 6])
    expect(rows[1].efficiency).toBeCloseTo(10 / 12, 12)
    expect(rows[1].hidden).toBeNull()
    // 4 examples would take 5 s by themselves.
    expect(rows[1].limit).toBe('small batch')
  })

  it('names what limits it', () => {
    expect(limitOf(trace(100, 100), fast)).toBe('computing')
    // 1,000 bytes take 17.5 s, most of them behind nothing.
    expect(limitOf(trace(1000, 1), { ...fast, bandwidth: 100 })).toBe('bandwidth')
    expect(limitOf(trace(1, 1000), { ...fast, bandwidth: 100 })).toBe('last bucket')
    // Six rounds of a second: asked every second, the first bucket is done at 10, half a second late; the last one at 15.
    expect(limitOf(trace(1, 1), { ...fast, latency: 1 })).toBe('last bucket')
    expect(limitOf(trace(1, 1), { ...fast, latency: 5 })).toBe('latency')
    expect(limitOf(trace(100, 1), { ...fast, work: 0.05 })).toBe('copying')
    // Twelve layers that wait for three seconds each, where the last bucket waits for three once.
    const layers = Array.from({ length: 12 }, (_, i): StepCall => ({ kind: 'sum', at: 9.5 + i / 100, bytes: 1 }))
    expect(limitOf(trace(1, 1, ...layers), { ...fast, latency: 0.5 })).toBe('normalisation')
    // A quarter, an eighth, … of 600 bytes: asked before the first round is in and at 9.5, all but that round is sent then. By itself it is over at 6.25.
    const seldom = [start(1, 600), ask(1.1), start(9, 0), ask(9), wait(9.5, 0), wait(9.5, 2)]
    expect(limitOf({ ...trace(0, 0), calls: seldom }, { ...fast, bandwidth: 200 })).toBe('asking')
  })

  it('refuses what no network is', () => {
    expect(() => planScaling(trace(1, 1), { ...fast, bandwidth: 0 })).toThrow(/bandwidth is 0/)
    expect(() => planScaling(trace(1, 1), { ...fast, latency: -1 })).toThrow(/latency is -1/)
    expect(() => planScaling(trace(1, 1), fast, [1.5])).toThrow(/the number of ranks is 1.5/)
  })
})
