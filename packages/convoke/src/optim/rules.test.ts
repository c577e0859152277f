// Expected values: the formulas of PyTorch's documentation (torch.optim, 2.x), written out below for one number.

import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { currentBackend } from '../backends/current.ts'
import { square, sum } from '../ops/index.ts'
import { memory, type Tensor, tensor } from '../tensor/index.ts'
import { onBackend } from '../testing/check-op.ts'
import * as optim from './index.ts'
import type { Optimizer } from './optimizer.ts'

const gradients = [0.5, -0.3, 0.8, 0.1]
const start = 1.25

/** Runs an optimiser on one number. */
function run(make: (parameters: Tensor[]) => Optimizer): number[] {
  const parameter = tensor([start])
  const optimizer = make([parameter])
  return gradients.map((gradient) => {
    optimizer.step([tensor([gradient])])
    return parameter.item()
  })
}

/** The same by a scalar rule (parameter, gradient, step) → parameter. */
function byHand(rule: (x: number, g: number, t: number) => number): number[] {
  let x = start
  return gradients.map((gradient, i) => {
    x = rule(x, gradient, i + 1)
    return x
  })
}

const cases: readonly (readonly [string, (p: Tensor[]) => Optimizer, () => number[]])[] = [
  ['SGD', (p) => optim.SGD(p, { learningRate: 0.1 }), () => byHand((x, g) => x - 0.1 * g)],
  [
    'SGD with momentum, dampening and decay',
    (p) => optim.SGD(p, { learningRate: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.01 }),
    () => {
      let b = 0
      return byHand((x, g, t) => {
        const d = g + 0.01 * x
        b = t === 1 ? d : 0.9 * b + 0.8 * d
        return x - 0.1 * b
      })
    },
  ],
  [
    'SGD with Nesterov momentum',
    (p) => optim.SGD(p, { learningRate: 0.1, momentum: 0.9, nesterov: true }),
    () => {
      let b = 0
      return byHand((x, g, t) => {
        b = t === 1 ? g : 0.9 * b + g
        return x - 0.1 * (g + 0.9 * b)
      })
    },
  ],
  [
    'Adam with decay',
    (p) => optim.Adam(p, { learningRate: 0.02, betas: [0.8, 0.95], weightDecay: 0.1 }),
    () => adamByHand({ rate: 0.02, b1: 0.8, b2: 0.95, l2: 0.1, decay: 0, amsgrad: false }),
  ],
  [
    'Adam with amsgrad',
    (p) => optim.Adam(p, { amsgrad: true, betas: [0.9, 0.5] }),
    () => adamByHand({ rate: 1e-3, b1: 0.9, b2: 0.5, l2: 0, decay: 0, amsgrad: true }),
  ],
  [
    'AdamW',
    (p) => optim.AdamW(p, { learningRate: 0.02 }),
    () => adamByHand({ rate: 0.02, b1: 0.9, b2: 0.999, l2: 0, decay: 0.01, amsgrad: false }),
  ],
  [
    'RMSprop',
    (p) => optim.RMSprop(p, { weightDecay: 0.05 }),
    () => {
      let v = 0
      return byHand((x, g) => {
        const d = g + 0.05 * x
        v = 0.99 * v + 0.01 * d * d
        return x - (0.01 * d) / (Math.sqrt(v) + 1e-8)
      })
    },
  ],
  [
    'RMSprop, centred, with momentum',
    (p) => optim.RMSprop(p, { alpha: 0.9, momentum: 0.5, centered: true }),
    () => {
      let [v, m, b] = [0, 0, 0]
      return byHand((x, g) => {
        v = 0.9 * v + 0.1 * g * g
        m = 0.9 * m + 0.1 * g
        b = 0.5 * b + g / (Math.sqrt(v - m * m) + 1e-8)
        return x - 0.01 * b
      })
    },
  ],
  [
    'Adagrad',
    (p) => optim.Adagrad(p, { learningRate: 0.1, rateDecay: 0.5, initial: 0.2, weightDecay: 0.01 }),
    () => {
      let v = 0.2
      return byHand((x, g, t) => {
        const d = g + 0.01 * x
        v += d * d
        return x - ((0.1 / (1 + (t - 1) * 0.5)) * d) / (Math.sqrt(v) + 1e-10)
      })
    },
  ],
  [
    'Adadelta',
    (p) => optim.Adadelta(p, { rho: 0.7 }),
    () => {
      let [v, u] = [0, 0]
      return byHand((x, g) => {
        v = 0.7 * v + 0.3 * g * g
        const change = (Math.sqrt(u + 1e-6) / Math.sqrt(v + 1e-6)) * g
        u = 0.7 * u + 0.3 * change * change
        return x - change
      })
    },
  ],
]

interface AdamCase {
  readonly rate: number
  readonly b1: number
  readonly b2: number
  readonly l2: number
  readonly decay: number
  readonly amsgrad: boolean
}

