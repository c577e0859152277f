import { describe, expect, it } from 'vitest'
import { memory, type Tensor, tensor } from '../tensor/index.ts'
import * as optim from './index.ts'

describe('schedules', () => {
  const at = (schedule: optim.Schedule, steps: readonly number[]) => steps.map((step) => schedule(step))
  const close = (list: readonly number[]) => list.map((value) => expect.closeTo(value, 9))
  it('decay by steps and at milestones', () => {
    expect(at(optim.stepDecay({ every: 2, gamma: 0.5 }), [0, 1, 2, 3, 4])).toEqual([1, 1, 0.5, 0.5, 0.25])
    expect(at(optim.milestones([2, 3], 0.1), [0, 1, 2, 3])).toEqual(close([1, 1, 0.1, 0.01]))
  })
  it('follow half a cosine, and stay at its end', () => {
    expect(at(optim.cosine({ steps: 4, floor: 0.2 }), [0, 2, 4, 9])).toEqual(close([1, 0.6, 0.2, 0.2]))
  })
  it('warm up, then hand over', () => {
    const schedule = optim.warmUp({ steps: 3, after: optim.cosine({ steps: 2 }) })
    expect(at(schedule, [0, 1, 2, 3, 4, 5])).toEqual(close([0.25, 0.5, 0.75, 1, 0.5, 0]))
  })
  it('make one cycle, as OneCycleLR does', () => {
    const schedule = optim.oneCycle({ steps: 10, rise: 0.3, divide: 25, finalDivide: 1e4 })
    const cosine = (from: number, to: number, share: number) => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2
    const expected = [0.04, cosine(0.04, 1, 0.5), 1, cosine(1, 4e-6, 1 / 7), 4e-6]
    expect(at(schedule, [0, 1, 2, 3, 9])).toEqual(close(expected))
  })
  const lengths = [0, 1, 2, 3, 4, 5]
  const kinds: Record<string, (length: number) => readonly optim.Schedule[]> = {
    constantRate: () => [optim.constantRate()],
    stepDecay: (every) => [optim.stepDecay({ every })],
    milestones: (step) => [optim.milestones([step])],
    cosine: (steps) => [optim.cosine({ steps }), optim.cosine({ steps, floor: 0.1 })],
    warmUp: (steps) => [
      optim.warmUp({ steps }),
      ...[1, 2, 5].map((after) => optim.warmUp({ steps, after: optim.cosine({ steps: after }) })),
      optim.warmUp({ steps, after: optim.oneCycle({ steps: 1 }) }),
    ],
    oneCycle: (steps) => [0, 0.05, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1].map((rise) => optim.oneCycle({ steps, rise })),
  }
  it.each(Object.entries(kinds))('of the kind %s give factors from 0 to 1 for parts of every length', (_, make) => {
    let made = 0
    for (const length of lengths) {
      let schedules: readonly optim.Schedule[]
      try {
        schedules = make(length)
      } catch (error) {
        // Parts that cannot be empty are refused in words, not made into NaN.
        expect([length, String(error)]).toEqual([0, expect.stringContaining('must be a whole number of 1 or more')])
        continue
      }
      made++
      for (const schedule of schedules) {
        for (const factor of at(schedule, [0, 1, 2, 3, 4, 5, 6, 100])) {
          expect(factor).toBeGreaterThanOrEqual(0)
          expect(factor).toBeLessThanOrEqual(1)
        }
      }
    }
    expect(made).toBeGreaterThanOrEqual(5)
  })
  it('start a cycle at its top where the rise takes one step or none, and stay there for a run of one step', () => {
    for (const [steps, rise] of [
      [10, 0.1],
      [20, 0.05],
      [2, 0.5],
      [4, 0.25],
      [10, 0],
    ]) {
      const schedule = optim.oneCycle({ steps, rise })
      expect(at(schedule, [0, steps - 1, steps + 5])).toEqual(close([1, 4e-6, 4e-6]))
    }
    expect(at(optim.oneCycle({ steps: 1 }), [0, 1, 9])).toEqual([1, 1, 1])
    expect(at(optim.oneCycle({ steps: 5, rise: 1 }), [0, 4, 9])).toEqual(close([0.04, 1, 1]))
  })
  it('refuse lengths that are none', () => {
    expect(() => optim.cosine({ steps: 0 })).toThrow('cosine: steps is 0')
  })
})

