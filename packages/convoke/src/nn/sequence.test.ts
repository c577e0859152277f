import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { mean, reshape, slice, square, subtract, sum } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { memory, randomNormal, type Tensor, tensor, zeros } from '../tensor/index.ts'
import * as nn from './index.ts'

const layers = { LSTM: nn.LSTM, GRU: nn.GRU }
const values = (x: Tensor) => Array.from(x.dataSync())
const sigma = (x: number) => 1 / (1 + Math.exp(-x))

/** The recurrences of PyTorch's documentation (torch.nn.LSTM, torch.nn.GRU), for one example in plain numbers. */
function byHand(
  kind: 'LSTM' | 'GRU',
  layer: Record<string, Tensor>,
  xs: readonly (readonly number[])[],
  hidden: number,
) {
  const table = (name: string) => layer[name].toArray() as number[][]
  const row = (name: string) => layer[name].toArray() as number[]
  const product = (v: readonly number[], name: string, bias: string) =>
    row(bias).map((b, j) => b + v.reduce((total, value, i) => total + value * table(name)[i][j], 0))
  let [h, c] = [Array<number>(hidden).fill(0), Array<number>(hidden).fill(0)]
  return xs.map((x) => {
    const a = product(x, 'weightInput', 'biasInput')
    const b = product(h, 'weightHidden', 'biasHidden')
    const gate = (n: number, j: number) => a[n * hidden + j] + b[n * hidden + j]
    if (kind === 'LSTM') {
      c = c.map((old, j) => sigma(gate(1, j)) * old + sigma(gate(0, j)) * Math.tanh(gate(2, j)))
      h = c.map((cell, j) => sigma(gate(3, j)) * Math.tanh(cell))
    } else {
      h = h.map((old, j) => {
        const n = Math.tanh(a[2 * hidden + j] + sigma(gate(0, j)) * b[2 * hidden + j])
        const z = sigma(gate(1, j))
        return (1 - z) * n + z * old
      })
    }
    return h
  })
}

describe('recurrent layers', () => {
  const x = randomNormal([1, 4, 3], { seed: 1 })
  const rows = (x.toArray() as number[][][])[0]
  it.each(['LSTM', 'GRU'] as const)('%s follows its recurrence in both directions', (kind) => {
    const layer = layers[kind]({ in: 3, hidden: 2, bidirectional: true }).initialize(3)
    const { output, hidden } = layer(x)
    const part = (name: string) => {
      const state = layer.state()
      return Object.fromEntries(
        ['weightInput', 'weightHidden', 'biasInput', 'biasHidden'].map((key) => [key, state[`${name}.${key}`]]),
      )
    }
    const forward = byHand(kind, part('forward0'), rows, 2)
    const backward = byHand(kind, part('backward0'), rows.toReversed(), 2).reverse()
    const expected = forward.map((h, t) => [...h, ...backward[t]].map((value) => expect.closeTo(value, 5)))
    expect(output.toArray()).toEqual([expected])
    expect(hidden.toArray()).toEqual([forward[3], backward[0]].map((h) => [h.map((value) => expect.closeTo(value, 5))]))
  })

  it('stack in layers, and count as PyTorch counts', () => {
    const layer = nn.LSTM({ in: 10, hidden: 20, layers: 2 })
    // torch.nn.LSTM(10, 20, 2): 4·20·(10 + 20 + 2) + 4·20·(20 + 20 + 2).
    expect(layer.parameterCount()).toBe(2560 + 3360)
    expect(nn.GRU({ in: 10, hidden: 20 }).parameterCount()).toBe(3 * 20 * (10 + 20 + 2))
    expect(layer(zeros([2, 3, 10])).hidden.shape).toEqual([2, 2, 20])
  })

  it.each(['LSTM', 'GRU'] as const)('%s goes on from a state as if it had never stopped', (kind) => {
    const layer = layers[kind]({ in: 3, hidden: 2, layers: 2 }).initialize(5)
    const cut = (start: number, stop: number) => slice(x, [null, { start, stop }])
    const first = layer(cut(0, 2))
    expect(values(layer(cut(2, 4), first).hidden)).toEqual(values(layer(x).hidden))
  })

  it('let gradients reach the first step, in constant memory', () => {
    const layer = nn.LSTM({ in: 3, hidden: 2 }).initialize(1)
    const before = memory().buffers
    const { value, gradients } = valueAndGradients(() => sum(square(layer(x).hidden)), [x, ...layer.parameters()])
    const perStep = (gradients[0].toArray() as number[][][])[0]
    for (const row of perStep) expect(row.some((entry) => entry !== 0)).toBe(true)
    for (const tensor of [value, ...gradients]) tensor.dispose()
    expect(memory().buffers).toBe(before)
  })

  it('run from the end to the start, and both ways at once, in layers, for an empty batch and one of a single step', () => {
    for (const kind of ['LSTM', 'GRU'] as const) {
      const layer = layers[kind]({ in: 3, hidden: 2, layers: 2, bidirectional: true, dropout: 0.5 }).initialize(7)
      expect(layer(zeros([0, 4, 3])).output.shape).toEqual([0, 4, 4])
      const once = layer(slice(x, [null, { stop: 1 }]))
      expect(once.output.shape).toEqual([1, 1, 4])
      const [forward, backward] = (once.hidden.toArray() as number[][][]).slice(2).map(([row]) => row)
      expect(once.output.toArray()).toEqual([[[...forward, ...backward]]])
      const nothing = valueAndGradients(() => sum(layer(zeros([0, 4, 3])).output), layer.parameters())
      for (const gradient of nothing.gradients) expect(values(gradient).every((entry) => entry === 0)).toBe(true)
    }
  })

  it.each(['LSTM', 'GRU'] as const)('%s learns to remember what it saw first', (kind) => {
    const layer = layers[kind]({ in: 1, hidden: 8 }).initialize(1)
    const head = nn.Linear({ in: 8, out: 1 }).initialize(2)
    const parameters = [...layer.parameters(), ...head.parameters()]
    const optimizer = optim.Adam(parameters, { learningRate: 0.02 })
    const signals = randomNormal([32, 8, 1], { seed: 11 })
    const first = slice(signals, [null, { stop: 1 }])
    const lossNow = () => mean(square(subtract(head(reshape(layer(signals).hidden, [32, 8])), reshape(first, [32, 1]))))
    const before = lossNow().item()
    for (let step = 0; step < 150; step++) {
      const { value, gradients } = valueAndGradients(lossNow, parameters)
      optimizer.step(gradients)
      for (const tensor of [value, ...gradients]) tensor.dispose()
    }
    expect(lossNow().item()).toBeLessThan(before / 20)
  })

  it('refuse what is no sequence', () => {
    expect(() => nn.GRU({ in: 3, hidden: 2 })(zeros([2, 4]))).toThrow('it must be [batch, time, 3]')
    expect(() => nn.GRU({ in: 3, hidden: 2 })(zeros([2, 0, 3]))).toThrow('it must be [batch, time, 3]')
    expect(() => nn.GRU({ in: 3, hidden: 2 })(x, { hidden: zeros([1, 2]) })).toThrow('it must be [1, 1, 2]')
  })
})

