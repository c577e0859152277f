import { beforeEach, describe, expect, it } from 'vitest'
import {
  add,
  concat,
  conv,
  deformConv2d,
  flip,
  matmul,
  multiply,
  relu,
  reshape,
  slice,
  square,
  subtract,
  sum,
  tanh,
  transpose,
} from '../ops/index.ts'
import { keep, memory, ones, randomNormal, type Tensor, tensor, zeros } from '../tensor/index.ts'
import { gradients, scope, valueAndGradients, withoutGradients } from './index.ts'

/** Buffers that `body` leaves behind. */
function leftBy(body: () => void): number {
  const before = memory().buffers
  body()
  return memory().buffers - before
}

const values = (x: Tensor): number[] => Array.from(x.dataSync())

describe('valueAndGradients', () => {
  let x: Tensor
  beforeEach(() => {
    x = tensor([1, 2, 3])
  })

  it('gives the value and the gradient of every tensor', () => {
    const w = tensor([4, 5, 6])
    const result = valueAndGradients(() => sum(multiply(x, w)), [x, w])
    expect(result.value.item()).toBe(32)
    expect(result.gradients.map(values)).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ])
  })
  it('takes time in proportion to the tensors that an op joins', () => {
    const parts = Array.from({ length: 40_000 }, (_, i) => tensor([i, -i]))
    const weights = tensor(Float32Array.from({ length: 80_000 }, (_, i) => i % 7))
    const start = performance.now()
    const found = gradients(() => sum(multiply(concat(parts), weights)), parts)
    // With the square of their number it took 20 s.
    expect(performance.now() - start).toBeLessThan(8000)
    expect(values(found[0])).toEqual([0, 1])
    expect(values(found[39_999])).toEqual([79_998 % 7, 79_999 % 7])
  })
  it('gives zeros where the value does not depend on a tensor', () => {
    const other = ones([2, 2])
    expect(values(gradients(() => sum(x), [x, other])[1])).toEqual([0, 0, 0, 0])
  })
  it('gives a tensor named twice its gradient twice, each a handle of its own', () => {
    const [first, second] = gradients(() => sum(square(x)), [x, x])
    first.dispose()
    expect(values(second)).toEqual([2, 4, 6])
  })
  it('adds up the gradients of a tensor used twice', () => {
    expect(values(gradients(() => sum(add(multiply(x, x), x)), [x])[0])).toEqual([3, 5, 7])
    expect(values(gradients(() => sum(add(x, x)), [x])[0])).toEqual([2, 2, 2])
  })
  it('takes a watched tensor for the loss', () => {
    const loss = tensor([5])
    const result = valueAndGradients(() => loss, [loss])
    expect(values(result.gradients[0])).toEqual([1])
    result.value.dispose()
    expect(loss.item()).toBe(5)
  })
  it('takes a tensor of the caller for the loss, and leaves it alive', () => {
    const constant = tensor(7)
    expect(values(gradients(() => constant, [x])[0])).toEqual([0, 0, 0])
    expect(constant.item()).toBe(7)
  })
  it('watches nothing when no tensors are named', () => {
    const result = valueAndGradients(() => sum(x), [])
    expect([result.value.item(), result.gradients]).toEqual([6, []])
  })
  it('keeps what it needs when the loss disposes its own intermediates', () => {
    const loss = (): Tensor => {
      const y = square(x)
      const z = multiply(y, x)
      y.dispose()
      return sum(z)
    }
    expect(values(gradients(loss, [x])[0])).toEqual([3, 12, 27])
  })
  it('stops at what withoutGradients computes', () => {
    expect(
      values(
        gradients(
          () =>
            sum(
              multiply(
                x,
                withoutGradients(() => square(x)),
              ),
            ),
          [x],
        )[0],
      ),
    ).toEqual([1, 4, 9])
  })
  it('differentiates with respect to a tensor that was assigned to', () => {
    x.assign(tensor([10, 20, 30]))
    expect(values(gradients(() => sum(square(x)), [x])[0])).toEqual([20, 40, 60])
  })
})

describe('gradients of gradients', () => {
  it('nest', () => {
    const x = tensor([2])
    const cube = (): Tensor => sum(multiply(x, multiply(x, x)))
    const first = (): Tensor => sum(gradients(cube, [x])[0])
    const second = (): Tensor => sum(gradients(first, [x])[0])
    expect(values(gradients(first, [x])[0])).toEqual([12])
    expect(values(gradients(second, [x])[0])).toEqual([6])
  })
  it("carry a GAN's gradient penalty", () => {
    const x = randomNormal([2, 4, 4, 1], { seed: 1 })
    const [f, w] = [randomNormal([3, 3, 1, 2], { seed: 2 }), randomNormal([8, 1], { seed: 3 })]
    const penalty = (filter: Tensor, weights: Tensor): Tensor => {
      const [g] = gradients(() => sum(matmul(reshape(tanh(conv(x, filter)), [2, 8]), weights)), [x])
      return sum(square(subtract(sum(square(g), { axes: [1, 2, 3] }), 1)))
    }
    const [gf, gw] = gradients(() => penalty(f, w), [f, w])
    // The slope along the gradient is its squared length; measured by a central difference.
    const slope = sum(square(gf)).item() + sum(square(gw)).item()
    const step = 1e-2 / Math.sqrt(slope)
    const at = (t: number): number => penalty(add(f, multiply(gf, t)), add(w, multiply(gw, t))).item()
    expect((at(step) - at(-step)) / (2 * step) / slope).toBeCloseTo(1, 2)
  })
})

