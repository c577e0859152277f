import { describe, expect, it } from 'vitest'
import { messagesOf } from './messages.ts'
import { communicationOf, type Network, simulateStep } from './simulate.ts'
import type { StepCall } from './step.ts'

describe('messages of a sum', () => {
  it('halve and double between a power of two', () => {
    // 8 bytes on 8 ranks: halves of what is left to exchange, then the results back.
    expect(messagesOf(8, 8)).toEqual([4, 2, 1, 1, 2, 4])
    expect(messagesOf(8, 2)).toEqual([4, 4])
  })

  it('go around a ring between other numbers of ranks', () => {
    expect(messagesOf(9, 3)).toEqual([3, 3, 3, 3])
  })

  it('are half as many bytes as bfloat16: an exchange, and a gathering', () => {
    expect(messagesOf(8, 4, 'bfloat16')).toEqual([3, 3])
  })

  it('are none where there is one rank', () => {
    expect(messagesOf(8, 1)).toEqual([])
    expect(messagesOf(8, 1, 'bfloat16')).toEqual([])
  })
})

// 100 bytes a second: a sum of 200 bytes between two ranks is two rounds of 100 bytes, one second each, and half a second of latency each.
const network: Network = { latency: 0.5, bandwidth: 100, work: 0 }
const start = (at: number, bytes = 200): StepCall => ({ kind: 'start', at, bytes, wire: 'float32' })
const ask = (at: number): StepCall => ({ kind: 'ask', at })
const wait = (at: number, number: number): StepCall => ({ kind: 'wait', at, start: number })
const step = (seconds: number, ...calls: StepCall[]) => ({ seconds, calls })

describe('a simulated step', () => {
  it('is the recorded one on one rank', () => {
    expect(simulateStep(step(10, start(9), wait(9, 0)), network, 1)).toBe(10)
  })

  it('waits for what nothing hides: two rounds of 1.5 s', () => {
    expect(simulateStep(step(10, start(9), wait(9, 0)), network, 2)).toBe(10 + 3)
  })

  it('has a round wait until MPI is asked', () => {
    // The first round is in at 1.5; unasked until 8, the second one is in at 9.5, half a second after the rank begins to wait.
    const trace = step(10, start(0), ask(1), ask(8), wait(9, 0))
    expect(simulateStep(trace, network, 2)).toBe(10.5)
    // By itself it would be in at 3.
    expect(simulateStep(trace, network, 2, { unasked: true })).toBe(10)
    // Never asked, it sets out at 9.
    expect(simulateStep(step(10, start(0), wait(9, 0)), network, 2)).toBe(11.5)
  })

  it('sends one message at a time, and the latency of one passes behind another', () => {
    // The first messages leave from 0 to 1 and from 1 to 2 and are in at 1.5 and 2.5; the second ones leave at 2 and 3, and are in at 3.5 and 4.5.
    expect(simulateStep(step(1, start(0), start(0), wait(0, 0), wait(0, 1)), network, 2)).toBe(1 + 4.5)
  })

  it('goes on with all sums while it waits for one', () => {
    // As above; once the second sum has been waited for, the first one is done.
    expect(simulateStep(step(1, start(0), start(0), wait(0, 1), wait(0.5, 0)), network, 2)).toBe(1 + 4.5)
  })

  it('computes later for what it copies meanwhile', () => {
    // Asked at 2, the first 100 bytes cost 1 s: what was to begin at 5 begins at 6. The second round is in at 3.5, and found at 6: another second.
    const trace = step(10, start(0), ask(2), ask(5), wait(8, 0))
    expect(simulateStep(trace, { ...network, work: 0.01 }, 2)).toBe(12)
  })

  it('stands still for sums that layers wait for', () => {
    // 20 bytes: two rounds of 0.1 s and 0.5 s of latency.
    expect(simulateStep(step(4, { kind: 'sum', at: 1, bytes: 20 }), network, 2)).toBeCloseTo(4 + 1.2, 12)
    // Behind a bucket whose message is leaving until 2, they begin then: in at 2.6 and, while that bucket's second one leaves from 2.1 (known at 1.5) …
    const trace = step(4, start(1), { kind: 'sum', at: 1, bytes: 20 }, wait(4, 0))
    // 1.0–2.0 bucket, in 2.5; 2.0–2.1 sum, in 2.6; bucket 2.5–3.5, in 4.0; sum 3.5–3.6, in 4.1: the sum ends at 4.1, the delay is 3.1.
    expect(simulateStep(trace, network, 2)).toBeCloseTo(4 + 3.1, 12)
  })

  it('tells what its sums take with nothing else to do', () => {
    const trace = step(10, start(3), ask(4), start(5), ask(6), wait(8, 0), wait(8, 2))
    expect(communicationOf(trace, network, 2)).toBe(4.5)
    // Four ranks: 100, 50, 50 and 100 bytes each, four latencies. Both together fill the line: 6 s, and the last latency.
    expect(communicationOf(trace, network, 4)).toBe(6.5)
    expect(communicationOf(trace, network, 1)).toBe(0)
  })
})