function adamByHand({ rate, b1, b2, l2, decay, amsgrad }: AdamCase): number[] {
  let [m, v, largest] = [0, 0, 0]
  return byHand((x, g, t) => {
    const shrunk = x * (1 - rate * decay)
    const d = g + l2 * shrunk
    m = b1 * m + (1 - b1) * d
    v = b2 * v + (1 - b2) * d * d
    largest = Math.max(largest, v)
    const second = amsgrad ? largest : v
    return shrunk - ((rate / (1 - b1 ** t)) * m) / (Math.sqrt(second) / Math.sqrt(1 - b2 ** t) + 1e-8)
  })
}

describe('optimisers step as PyTorch does', () => {
  it.each(cases)('%s', (_, make, expected) => {
    expect(run(make)).toEqual(expected().map((value) => expect.closeTo(value, 5)))
  })
})

describe('every optimiser', () => {
  it.each(cases)('%s minimises, and holds no more memory after many steps than after two', (_, make) => {
    const parameter = tensor([1, -2, 3])
    const optimizer = make([parameter])
    const step = (): number => {
      const { value, gradients: found } = valueAndGradients(() => sum(square(parameter)), [parameter])
      optimizer.step(found)
      for (const gradient of found) gradient.dispose()
      const loss = value.item()
      value.dispose()
      return loss
    }
    const first = step()
    step()
    const held = memory()
    let last = 0
    for (let i = 0; i < 10; i++) last = step()
    expect(memory()).toEqual(held)
    expect(last).toBeLessThan(first)
  })

  it.each(cases)('%s goes on to the bit from its saved state', (_, make) => {
    const feed = (optimizer: Optimizer, list: readonly number[]) => {
      for (const gradient of list) optimizer.step([tensor([gradient])])
    }
    const a = tensor([start])
    const whole = make([a])
    feed(whole, gradients)
    const b = tensor([start])
    const before = make([b])
    feed(before, gradients.slice(0, 2))
    const c = tensor(b.dataSync())
    const after = make([c])
    after.loadState(before.state())
    feed(after, gradients.slice(2))
    expect(c.item()).toBe(a.item())
    expect(after.steps).toBe(4)
  })
})

describe('a step', () => {
  it('writes in place, but leaves what shares the memory of a parameter alone', () => {
    const [alone, shared] = [tensor([1, 2]), tensor([3, 4])]
    const view = shared.view([2, 1])
    const before = [alone, shared].map(({ storage }) => storage)
    const optimizer = optim.Adam([alone, shared])
    optimizer.step([tensor([1, 1]), tensor([1, 1])])
    expect(alone.storage).toBe(before[0])
    expect(shared.storage).not.toBe(before[1])
    expect(view.toArray()).toEqual([[3], [4]])
    expect(shared.toArray()).not.toEqual([3, 4])
  })
  it('moves to the present backend parameters that were made on another', async () => {
    const parameter = await onBackend('reference', () => tensor([1]))
    optim.SGD([parameter], { learningRate: 0.5 }).step([tensor([1])])
    expect(parameter.item()).toBe(0.5)
    expect(parameter.storage.backend).toBe(currentBackend())
  })
  it('scales gradients by the factor it is given', () => {
    const parameter = tensor([1])
    optim.SGD([parameter], { learningRate: 0.5 }).step([tensor([1])], { gradientFactor: 0.25 })
    expect(parameter.item()).toBe(0.875)
  })
})

describe('parameter groups', () => {
  it('have options of their own, scaled together by a schedule', () => {
    const [a, b] = [tensor([1]), tensor([1])]
    const optimizer = optim.SGD([{ parameters: [a], learningRate: 0.5 }, { parameters: [b] }], { learningRate: 0.25 })
    expect(optimizer.learningRates).toEqual([0.5, 0.25])
    optimizer.step([tensor([1]), tensor([1])], { factor: 0.5 })
    expect([a.item(), b.item()]).toEqual([0.75, 0.875])
  })
  it('are refused where they cannot be right', () => {
    const a = tensor([1])
    expect(() => optim.SGD([a, a])).toThrow('is given twice')
    expect(() => optim.SGD([a], { learningRate: -1 })).toThrow('the learning rate is -1')
    expect(() => optim.SGD([tensor([1], { dtype: 'int32' })])).toThrow('it must be float32')
    expect(() => optim.SGD([])).toThrow('give model.parameters()')
    expect(() => optim.SGD([a], { lr: 1 } as object)).toThrow('there is no option "lr". Known: learningRate,')
    expect(() => optim.SGD([a]).step([])).toThrow('0 gradients for 1 parameter')
    expect(() => optim.Adam([a]).step([tensor([1, 2])])).toThrow('gradient 0 has shape [2], its parameter [1]')
    expect(() => optim.Adam([a]).loadState({ steps: tensor([1]), '3.first': tensor([1]) })).toThrow(
      'belongs to no parameter',
    )
  })
})