describe('attention', () => {
  const x = randomNormal([2, 4, 6], { seed: 2 })
  it('with one head is softmax(Q·Kᵀ / √size)·V', () => {
    const identity = tensor(Array.from({ length: 2 }, (_, i) => [Number(i === 0), Number(i === 1)]))
    const layer = nn.MultiHeadAttention({ size: 2, heads: 1 }).initialize(1)
    const state = layer.state()
    for (const name of ['query', 'key', 'value', 'output']) state[`${name}.weight`].assign(identity)
    const rows = [
      [1, 0],
      [0, 2],
    ]
    const expected = rows.map((q) => {
      const scores = rows.map((k) => Math.exp((q[0] * k[0] + q[1] * k[1]) / Math.SQRT2))
      const total = scores[0] + scores[1]
      return [0, 1].map((j) => expect.closeTo((scores[0] * rows[0][j] + scores[1] * rows[1][j]) / total, 5))
    })
    expect(layer(tensor([rows])).toArray()).toEqual([expected])
  })

  it('counts as PyTorch counts: four projections with bias', () => {
    expect(nn.MultiHeadAttention({ size: 6, heads: 3 }).parameterCount()).toBe(4 * (36 + 6))
  })

  it('sees nothing later where causal', () => {
    const layer = nn.MultiHeadAttention({ size: 6, heads: 2, causal: true }).initialize(1)
    const early = (y: Tensor) => values(slice(y, [null, { stop: 2 }]))
    const changed = tensor((x.toArray() as number[][][]).map((rows) => rows.with(3, [9, 9, 9, 9, 9, 9])))
    expect(early(layer(changed))).toEqual(early(layer(x)))
    expect(values(layer(changed))).not.toEqual(values(layer(x)))
  })

  it('sees nothing masked, by example or by pair', () => {
    const layer = nn.MultiHeadAttention({ size: 6, heads: 2 }).initialize(1)
    const short = slice(x, [null, { stop: 3 }])
    const mask = tensor([
      [1, 1, 1, 0],
      [1, 1, 1, 0],
    ])
    const close = (y: Tensor) => values(y).map((value) => expect.closeTo(value, 5))
    expect(values(layer(x, { mask })).slice(0, 18)).toEqual(close(layer(short)).slice(0, 18))
    const pairs = tensor([0, 1, 2, 3].map(() => [1, 1, 1, 0]))
    expect(values(layer(x, { pairs }))).toEqual(values(layer(x, { mask })))
    expect(layer(short, { keys: x }).shape).toEqual([2, 3, 6])
    expect(() => layer(x, { mask: pairs })).toThrow('the mask has shape [4, 4]; it must be [2, 4]')
  })
})
