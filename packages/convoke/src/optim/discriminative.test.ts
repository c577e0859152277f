import { describe, expect, it } from 'vitest'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import { relu } from '../ops/index.ts'
import * as optim from './index.ts'

const net = () =>
  nn.Sequential({
    stem: nn.Conv2d({ in: 1, out: 2, kernel: 3 }),
    relu,
    body: nn.Sequential(nn.Conv2d({ in: 2, out: 2, kernel: 3 }), relu),
    pool: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 2, out: 3 }),
  })

const rates = (groups: readonly optim.RatedGroup[]) => groups.map(({ learningRate }) => learningRate)

describe('discriminative', () => {
  it('divides the learning rate by 2.6 from each part to the one before it', () => {
    const groups = optim.discriminative(net(), { learningRate: 0.1 })
    expect(rates(groups)).toEqual([0.1 / 2.6 ** 2, 0.1 / 2.6, 0.1])
    expect(groups.map(({ parameters }) => parameters.length)).toEqual([2, 2, 2])
  })

  it('covers every parameter of a model once, and any optimiser takes the groups', () => {
    const made = [
      models.ResNet18({ classes: 3, stem: 'small' }),
      models.UNet({ width: 2, depth: 2 }),
      models.TextCNN({ vocabulary: 9, size: 4, maps: 2 }),
      models.CompactCNN({ classes: 3 }),
      models.CompactResNet({ classes: 3 }),
      models.DeepLab(),
      nn.Linear({ in: 2, out: 2 }),
    ]
    for (const model of made) {
      const optimizer = optim.AdamW(optim.discriminative(model, { learningRate: 0.01 }), { weightDecay: 0.1 })
      expect(new Set(optimizer.parameters)).toEqual(new Set(model.parameters()))
      expect(optimizer.learningRates.at(-1)).toBe(0.01)
    }
  })

  it('looks through modules that only wrap another', () => {
    const wrapped = nn.Sequential(nn.Sequential(net(), relu))
    expect(rates(optim.discriminative(wrapped, { learningRate: 1, factor: 2 }))).toEqual([0.25, 0.5, 1])
  })

  it('leaves out what is frozen, which still counts as depth', () => {
    const model = net().freeze('body.*')
    expect(rates(optim.discriminative(model, { learningRate: 1, factor: 2 }))).toEqual([0.25, 1])
    expect(() => optim.discriminative(net().freeze(), { learningRate: 1 })).toThrow(/no parameters to train/)
  })

  it('takes parts by name', () => {
    const groups = optim.discriminative(net(), { learningRate: 1, factor: 10, parts: ['stem.*', '*'] })
    expect(rates(groups)).toEqual([0.1, 1])
    expect(groups[1].parameters).toHaveLength(4)
    expect(() => optim.discriminative(net(), { learningRate: 1, parts: ['stem.*', 'head.*'] })).toThrow(
      /body\.0\.weight, body\.0\.bias belong to none of the parts/,
    )
  })

  it('refuses rates and factors out of range', () => {
    expect(() => optim.discriminative(net(), { learningRate: -1 })).toThrow(/learning rate is -1/)
    expect(() => optim.discriminative(net(), { learningRate: 1, factor: 0.5 })).toThrow(/factor is 0.5/)
  })
})