describe('the gradient of a sum, which is one number over and over', () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const written = (loss: () => Tensor): number[] => values(gradients(loss, [x])[0])
  it('is the same through whatever moves elements about', () => {
    expect(written(() => sum(reshape(x, [3, 2])))).toEqual([1, 1, 1, 1, 1, 1])
    expect(written(() => sum(transpose(x)))).toEqual([1, 1, 1, 1, 1, 1])
    expect(written(() => sum(flip(reshape(transpose(x), [6]))))).toEqual([1, 1, 1, 1, 1, 1])
    expect(written(() => multiply(sum(slice(x, [{}, { start: 1, step: 2 }])), 3))).toEqual([0, 3, 0, 0, 3, 0])
  })
  it('reaches each row by itself where rows were summed', () => {
    const w = tensor([2, 5])
    expect(written(() => sum(multiply(sum(x, { axes: 1 }), w)))).toEqual([2, 2, 2, 5, 5, 5])
    expect(written(() => sum(square(sum(multiply(x, x), { axes: 1 }))))).toEqual([56, 112, 168, 1232, 1540, 1848])
  })
  it('holds as much memory as any gradient once it is given', () => {
    const before = memory().bytes
    const [g] = gradients(() => sum(x), [x])
    expect(memory().bytes - before).toBe(24)
    g.dispose()
  })
})

describe('memory', () => {
  const x = tensor([1, 2, 3])
  const w = randomNormal([3, 3], { seed: 4 })
  const loss = (): Tensor => sum(relu(matmul(reshape(x, [1, 3]), tanh(multiply(w, 2)))))

  it('holds nothing after valueAndGradients but its results', () => {
    expect(
      leftBy(() => {
        const { value, gradients: all } = valueAndGradients(loss, [x, w])
        value.dispose()
        for (const gradient of all) gradient.dispose()
      }),
    ).toBe(0)
  })
  it('counts the value and one gradient a tensor while they live', () => {
    expect(leftBy(() => void valueAndGradients(loss, [x, w]))).toBe(3)
  })
  it('frees the results with the scope around', () => {
    expect(leftBy(() => void scope(() => valueAndGradients(loss, [x, w]).value.item()))).toBe(0)
  })
  it('holds nothing after second order', () => {
    const second = (): Tensor => sum(square(gradients(() => sum(square(tanh(w))), [w])[0]))
    expect(
      leftBy(() => {
        for (const gradient of gradients(second, [w])) gradient.dispose()
      }),
    ).toBe(0)
  })
  it('spares what the loss gives to keep', () => {
    let kept: Tensor | undefined
    const remember = (): Tensor => {
      kept = keep(square(x))
      return sum(kept)
    }
    for (const gradient of gradients(remember, [x])) gradient.dispose()
    expect(values(kept as Tensor)).toEqual([1, 4, 9])
    kept?.dispose()
  })
  it('stays constant over 1,000 steps of training', () => {
    const filter = randomNormal([3, 1, 2], { seed: 5 })
    const input = randomNormal([4, 8, 1], { seed: 6 })
    const step = (): void =>
      scope(() => {
        const { gradients: all } = valueAndGradients(
          () => sum(square(conv(input, filter, { activation: 'gelu' }))),
          [filter],
        )
        filter.assign(subtract(filter, multiply(all[0], 1e-3)))
      })
    step()
    const after = memory()
    for (let i = 0; i < 1000; i++) step()
    expect(memory()).toEqual(after)
  })
})

describe('errors inside the loss', () => {
  const x = tensor([1, 2, 3])
  const clean = (body: () => void, message: string): void => {
    expect(leftBy(() => expect(body).toThrow(message))).toBe(0)
    // No tape and no scope is left behind: what is made now is neither recorded nor freed by anyone.
    expect(leftBy(() => square(x))).toBe(1)
    expect(leftBy(() => scope(() => void square(x)))).toBe(0)
  }
  it('thrown by the loss itself', () => {
    const broken = (): Tensor => {
      square(x)
      throw new Error('in the middle')
    }
    clean(() => valueAndGradients(broken, [x]), 'in the middle')
    clean(() => valueAndGradients(() => gradients(broken, [x])[0], [x]), 'in the middle')
  })
  it('thrown on the way back', () => {
    const [picture, filter, offsets] = [ones([1, 2, 2, 1]), ones([1, 1, 1, 1]), zeros([1, 2, 2, 2])]
    const inner = (): Tensor => sum(gradients(() => sum(square(deformConv2d(picture, filter, offsets))), [picture])[0])
    clean(() => valueAndGradients(inner, [picture]), 'gradients of its gradients are not available')
  })
  it('a loss that is not one float32 number', () => {
    clean(() => valueAndGradients(() => square(x), [x]), 'the loss is float32 [3]; it must be one float32 number.')
    clean(() => valueAndGradients(() => 3 as unknown as Tensor, [x]), 'the loss is 3; it must be a tensor')
    const asynchronous = (async () => sum(x)) as unknown as () => Tensor
    expect(() => valueAndGradients(asynchronous, [x])).toThrow('the loss returned a promise')
    expect(() => valueAndGradients(() => sum(x), [tensor([1], { dtype: 'int32' })])).toThrow(
      'only float32 has gradients',
    )
    expect(() => valueAndGradients(() => sum(x), x as unknown as Tensor[])).toThrow('give an array of float32 tensors')
    expect(() => valueAndGradients(sum(x) as unknown as () => Tensor, [x])).toThrow('it must be a function')
  })
})
