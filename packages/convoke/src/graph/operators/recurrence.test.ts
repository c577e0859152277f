import { describe, expect, it } from 'vitest'
import { gradients } from '../../autodiff/index.ts'
import { sum } from '../../ops/index.ts'
import { fromData } from '../../tensor/create.ts'
import {
  type Attributes,
  expectClose,
  made,
  numbersOf,
  runOperator,
  shapeOf,
  whole,
} from '../../testing/run-operator.ts'
import type { Item } from '../value.ts'
import { Value } from '../value.ts'

// One feature, one hidden number: the equations of the specification, in plain numbers.
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const { tanh } = Math

interface Scalars {
  readonly w: readonly number[]
  readonly r: readonly number[]
  readonly wb: readonly number[]
  readonly rb: readonly number[]
  readonly p?: readonly number[]
}

const lstm: Scalars = {
  w: [0.5, -0.3, 0.8, 1.1],
  r: [0.2, 0.4, -0.6, 0.3],
  wb: [0.1, 0.2, 0.3, 0.4],
  rb: [0.05, -0.1, 0.2, -0.3],
}
const gru: Scalars = { w: [0.5, -0.3, 0.8], r: [0.2, 0.4, -0.6], wb: [0.1, 0.2, 0.3], rb: [0.05, -0.1, 0.2] }
const simple: Scalars = { w: [0.5], r: [-0.4], wb: [0.1], rb: [0.2] }

function lstmRun(
  xs: readonly number[],
  { w, r, wb, rb, p = [0, 0, 0] }: Scalars,
  h = 0,
  c = 0,
): { ys: number[]; c: number } {
  const ys = xs.map((x) => {
    const gate = (i: number): number => w[i] * x + r[i] * h + wb[i] + rb[i]
    const [i, f] = [sigmoid(gate(0) + p[0] * c), sigmoid(gate(2) + p[2] * c)]
    c = f * c + i * tanh(gate(3))
    h = sigmoid(gate(1) + p[1] * c) * tanh(c)
    return h
  })
  return { ys, c }
}

function gruRun(xs: readonly number[], { w, r, wb, rb }: Scalars, resetsLast: boolean, h = 0): number[] {
  return xs.map((x) => {
    const z = sigmoid(w[0] * x + r[0] * h + wb[0] + rb[0])
    const reset = sigmoid(w[1] * x + r[1] * h + wb[1] + rb[1])
    const past = resetsLast ? reset * (r[2] * h + rb[2]) : r[2] * (reset * h) + rb[2]
    h = (1 - z) * tanh(w[2] * x + past + wb[2]) + z * h
    return h
  })
}

function simpleRun(xs: readonly number[], { w, r, wb, rb }: Scalars, f: (x: number) => number): number[] {
  let h = 0
  return xs.map((x) => {
    h = f(w[0] * x + r[0] * h + wb[0] + rb[0])
    return h
  })
}

const columns = (x: readonly number[], each: readonly Scalars[]): Value =>
  made([...x], [each.length, x.length / each.length, 1])

/** The operator's inputs; more directions stand one after another. */
function inputsOf(x: Value, each: readonly Scalars[], more: readonly Item[] = []): Item[] {
  const bias = made(
    each.flatMap(({ wb, rb }) => [...wb, ...rb]),
    [each.length, 2 * each[0].wb.length],
  )
  return [
    x,
    columns(
      each.flatMap(({ w }) => w),
      each,
    ),
    columns(
      each.flatMap(({ r }) => r),
      each,
    ),
    bias,
    ...more,
  ]
}

const xs = [1, -2, 0.5]
const sequence = made(xs, [3, 1, 1])
const run = (operator: string, inputs: readonly Item[], attributes: Attributes = {}): Item[] =>
  runOperator(operator, { inputs, attributes: { hidden_size: 1, ...attributes }, outputs: operator === 'LSTM' ? 3 : 2 })

