import { models, nn, type Tensor, tensor } from 'convoke'
import { graphModule, type OnnxModel } from 'convoke/graph'
import { expect, it } from 'vitest'
import { attentionMaps } from './attention.ts'
import { gradCam, heatAt } from './cam.ts'
import { lookAt } from './features.ts'

const plain = { mean: [0], deviation: [1] }

/** Bright in one corner. */
const corner = { shape: [9, 9, 1], data: Float32Array.from({ length: 81 }, (_, p) => Number(p % 9 < 3 && p < 27)) }

/** One map: the picture itself. The first class grows with its mean, the second falls with it. */
function brightness(): nn.Module {
  const model = nn.Sequential({
    conv: nn.Conv2d({ in: 1, out: 1, kernel: 1, bias: false }),
    pool: nn.GlobalAveragePool(),
    head: nn.Linear({ in: 1, out: 2, bias: false }),
  })
  model.initialize(0)
  model.loadState({ 'conv.weight': tensor([[[[1]]]]), 'head.weight': tensor([[2, -2]]) })
  return model
}

it('is warm where the class is seen, and cold elsewhere', async () => {
  const heat = (await gradCam(brightness(), corner, plain, 0))!
  expect([heat.height, heat.width]).toEqual([9, 9])
  expect(Array.from(heat.values)).toEqual(Array.from(corner.data))
})

it('finds no place for a class that nothing speaks for', async () => {
  expect(await gradCam(brightness(), corner, plain, 1)).toBeNull()
})

it('leaves the network as it was', async () => {
  const model = models.CompactCNN({ classes: 3, widths: [4, 8] }).initialize(1)
  const names = Object.keys(model.state())
  const input = tensor(corner.data, { shape: [1, 9, 9, 1] })
  const before = await model.eval()(input).data()
  const heat = (await gradCam(model, corner, plain, 2))!
  expect(Object.keys(model.state())).toEqual(names)
  expect(Array.from(await model(input).data())).toEqual(Array.from(before))
  expect([heat.height, heat.width]).toEqual([4, 4])
  expect(Math.max(...heat.values)).toBe(1)
})

it('is null for a network without maps', async () => {
  const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 81, out: 2 })).initialize(0)
  expect(await gradCam(model, corner, plain, 0)).toBeNull()
})

it('is null for a network whose parts cannot be replaced', async () => {
  const conv = nn.Conv2d({ in: 1, out: 2, kernel: 1 })
  const pool = nn.GlobalAveragePool()
  const closed = nn.defineModule({
    kind: 'Closed',
    children: { conv, pool },
    forward: () => (x: Tensor) => pool(conv(x)),
  })
  const model = closed.initialize(0)
  const before = await model
    .eval()(tensor(corner.data, { shape: [1, 9, 9, 1] }))
    .data()
  expect(await gradCam(model, corner, plain, 0)).toBeNull()
  expect(Array.from(await model(tensor(corner.data, { shape: [1, 9, 9, 1] })).data())).toEqual(Array.from(before))
})

it('looks into imported graphs, at their last convolution', async () => {
  const port = (name: string, shape: readonly (string | number)[]) => ({
    name,
    type: { kind: 'tensor', type: 'float32', shape },
  })
  const node = (operator: string, inputs: readonly string[], output: string, attributes = {}) => ({
    ...{ name: operator, operator, domain: '', inputs, outputs: [output], attributes },
  })
  const weight = (name: string, shape: readonly number[], values: readonly number[]) => ({
    ...{ name, type: 'float32', shape, values: Float32Array.from(values) },
  })
  const model = graphModule({
    ...{ irVersion: 8, producer: 'by hand', opsets: { '': 17 }, functions: [], metadata: {} },
    graph: {
      ...{ name: 'g', inputs: [port('x', [1, 1, 9, 9])], outputs: [port('y', [1, 2])], values: [] },
      nodes: [
        ...[node('Conv', ['x', 'w'], 'c'), node('Relu', ['c'], 'r'), node('GlobalAveragePool', ['r'], 'p')],
        ...[node('Flatten', ['p'], 'f'), node('Gemm', ['f', 'h'], 'y')],
      ],
      initializers: [weight('w', [1, 1, 1, 1], [1]), weight('h', [1, 2], [2, -2])],
    },
  } as unknown as OnnxModel) as unknown as nn.Module
  const heat = (await gradCam(model, corner, plain, 0))!
  expect([heat.height, heat.width]).toEqual([9, 9])
  expect(Array.from(heat.values)).toEqual(Array.from(corner.data))
  expect(await gradCam(model, corner, plain, 1)).toBeNull()
  const { maps } = await lookAt(model, corner, plain, [1])
  expect(maps.map(({ shape }) => shape)).toEqual([[9, 9, 1]])
})

it('lies between the middles of its cells', () => {
  const heat = { height: 1, width: 2, values: Float32Array.of(0, 1) }
  expect([0, 0.25, 0.5, 0.75, 1].map((x) => heatAt(heat, x, 0.5))).toEqual([0, 0, 0.5, 1, 1])
})

it('attention is a map of each layer and of the pooling, over the places of the picture', async () => {
  const options = { classes: 2, channels: 1, picture: 16, layers: 2, size: 8, heads: 2 }
  const model = models.CCT(options).initialize(3)
  const image = { shape: [16, 16, 1], data: Float32Array.from({ length: 256 }, (_, p) => (p % 16) / 16) }
  const maps = await attentionMaps(model, image, plain)
  expect(maps.map(({ path }) => path)).toEqual([
    ...['encoder.0.attention.attention', 'encoder.1.attention.attention', 'pool.weigh'],
  ])
  for (const { height, width, values } of maps) {
    expect([height, width, values.length]).toEqual([8, 8, 64])
    expect(Math.max(...values)).toBe(1)
    expect(Math.min(...values)).toBeGreaterThan(0)
  }
  expect(await attentionMaps(brightness(), corner, plain)).toEqual([])
})

it('attention that seeks one place is warm there', async () => {
  const model = models.CCT({ classes: 2, channels: 1, picture: 8, layers: 1, size: 4, heads: 1 }).initialize(1)
  const weigh = model.state()['pool.weigh.weight']
  // Tokens are told apart by their places alone: the one whose features go along with the weights most is weighed most.
  const table = await model.state()['position.table'].data()
  const weights = Float32Array.from({ length: 4 }, (_, i) => 1000 * table[4 * 5 + i])
  model.loadState({ 'pool.weigh.weight': tensor(weights, { shape: weigh.shape }) }, { strict: false })
  const maps = await attentionMaps(model, { shape: [8, 8, 1], data: new Float32Array(64) }, plain)
  const { values } = maps.at(-1)!
  expect(Math.max(...values)).toBe(1)
  expect(values.filter((value) => value < 0.5).length).toBeGreaterThan(8)
})