describe('clipping', () => {
  const gradients = () => [tensor([3, 0]), tensor([[4]])]
  it('by norm scales all gradients together, and only when they are too long', () => {
    const { gradients: clipped, norm } = optim.clipByNorm(gradients(), 1)
    expect(norm.item()).toBe(5)
    expect(clipped[0].toArray()).toEqual([expect.closeTo(0.6, 5), 0])
    expect(clipped[1].toArray()).toEqual([[expect.closeTo(0.8, 5)]])
    expect(optim.clipByNorm(gradients(), 10).gradients[0].toArray()).toEqual([3, 0])
  })
  it('by value holds each element', () => {
    expect(optim.clipByValue(gradients(), 3.5)[1].toArray()).toEqual([[3.5]])
  })
  it('leaves a step with what it was given to be refused', () => {
    const weight = tensor([1, 1])
    const optimizer = optim.SGD([weight], { learningRate: 1 })
    for (const clipped of [
      (all: Tensor[]) => optim.clipByNorm(all, 1).gradients,
      (all: Tensor[]) => optim.clipByValue(all, 1),
    ]) {
      const all = [tensor([3, 0])]
      const fresh = clipped(all)
      expect(() => optimizer.step(all)).toThrow(
        /^SGD: these gradients were given to clipBy\w+, which leaves them as they are\./,
      )
      optimizer.step(fresh)
    }
    expect(optimizer.steps).toBe(2)
    expect(() => (optimizer.step as () => void)()).toThrow('SGD: 0 gradients for 1 parameter. Take them with')
    expect(weight.toArray()).toEqual([expect.closeTo(-1, 5), 1])
  })
  it('of rows changes the long ones only', () => {
    const weight = tensor([
      [3, 4],
      [0.3, 0.4],
    ])
    optim.limitNorm(weight, 1, 1)
    expect(weight.toArray()).toEqual([
      [expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)],
      [expect.closeTo(0.3, 5), expect.closeTo(0.4, 5)],
    ])
  })
})

describe('gradient accumulation', () => {
  it('gives the mean, starts afresh, and leaks nothing', () => {
    const before = memory().buffers
    const sums = optim.accumulator()
    for (const value of [1, 2, 6]) {
      const gradient = tensor([value])
      sums.add([gradient])
      gradient.dispose()
    }
    expect(sums.count).toBe(3)
    const [mean] = sums.take()
    expect(mean.item()).toBeCloseTo(3, 6)
    expect(sums.count).toBe(0)
    mean.dispose()
    expect(memory().buffers).toBe(before)
    expect(() => sums.take()).toThrow('nothing was added')
  })
})

describe('gradient accumulation by examples', () => {
  it('weighs each set by what it counts', () => {
    const sums = optim.accumulator()
    // (4·1 + 4·3 + 1·10) / 9
    for (const [value, examples] of [
      [1, 4],
      [3, 4],
      [10, 1],
    ]) {
      sums.add([tensor([value])], examples)
    }
    expect(sums.take()[0].item()).toBeCloseTo(26 / 9, 6)
    sums.add([tensor([0.1])], 7)
    expect(sums.take()[0].item()).toBe(Math.fround(0.1))
  })
  it('refuses a weight that is none', () => {
    expect(() => optim.accumulator().add([tensor([1])], 0)).toThrow('the weight is 0; it must be a number above 0')
    expect(() => optim.accumulator().add([tensor([1])], Number.NaN)).toThrow('the weight is NaN')
  })
})

describe('an average of weights', () => {
  it('follows, takes the place of the weights for a while, and can be saved', async () => {
    const weight = tensor([0])
    const average = optim.weightAverage({ weight }, { decay: 0.5, warmUp: false })
    const put = (value: number) => {
      const fresh = tensor([value])
      weight.assign(fresh)
      fresh.dispose()
    }
    put(8)
    average.update()
    put(10)
    average.update()
    expect(await average.during(() => weight.item())).toBe(7)
    expect(weight.item()).toBe(10)
    const other = optim.weightAverage({ weight }, { decay: 0.5 })
    other.loadState(average.state())
    expect(other.state().weight.item()).toBe(7)
    expect(() => other.loadState({})).toThrow('the state lacks weight, updates')
  })
  it('puts the weights back when the body fails', async () => {
    const weight = tensor([1])
    const average = optim.weightAverage({ weight })
    weight.assign(tensor([2]))
    await expect(
      average.during((): Tensor => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(weight.item()).toBe(2)
  })
})
