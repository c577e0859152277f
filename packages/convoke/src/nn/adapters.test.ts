import { describe, expect, it } from 'vitest'
import { scope, valueAndGradients, withoutGradients } from '../autodiff/index.ts'
import * as data from '../data/index.ts'
import * as models from '../models/index.ts'
import { multiply, relu, square, sum } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { memory, ones, randomNormal, type Tensor, tensor, zeros } from '../tensor/index.ts'
import { input, onBackend, wideReference } from '../testing/check-op.ts'
import * as train from '../train/index.ts'
import * as nn from './index.ts'

const values = (x: Tensor) => Array.from(x.dataSync())

/** Gives the adapters something to have learned. */
function teach(model: nn.AnyModule): void {
  let seed = 1
  for (const [name, value] of Object.entries(nn.adapterState(model))) {
    if (!name.endsWith('.up')) continue
    scope(() => value.assign(randomNormal(value.shape, { seed: seed++, deviation: 0.3 })))
  }
}

const far = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / Math.max(1, ...b.map(Math.abs))

interface Case {
  readonly name: string
  readonly model: () => nn.Module
  readonly x: () => Tensor
}

const picture = (...shape: number[]) => randomNormal(shape, { seed: 5 })

const layers: readonly Case[] = [
  {
    name: 'Conv1d, dilated and causal',
    model: () => nn.Conv1d({ in: 3, out: 5, kernel: 3, dilation: 2, padding: 'causal' }),
    x: () => picture(2, 9, 3),
  },
  {
    name: 'Conv2d with stride and an activation',
    model: () => nn.Conv2d({ in: 3, out: 6, kernel: [3, 5], stride: 2, padding: 'same', activation: 'relu' }),
    x: () => picture(2, 9, 8, 3),
  },
  {
    name: 'Conv2d in groups',
    model: () => nn.Conv2d({ in: 6, out: 9, kernel: 3, groups: 3, bias: false }),
    x: () => picture(2, 7, 6, 6),
  },
  {
    name: 'Conv2d, depthwise by groups',
    model: () => nn.Conv2d({ in: 4, out: 4, kernel: 3, groups: 4 }),
    x: () => picture(1, 6, 6, 4),
  },
  {
    name: 'Conv3d in groups',
    model: () => nn.Conv3d({ in: 4, out: 4, kernel: 2, groups: 2 }),
    x: () => picture(1, 4, 5, 3, 4),
  },
  {
    name: 'ConvTranspose2d in groups',
    model: () => nn.ConvTranspose2d({ in: 4, out: 6, kernel: 2, stride: 2, groups: 2 }),
    x: () => picture(2, 4, 4, 4),
  },
  { name: 'Linear', model: () => nn.Linear({ in: 7, out: 5 }), x: () => picture(2, 3, 7) },
]

const networks: readonly Case[] = [
  { name: 'ResNet-18', model: () => models.ResNet18({ classes: 4, stem: 'small' }), x: () => picture(1, 16, 16, 3) },
  { name: 'U-Net', model: () => models.UNet({ width: 4, depth: 2, channels: 3 }), x: () => picture(1, 18, 21, 3) },
  { name: 'MobileNetV2', model: () => models.MobileNetV2({ classes: 4 }), x: () => picture(2, 64, 64, 3) },
  { name: 'the detector', model: () => models.Detector({ classes: 3 }), x: () => picture(1, 64, 64, 3) },
  {
    name: 'TextCNN',
    model: () => models.TextCNN({ vocabulary: 20, size: 8, maps: 4 }),
    x: () => tensor([[1, 2, 3, 4, 5, 19]], { dtype: 'int32' }),
  },
  { name: 'TCN', model: () => models.TCN({ in: 2, out: 3, widths: [5, 5], kernel: 3 }), x: () => picture(2, 12, 2) },
]

const settling = 20

describe.each([...layers, ...networks])('adapters of $name', ({ model: make, x: given }) => {
  it('change nothing at first, something once trained, and merge to the same outputs and names', () => {
    const model = make().initialize(3)
    const x = given()
    // Running statistics away from their start, where deep networks let nothing through.
    for (let i = 0; i < settling; i++) withoutGradients(() => scope(() => void model.train({ seed: i })(x)))
    model.eval()
    const run = () => {
      const y = model(x) as Tensor | Record<string, Tensor>
      return values('shape' in y && Array.isArray(y.shape) ? (y as Tensor) : Object.values(y)[0])
    }
    const [names, count, before] = [Object.keys(model.state()), model.parameterCount(), run()]
    nn.addAdapters(model, { rank: 2, scale: 1.5, seed: 4 })
    expect(run()).toEqual(before)
    expect(Object.keys(model.namedParameters()).every((name) => /\.(down|up)$/.test(name))).toBe(true)
    expect(model.parameterCount()).toBeGreaterThan(count)
    teach(model)
    const taught = run()
    expect(far(taught, before)).toBeGreaterThan(1e-3)
    nn.mergeAdapters(model)
    expect(far(run(), taught)).toBeLessThan(1e-6)
    expect(Object.keys(model.state())).toEqual(names)
    expect(model.parameterCount()).toBe(count)
    expect(model.parameters().length).toBeGreaterThan(0)
  })
})

