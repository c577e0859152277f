import { beforeEach, describe, expect, it } from 'vitest'
import { compile } from '../compile/index.ts'
import {
  add,
  clip,
  divide,
  exp,
  log1p,
  matmul,
  multiply,
  negate,
  reshape,
  round,
  sigmoid,
  square,
  subtract,
  sum,
  sumTo,
  tanh,
  transpose,
} from '../ops/index.ts'
import { memory, ones, randomNormal, type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import { refusal } from '../testing/refusal.ts'
import { customGradient, defineOp, gradients, valueAndGradients } from './index.ts'

let x: Tensor
beforeEach(() => {
  x = tensor([0.2, 1.7, -2.6])
})

describe('customGradient', () => {
  it('passes gradients straight through a step', () => {
    const roundStraight = customGradient(
      (value: Tensor) => round(value),
      (g) => g,
    )
    expect(roundStraight(x).toArray()).toEqual([0, 2, -3])
    expect(gradients(() => sum(square(roundStraight(x))), [x])[0].toArray()).toEqual([0, 4, -6])
  })
  it('reverses gradients of what it returns as it came', () => {
    const reversed = customGradient(
      (value: Tensor) => value,
      (g) => [negate(g)],
    )
    expect(gradients(() => sum(multiply(add(reversed(x), x), [1, 2, 3])), [x])[0].toArray()).toEqual([0, 0, 0])
    expect(x.isDisposed).toBe(false)
  })
  it('has the gradient that it states, and one of that, where the formula is right', async () => {
    // log(1 + eˣ), stable: its slope is the sigmoid.
    const softplus = customGradient(
      (value: Tensor) => log1p(exp(value)),
      (g, { inputs: [value] }) => multiply(g, sigmoid(value)),
    )
    await checkOp((value) => softplus(value), [input([7])], { second: true })
    const squashed = customGradient(
      (value: Tensor) => tanh(value),
      (g, { result }) => multiply(g, subtract(1, square(result))),
    )
    await checkOp((value) => squashed(value), [input([2, 3])], { second: true })
    const product = customGradient(
      (a: Tensor, b: Tensor) => matmul(a, b),
      (g, { inputs: [a, b] }) => [matmul(g, transpose(b)), matmul(transpose(a), g)],
    )
    await checkOp((a, b) => product(a, b), [input([2, 3]), input([3, 4], 2)], { second: true })
  })
  it('has third derivatives', () => {
    const cube = customGradient(
      (value: Tensor) => multiply(value, square(value)),
      (g, { inputs: [value] }) => multiply(multiply(g, 3), square(value)),
    )
    const at = tensor([2])
    const once = (): Tensor => sum(gradients(() => sum(cube(at)), [at])[0])
    const twice = (): Tensor => sum(gradients(once, [at])[0])
    expect([once().item(), twice().item(), gradients(twice, [at])[0].item()]).toEqual([12, 12, 6])
  })
  it('leaves out inputs without a gradient, and takes numbers', () => {
    const scaled = customGradient(
      (value: Tensor, factor: Tensor) => multiply(value, factor),
      (g, { inputs: [, factor] }) => [multiply(g, factor), null],
    )
    const factor = tensor(3)
    const found = gradients(() => sum(scaled(x, factor)), [x, factor])
    expect(found.map((one) => one.toArray())).toEqual([[3, 3, 3], 0])
    expect(scaled([1, 2], 2).toArray()).toEqual([2, 4])
  })
  it('holds no memory, whatever the gradient gives back', () => {
    const constant = ones([3])
    const once = customGradient(
      (value: Tensor) => square(square(value)),
      () => constant,
    )
    const before = memory().buffers
    const { value, gradients: all } = valueAndGradients(() => sum(once(x)), [x])
    value.dispose()
    all[0].dispose()
    expect(memory().buffers).toBe(before)
    expect(constant.toArray()).toEqual([1, 1, 1])
  })
  it('is compiled as what it does', () => {
    const bounded = customGradient(
      (value: Tensor) => clip(value, -1, 1),
      (g) => g,
    )
    const plan = compile((value: Tensor) => multiply(bounded(value), 2), x)
    expect((plan(x) as Tensor).toArray()).toEqual(multiply(clip(x, -1, 1), 2).toArray())
    plan.dispose()
  })
  it('refuses gradients of other shapes, numbers and dtypes, in words', () => {
    const giving = (gradient: unknown) => {
      const op = customGradient((a: Tensor, b: Tensor) => add(a, b), (() => gradient) as never)
      return refusal(() => gradients(() => sum(op(x, 1)), [x]))
    }
    expect(giving(ones([3]))).toContain('the gradient gives 1 tensor for 2 inputs. Give one per input, null')
    expect(giving([ones([2]), null])).toContain('the gradient of input 0 is float32 [2], the input has shape [3]')
    expect(giving([ones([3], 'int32'), null])).toContain('is int32 [3]')
    expect(giving([3, null])).toContain('the gradient of input 0 is 3; it must be a tensor')
    expect(refusal(() => customGradient(3 as never, () => x))).toContain('forward is 3; it must be a function')
    expect(refusal(() => customGradient((() => 3) as never, () => x)(x))).toContain('what forward returns is 3')
  })
})

describe('defineOp', () => {
  const swish = defineOp({
    name: 'swish',
    inputs: ['x'],
    options: { beta: 1 },
    forward: ([value], { beta }) => multiply(value, sigmoid(multiply(value, beta))),
  })
  it('composes ops, whose gradients it has', async () => {
    await checkOp((value) => swish(value, { beta: 2 }), [input([5])], { second: true })
    expect(swish(0).item()).toBe(0)
    expect(swish([0, 1], { beta: 100 }).toArray()).toEqual([0, 1])
  })
  /** Σ over windows of two neighbours: the result is one shorter. */
  const pairs = defineOp({
    name: 'pairs',
    inputs: ['x', 'weight'],
    options: { step: 1 },
    shape: ([[length]], { step }) => [length - step],
    loop: (result, [value, weight], { step }) => {
      for (let i = 0; i < result.length; i++) result[i] = weight.data[0] * (value.data[i] + value.data[i + step])
    },
    gradient: (g, { inputs: [value, weight], result, options: { step } }) => {
      const padded = (before: number): Tensor => {
        const all = new Float32Array(value.size)
        all.set(g.dataSync(), before)
        return tensor(all)
      }
      return [
        multiply(add(padded(0), padded(step)), weight),
        reshape(divide(sum(multiply(g, result)), weight), weight.shape),
      ]
    },
  })
  it('runs loops of plain code, with the gradient that is given', () => {
    expect(pairs([1, 2, 4], 10).toArray()).toEqual([30, 60])
    const weight = tensor(2)
    const loss = (): Tensor => sum(multiply(pairs(x, weight), [1, 10]))
    // w(x₀ + x₁) + 10w(x₁ + x₂): by x that is w(1, 11, 10), by w the loss divided by it.
    const found = gradients(loss, [x, weight])
    expect(found[0].toArray()).toEqual([2, 22, 20])
    expect(found[1].item()).toBeCloseTo(1.9 - 9, 5)
  })
  it('takes a gradient of its own in place of that of its ops', () => {
    const straight = defineOp({
      name: 'straight',
      inputs: ['x'],
      forward: ([value]) => round(value),
      gradient: (g, { inputs: [value] }) => sumTo(g, value.shape),
    })
    expect(gradients(() => sum(straight(x)), [x])[0].toArray()).toEqual([1, 1, 1])
  })
  it('refuses by name what it does not take', () => {
    expect(refusal(() => swish({} as never))).toContain('swish: x is Object; it must be a tensor, a number')
    expect(refusal(() => swish(x, { alpha: 1 } as never))).toContain('swish: there is no option "alpha". Known: beta.')
    expect(refusal(() => (pairs as never as (...all: unknown[]) => Tensor)(x))).toContain(
      'pairs: it is called with 1 arguments; it takes x, weight, options.',
    )
    const count = defineOp({ name: 'count', inputs: ['x'], shape: () => [], loop: (result) => result.fill(1) })
    expect(count(x).item()).toBe(1)
    expect(refusal(() => gradients(() => count(x), [x]))).toContain('count: it has no gradient. Give defineOp one')
  })
  it('refuses definitions that are no op', () => {
    const defined = (definition: object) => refusal(() => defineOp(definition as never))
    expect(defined({ name: '', inputs: [], forward: () => x })).toContain('the name is ""')
    expect(defined({ name: 'a', inputs: 'x', forward: () => x })).toContain('give the name of each')
    expect(defined({ name: 'a', inputs: ['x'] })).toContain('exactly one of forward (other ops) and loop')
    expect(defined({ name: 'a', inputs: ['x'], forwards: () => x })).toContain('there is no option "forwards"')
  })
})

it('an op of one’s own trains a network of one layer', () => {
  const step = customGradient(
    (value: Tensor) => round(sigmoid(value)),
    (g) => g,
  )
  const weight = randomNormal([2, 1], { seed: 3 })
  const points = tensor([
    [0, 1],
    [1, 0],
    [2, 1],
    [1, 2],
  ])
  const above = tensor([[1], [0], [0], [1]])
  const loss = (): Tensor => sum(square(subtract(step(matmul(points, weight)), above)))
  for (let i = 0; i < 50; i++) weight.assign(subtract(weight, multiply(gradients(loss, [weight])[0], 0.1)))
  expect(loss().item()).toBe(0)
})
