import { describe, expect, it } from 'vitest'
import { currentBackend } from '../backends/current.ts'
import { relu } from '../ops/index.ts'
import { walkChain } from '../shapes/index.ts'
import { memory, type Tensor } from '../tensor/index.ts'
import * as nn from './index.ts'

describe('summary', () => {
  it('agrees with the arithmetic of layer chains, layer by layer', () => {
    const model = nn.Sequential(
      nn.Conv2d({ in: 3, out: 8, kernel: 7, stride: 2, padding: 3 }),
      nn.MaxPool({ kernel: 3, stride: 2, padding: 1 }),
      nn.Conv2d({ in: 8, out: 8, kernel: 3, dilation: 2, groups: 4 }),
      nn.ConvTranspose2d({ in: 8, out: 4, kernel: 4, stride: 2, padding: 1 }),
      nn.SeparableConv2d({ in: 4, out: 6, kernel: 3, padding: 'same' }),
      nn.Upsample({ factor: 2 }),
      nn.GlobalAveragePool(),
      nn.Linear({ in: 6, out: 10 }),
    )
    const chain = walkChain(
      [64, 48, 3],
      [
        { kind: 'conv', channels: 8, kernel: 7, stride: 2, padding: 3 },
        { kind: 'pool', pool: 'max', kernel: 3, stride: 2, padding: 1 },
        { kind: 'conv', channels: 8, kernel: 3, dilation: 2, groups: 4 },
        { kind: 'transposed', channels: 4, kernel: 4, stride: 2, padding: 1 },
        { kind: 'separable', channels: 6, kernel: 3, padding: 'same' },
        { kind: 'upsample', factor: 2, mode: 'nearest' },
        { kind: 'global-pool', pool: 'average' },
        { kind: 'linear', features: 10 },
      ],
    )
    const table = nn.summary(model, [1, 64, 48, 3])
    // The depthwise half of the separable layer has a row of its own.
    const rows = table.rows.filter(({ path }) => path !== '4.depthwise')
    expect(rows.map(({ outputShape }) => outputShape)).toEqual(chain.steps.map((step) => [1, ...step.outputShape]))
    expect(table.parameters).toBe(chain.total.parameters)
    expect(table.macs).toBe(chain.total.macs)
    const sizes = (list: readonly { readonly size: number; readonly jump: number }[] | null) =>
      list?.map(({ size, jump }) => [size, jump])
    const last = 6
    expect(rows.slice(0, last).map((row) => sizes(row.receptiveField))).toEqual(
      chain.steps.slice(0, last).map((step) => sizes(step.receptiveField)),
    )
    expect(rows.slice(last).map(({ receptiveField }) => receptiveField)).toEqual([null, null])
  })

  it('takes the longest way where paths meet', () => {
    const body = nn.Sequential(nn.Conv2d({ in: 2, out: 2, kernel: 3, padding: 1 }), relu)
    const table = nn.summary(nn.Residual(body), [1, 8, 8, 2])
    expect(table.rows.at(-1)?.receptiveField?.map(({ size }) => size)).toEqual([3, 3])
  })

  it('does not count what statistics of normalisation see', () => {
    const model = nn.Sequential(nn.Conv2d({ in: 1, out: 2, kernel: 3 }), nn.GroupNorm({ channels: 2, groups: 1 }))
    expect(nn.summary(model, [1, 8, 8, 1]).rows[1].receptiveField?.[0].size).toBe(3)
  })

  it('knows that recurrence and attention see everything, convolution over tokens what it covers', () => {
    const field = (model: nn.Module, shape: number[], dtype?: 'int32') =>
      nn.summary(model, shape, dtype === undefined ? {} : { dtype }).rows.at(-1)?.receptiveField
    const lstm = nn.LSTM({ in: 3, hidden: 4 })
    const run = nn.defineModule({ kind: 'Last', children: { lstm }, forward: () => (x: Tensor) => lstm(x).output })
    expect(field(nn.Sequential(run, nn.Linear({ in: 4, out: 2 })), [1, 5, 3])).toBe(null)
    const attention = nn.MultiHeadAttention({ size: 4, heads: 2 })
    expect(
      field(
        nn.Sequential((x) => attention(x), nn.Linear({ in: 4, out: 2 })),
        [1, 5, 4],
      ),
    ).toBe(null)
    const text = nn.Sequential(nn.Embedding({ count: 9, size: 4 }), nn.Conv1d({ in: 4, out: 2, kernel: 3 }))
    expect(field(text, [1, 7], 'int32')?.map(({ size }) => size)).toEqual([3])
  })

  it('counts the products of recurrent layers: of the input and of the state at each step', () => {
    const macsOf = (layer: nn.Module<(x: Tensor) => unknown>): number => {
      const whole = nn.defineModule({
        kind: 'Whole',
        children: { layer },
        forward: () => (x: Tensor) => (layer(x) as nn.RecurrentResult).output,
      })
      return nn.summary(whole, [2, 5, 3]).macs
    }
    expect(macsOf(nn.LSTM({ in: 3, hidden: 4 }))).toBe(2 * 5 * 4 * 4 * (3 + 4))
    expect(macsOf(nn.GRU({ in: 3, hidden: 4, bidirectional: true }))).toBe(2 * (2 * 5 * 3 * 4 * (3 + 4)))
  })

  it('counts the products of attention, a shared layer once, and frozen parameters apart', () => {
    const attention = nn.MultiHeadAttention({ size: 8, heads: 2 })
    const rows = nn.summary(attention, [1, 5, 8]).rows
    expect(rows.at(-1)).toMatchObject({ kind: 'MultiHeadAttention', macs: 2 * 5 * 5 * 8 })
    const shared = nn.Linear({ in: 4, out: 4 })
    const twice = nn.summary(nn.Sequential(shared, relu, shared).freeze('*.bias'), [1, 4])
    expect(twice.rows.map(({ parameters }) => parameters)).toEqual([20, 0, 0])
    expect(twice).toMatchObject({ parameters: 20, macs: 32 })
    expect(nn.summary(nn.Sequential(nn.Linear({ in: 4, out: 4 })).freeze(), [1, 4]).trainable).toBe(0)
  })

  it('allocates nothing, draws nothing, and leaves backend and mode as they were', () => {
    const [before, backend] = [memory(), currentBackend()]
    const model = nn.Sequential(nn.Linear({ in: 30000, out: 30000 }), nn.Dropout()).train()
    model.at('1').eval()
    expect(nn.summary(model, [4, 30000]).macs).toBe(4 * 30000 ** 2)
    expect(memory()).toEqual(before)
    expect(currentBackend()).toBe(backend)
    expect([model.training, model.at('1').training]).toEqual([true, false])
  })

  it('prints a table', () => {
    const model = nn.Sequential({ conv: nn.Conv2d({ in: 1, out: 4, kernel: [3, 5], stride: 2 }), relu })
    expect(String(nn.summary(model.freeze(), [2, 9, 9, 1])).split('\n')).toEqual([
      'layer  kind                output         parameters   MACs  receptive field',
      '─'.repeat(76),
      'conv   Conv2d  3×5 s2 1→4  [2, 4, 3, 4]  64 (frozen)  1,440              3×5',
      'relu   relu                [2, 4, 3, 4]                                  3×5',
      '─'.repeat(76),
      '64 parameters, 0 to train; 1,440 MACs',
    ])
  })
})