describe('an adapter', () => {
  it('adds scale · down · up, group by group', async () => {
    await onBackend(wideReference, () => {
      const layer = nn.Conv2d({ in: 4, out: 6, kernel: 1, groups: 2, bias: false }).initialize(1)
      const before = values(layer.state()['weight'])
      nn.addAdapters(layer, { rank: 1, scale: 2 })
      const { 'weight.down': down, 'weight.up': up } = nn.adapterState(layer)
      expect([down.shape, up.shape]).toEqual([
        [2, 2, 1],
        [2, 1, 3],
      ])
      down.assign(
        tensor([
          [[1], [2]],
          [[3], [4]],
        ]),
      )
      up.assign(tensor([[[1, 10, 100]], [[1000, 10000, 100000]]]))
      nn.mergeAdapters(layer)
      const change = values(layer.state()['weight']).map((value, i) => Math.round(value - before[i]))
      expect(change).toEqual([2, 20, 200, 6000, 60000, 600000, 4, 40, 400, 8000, 80000, 800000])
    })
  })

  it('has gradients that agree with differences of the loss, and the base weight has none', async () => {
    await onBackend(wideReference, () => {
      const layer = nn.Conv1d({ in: 4, out: 4, kernel: 2, groups: 2 }).initialize(2)
      nn.addAdapters(layer, { rank: 2, scale: 0.7, seed: 1 })
      teach(layer)
      const x = tensor(Float32Array.from(input([1, 6, 4], 3).values), { shape: [1, 6, 4] })
      const loss = () => sum(square(layer(x)))
      const { gradients } = valueAndGradients(loss, layer.parameters())
      layer.parameters().forEach((parameter, p) => {
        const [start, step] = [values(parameter), 1e-4]
        const at = (i: number, shift: number) => {
          parameter.assign(tensor(start.map((value, j) => (j === i ? value + shift : value))).view(parameter.shape))
          return loss().item()
        }
        const slopes = start.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step))
        at(-1, 0)
        expect(far(values(gradients[p]), slopes)).toBeLessThan(1e-5)
      })
    })
  })

  it('has no higher rank than its weight can have', () => {
    const layer = nn.addAdapters(nn.Linear({ in: 40, out: 3 }), { rank: 8 })
    expect(nn.adapterState(layer)['weight.down'].shape).toEqual([40, 3])
  })
})

