import { describe, expect, it, vi } from 'vitest'
import type { Prepared } from './contender.ts'
import { type Budget, measureInTurn, turnOrder } from './measure.ts'

const budget: Budget = { rounds: 4, turn: 2, total: 1000, settle: 0, resolution: 0.05 }

const busy = (ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end);
}

const contender = (log: string[], name: string, ms: number, extra: Partial<Prepared> = {}): Prepared => ({
  ...{ kernel: '', algorithm: '', outputs: async () => [], dispose: () => {} },
  run: () => {
    if (log[log.length - 1] !== name) log.push(name)
    busy(ms)
  },
  ...extra,
})

describe('measuring in turn', () => {
  it('gives everyone a turn in every round, in an order that changes', async () => {
    const log: string[] = []
    await measureInTurn([contender(log, 'a', 0.2), contender(log, 'b', 0.2)], budget)
    // The first two entries are the warm-up; a neighbour running twice in a row is logged once.
    const orders = Array.from({ length: budget.rounds }, (_, round) => turnOrder(2, round).map((i) => 'ab'[i]))
    const expected = ['a', 'b', ...orders.flat()].filter((name, i, all) => name !== all[i - 1])
    expect(log).toEqual(expected)
  })

  it('puts every contender in every place, and behind every other', () => {
    const orders = Array.from({ length: 6 }, (_, round) => turnOrder(3, round))
    for (const order of orders) expect([...order].sort()).toEqual([0, 1, 2])
    for (const place of [0, 1, 2]) expect(new Set(orders.map((order) => order[place])).size).toBe(3)
    const pairs = orders.flatMap((order) => [`${order[0]}${order[1]}`, `${order[1]}${order[2]}`])
    expect(new Set(pairs).size).toBe(6)
  })

  it('measures at least as long as a run takes, and tells a slow one from a fast one', async () => {
    const [fast, slow] = await measureInTurn([contender([], 'fast', 0.5), contender([], 'slow', 3)], budget)
    expect(fast.median).toBeGreaterThanOrEqual(0.5)
    expect(slow.median).toBeGreaterThanOrEqual(3)
    expect(slow.median).toBeGreaterThan(fast.median)
    expect(fast).toMatchObject({ rounds: 4 })
    expect(fast.low).toBeLessThanOrEqual(fast.median)
    expect(fast.high).toBeGreaterThanOrEqual(fast.median)
  })

  it('gives a contender that would outspend its time fewer rounds', async () => {
    // A clock that only runs move on: a machine that is busy with something else changes nothing.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const run = (): void => {
      now += 30
    }
    try {
      const [timing] = await measureInTurn([contender([], 'slow', 0, { run })], { ...budget, total: 65 })
      expect(timing.rounds).toBe(2)
    } finally {
      clock.mockRestore()
    }
  })

  it('does not run a contender again whose first run took all of its time', async () => {
    let runs = 0
    const run = (): void => {
      runs++
      busy(5)
    }
    const [timing] = await measureInTurn([contender([], 'slower', 0, { run })], { ...budget, total: 4 })
    expect(runs).toBe(1)
    expect(timing.rounds).toBe(1)
    expect(timing.median).toBeGreaterThanOrEqual(5)
  })

  it('makes a contender the current one before its turns and refreshes it before each timed run', async () => {
    const log: string[] = []
    const enter = async (): Promise<void> => {
      log.push('enter')
    }
    const refresh = (): void => {
      log.push('refresh')
    }
    await measureInTurn([contender(log, 'run', 5, { enter, refresh })], { ...budget, rounds: 1 })
    // Warm-up runs are logged as one entry; then the turn: one untimed run, one refreshed and timed.
    expect(log).toEqual(['enter', 'run', 'enter', 'run', 'refresh', 'run'])
  })

  it('measures what lies between the rounds once a round', async () => {
    const seen: number[] = []
    await measureInTurn([contender([], 'a', 0.2)], budget, async (round) => {
      seen.push(round)
    })
    expect(seen).toEqual([0, 1, 2, 3])
  })
})