describe('LSTM', () => {
  it('follows its equations, forward and in reverse', () => {
    const forward = lstmRun(xs, lstm)
    const [y, h, c] = run('LSTM', inputsOf(sequence, [lstm]))
    expect(shapeOf(y)).toEqual([3, 1, 1, 1])
    expectClose(numbersOf(y), forward.ys)
    expectClose(numbersOf(h), [forward.ys[2]])
    expectClose(numbersOf(c), [forward.c])
    const backward = lstmRun([...xs].reverse(), lstm).ys
    const turned = run('LSTM', inputsOf(sequence, [lstm]), { direction: 'reverse' })
    expectClose(numbersOf(turned[0]), [...backward].reverse())
    expectClose(numbersOf(turned[1]), [backward[2]])
  })

  it('goes both ways with weights of their own, batch first where that is asked for', () => {
    const other = { ...lstm, w: [1, 2, 3, 4] }
    const x = made(xs, [1, 3, 1])
    const [y, h] = run('LSTM', inputsOf(x, [lstm, other]), { direction: 'bidirectional', layout: 1 })
    const [there, back] = [lstmRun(xs, lstm).ys, lstmRun([...xs].reverse(), other).ys.reverse()]
    expect(shapeOf(y)).toEqual([1, 3, 2, 1])
    expect(shapeOf(h)).toEqual([1, 2, 1])
    expectClose(
      numbersOf(y),
      there.flatMap((value, i) => [value, back[i]]),
    )
  })

  it('looks at its cell through peepholes, from where it is told to begin', () => {
    const p = [0.7, -0.5, 0.9]
    const state = (x: number): Value => made([x], [1, 1, 1])
    const more = [null, state(0.3), state(-0.8), made(p, [1, 3])]
    expectClose(numbersOf(run('LSTM', inputsOf(sequence, [lstm], more))[0]), lstmRun(xs, { ...lstm, p }, 0.3, -0.8).ys)
  })

  it('stops at the end of each example, and keeps its state from there', () => {
    const x = made([1, 4, -2, 5, 0.5, 6], [3, 2, 1])
    const [there, short] = [lstmRun(xs, lstm), lstmRun([4], lstm)]
    const [y, h, c] = run('LSTM', inputsOf(x, [lstm], [whole([3, 1])]))
    expectClose(numbersOf(y), [there.ys[0], short.ys[0], there.ys[1], 0, there.ys[2], 0])
    expectClose(numbersOf(h), [there.ys[2], short.ys[0]])
    expectClose(numbersOf(c), [there.c, short.c])
    // In reverse it begins at that end.
    const [, last] = run('LSTM', inputsOf(x, [lstm], [whole([3, 1])]), { direction: 'reverse' })
    expectClose(numbersOf(last), [lstmRun([...xs].reverse(), lstm).ys[2], short.ys[0]])
  })

  it('couples its gates and clips what goes into them', () => {
    const [y] = run('LSTM', inputsOf(made([9], [1, 1, 1]), [lstm]), { input_forget: 1, clip: 0.5 })
    // Every sum is beyond its limit; the output's is below −0.5.
    const cell = sigmoid(0.5) * tanh(0.5)
    expectClose(numbersOf(y), [sigmoid(-0.5) * tanh(cell)])
  })

  it('has gradients', () => {
    const w = fromData(lstm.w, [1, 4, 1], 'float32')
    const y = (): Value => run('LSTM', inputsOf(sequence, [lstm]).with(1, Value.of(w)))[0] as Value
    const [gradient] = gradients(() => sum(y().plain), [w])
    const total = (first: number): number =>
      lstmRun(xs, { ...lstm, w: [first, ...lstm.w.slice(1)] }).ys.reduce((a, b) => a + b)
    expect(gradient.dataSync()[0]).toBeCloseTo((total(0.501) - total(0.499)) / 0.002, 3)
  })
})

describe('GRU', () => {
  it('resets before the product, or behind it', () => {
    expectClose(numbersOf(run('GRU', inputsOf(sequence, [gru]))[0]), gruRun(xs, gru, false))
    const behind = run('GRU', inputsOf(sequence, [gru]), { linear_before_reset: 1 })
    expectClose(numbersOf(behind[0]), gruRun(xs, gru, true))
    const [, h] = run('GRU', inputsOf(sequence, [gru], [whole([2])]), { linear_before_reset: 1 })
    expectClose(numbersOf(h), [gruRun(xs, gru, true)[1]])
  })
})

describe('RNN', () => {
  it('takes the functions it is told, with their numbers', () => {
    expectClose(numbersOf(run('RNN', inputsOf(sequence, [simple]))[0]), simpleRun(xs, simple, tanh))
    const attributes = { activations: ['Affine'], activation_alpha: { floats: [2] }, activation_beta: { floats: [1] } }
    expectClose(
      numbersOf(run('RNN', inputsOf(sequence, [simple]), attributes)[0]),
      simpleRun(xs, simple, (x) => 2 * x + 1),
    )
    const leaky = simpleRun(xs, simple, (x) => (x < 0 ? 0.01 * x : x))
    expectClose(numbersOf(run('RNN', inputsOf(sequence, [simple]), { activations: ['LeakyRelu'] })[0]), leaky)
  })

  it('refuses functions and shapes that it does not know', () => {
    expect(() => run('RNN', inputsOf(sequence, [simple]), { activations: ['Swish'] })).toThrow(
      'the activation Swish is not known',
    )
    expect(() => run('RNN', inputsOf(made([1, 2], [1, 1, 2]), [simple]))).toThrow('must be [1, 1, 2]')
    expect(() => run('RNN', inputsOf(sequence, [simple], [whole([9])]))).toThrow('sequence_lens is 9')
  })

  it('of no steps gives no outputs and its first state', () => {
    const [y, h] = run('RNN', inputsOf(made([], [0, 1, 1]), [simple], [null, made([0.25], [1, 1, 1])]))
    expect(shapeOf(y)).toEqual([0, 1, 1, 1])
    expect(numbersOf(h)).toEqual([0.25])
  })
})