describe('addAdapters', () => {
  const net = () =>
    nn
      .Sequential({
        stem: nn.Conv2d({ in: 1, out: 4, kernel: 3 }),
        norm: nn.BatchNorm({ channels: 4 }),
        relu,
        pool: nn.GlobalAveragePool(),
        head: nn.Linear({ in: 4, out: 10 }),
      })
      .initialize(1)

  it('chooses layers or weights by name, and leaves a new head to be trained whole', () => {
    const model = nn.addAdapters(net(), { rank: 2, match: 'stem' })
    expect(Object.keys(model.namedParameters())).toEqual(['stem.weight.down', 'stem.weight.up'])
    model.unfreeze('head.*')
    expect(Object.keys(model.namedParameters())).toHaveLength(4)
    const other = nn.addAdapters(net(), { rank: 2, match: /\.weight$/ })
    expect(other.parameters()).toHaveLength(4)
  })

  it('starts from the same numbers for the same seed', () => {
    const start = (seed: number) => values(nn.addAdapters(net(), { rank: 2, seed }).state()['stem.weight.down'])
    expect(start(1)).toEqual(start(1))
    expect(start(2)).not.toEqual(start(1))
  })

  it('can be called again for other layers, and keeps the adapters that are there in training', () => {
    const model = nn.addAdapters(net(), { rank: 1, match: 'stem' })
    nn.addAdapters(model, { rank: 2, match: 'head' })
    expect(model.parameters()).toHaveLength(4)
  })

  it('refuses what it cannot do', () => {
    expect(() => nn.addAdapters(net(), { rank: 0 })).toThrow(/rank is 0/)
    expect(() => nn.addAdapters(net(), { rank: 2, scale: Number.NaN })).toThrow(/scale is NaN/)
    expect(() => nn.addAdapters(net(), { rank: 2, match: 'tail*' })).toThrow(/no convolution .* named "tail\*"/)
    expect(() => nn.addAdapters(nn.BatchNorm({ channels: 2 }), { rank: 2 })).toThrow(/The names are none/)
    const model = nn.addAdapters(net(), { rank: 2, match: 'head' })
    expect(() => nn.addAdapters(model, { rank: 2 })).toThrow(/head\.weight has an adapter already/)
    expect(model.parameters()).toHaveLength(2)
  })

  it('is undone by removeAdapters, and leaves no memory behind', () => {
    const model = net()
    const state = model.state()
    const [before, buffers] = [values(state['stem.weight']), memory().buffers]
    teach(nn.addAdapters(model, { rank: 2 }))
    nn.removeAdapters(model)
    expect(values(model.state()['stem.weight'])).toEqual(before)
    expect(memory().buffers).toBeLessThanOrEqual(buffers)
    expect(model.parameters()).toHaveLength(6)
  })

  it('keeps frozen what was frozen before', () => {
    const model = net().freeze('norm.*')
    nn.mergeAdapters(nn.addAdapters(model, { rank: 2 }))
    expect(Object.keys(model.namedParameters())).toEqual(['stem.weight', 'stem.bias', 'head.weight', 'head.bias'])
  })

  it('shows in the summary what is left to train', () => {
    const table = nn.summary(nn.addAdapters(net(), { rank: 2, match: 'stem' }), [1, 8, 8, 1])
    expect(table.trainable).toBe(2 * (9 + 4))
    expect(table.parameters).toBe(40 + 8 + 50 + 26)
    expect(table.rows.find(({ path }) => path === 'stem')).toMatchObject({
      parameters: 66,
      trainable: 26,
      frozen: false,
    })
    expect(String(table)).toContain('66 (26 to train)')
  })

  it('travels alone: adapter tensors turn the same base model into the same network', () => {
    const [a, b] = [net().eval(), net().eval()]
    teach(nn.addAdapters(a, { rank: 2 }))
    nn.addAdapters(b, { rank: 2 })
    const report = b.loadState(nn.adapterState(a), { strict: false })
    expect(report.loaded).toHaveLength(4)
    const x = ones([1, 6, 6, 1])
    expect(values(b(x))).toEqual(values(a(x)))
    const plain = net()
    expect(() => plain.loadState(a.state())).toThrow(/stem\.weight\.down is not part of the model/)
  })

  it('trains only the adapters, and resumes to the bit', async () => {
    const digits = data.digits({ count: 20, size: 8 })
    const begin = () => {
      const model = nn.addAdapters(net(), { rank: 2, seed: 1 })
      const optimizer = optim.Adam(model.parameters(), { learningRate: 0.05 })
      return { model, task: train.classification(model, 10), optimizer, train: digits, batchSize: 10, seed: 2 }
    }
    const whole = begin()
    const weight = values(whole.model.state()['stem.weight'])
    const { progress } = await train.fit({ ...whole, epochs: 4 })
    expect(progress.history[3].loss).toBeLessThan(progress.history[0].loss)
    expect(values(whole.model.state()['stem.weight'])).toEqual(weight)
    let saved: train.TrainingState | undefined
    const keepState = (state: train.TrainingState) => {
      saved = state
    }
    await train.fit({ ...begin(), epochs: 2, save: keepState })
    const resumed = begin()
    await train.fit({ ...resumed, epochs: 4, resume: train.decodeTrainingState(train.encodeTrainingState(saved!)) })
    for (const [name, value] of Object.entries(whole.model.state()))
      expect(values(resumed.model.state()[name])).toEqual(values(value))
  })

  it('works with a module of your own that says its tensor is a linear map', () => {
    const own = nn.defineModule({
      kind: 'Diagonal',
      parameters: { map: { shape: [3, 4], initialize: nn.constant(1), groups: 1 } },
      forward:
        ({ tensors }) =>
        (x: Tensor) =>
          multiply(x, tensors.map),
    })
    nn.addAdapters(own, { rank: 1 })
    expect(own.parameters().map(({ shape }) => shape)).toEqual([
      [3, 1],
      [1, 4],
    ])
    expect(own(zeros([3, 4])).shape).toEqual([3, 4])
  })
})
