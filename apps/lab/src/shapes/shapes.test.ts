// The view's numbers beside the library's and the papers', its address, and its reasons.

import { models, nn } from 'convoke'
import { type ChainLayer, walkChain } from 'convoke/shapes'
import { parseNetwork, writeNetwork } from 'convoke-workbench'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAddress, writeAddress } from './address.ts'
import { computeEffective, computeSeen, computeShapes, countsOf, floatsOf } from './compute.ts'
import { drawExact, drawMap, frameOf, seenMask } from './drawing.ts'
import { addAfter, changeAt, deepest, freshLayer, kindOf, kinds, moveBy, removeAt } from './layers.ts'
import { shapesMessages } from './messages.ts'
import { positionIn } from './model.ts'
import { networkOf } from './network.ts'
import { fitted } from './picture.ts'
import { presetNames, presets } from './presets.ts'
import { bounds, firstShapes, readNetwork, type ShapesState } from './state.ts'

const shapesOf = (text: string) => computeShapes({ network: parseNetwork(text) }).answer

const side = (width: number, height = width) => ({
  ...{ width, height },
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 97) % 256)),
})

describe('presets', () => {
  it('are within bounds, fit, and are looked at where there are positions', () => {
    for (const name of presetNames) {
      const network = readNetwork(presets[name])
      expect(network, name).toBeDefined()
      const { rows, misfit } = computeShapes({ network: network! }).answer
      expect(misfit, name).toBeUndefined()
      expect(rows[deepest(rows)].positions![0], name).toBeGreaterThan(1)
    }
  })

  it('have the parameters of the networks that they are named after', () => {
    expect(shapesOf(presets.lenet).totals.parameters).toBe(models.LeNet5().parameterCount())
    expect(shapesOf(presets.compact).totals.parameters).toBe(models.CompactCNN({ classes: 10 }).parameterCount())
    // Simonyan & Zisserman 2015, configuration D.
    expect(shapesOf(presets.vgg16).totals.parameters).toBe(138_357_544)
    // ResNet-18 less its three 1×1 shortcuts, each with its normalisation.
    const shortcuts = 64 * 128 + 128 * 256 + 256 * 512 + 2 * (128 + 256 + 512)
    expect(shapesOf(presets.plain18).totals.parameters).toBe(models.ResNet18().parameterCount() - shortcuts)
  })
})

describe('the worker', () => {
  it('makes every kind of layer with the shape and the parameters that it tells', () => {
    const text =
      '12x13x4: conv 8 3x5 s2x1 psame d1 g2 nobias, bn, leakyrelu, dwconv 3 p1 m2, elu, sepconv 12 3x3 psame, gn 4, maxpool 3 s1 p1, avgpool 2 s1, convtranspose 6 4 s2 p1 op1, ln, upsample 2 bilinear, upsample 1x2, in, adaptivepool 3x2, gelu, adaptivemaxpool 2, mish, flatten, dropout, linear 10 nobias, softmax'
    const { inputShape, layers } = parseNetwork(text)
    const { steps } = walkChain(inputShape, layers)
    expect(steps).toHaveLength(layers.length)
    const rows = shapesOf(text).rows
    for (const [i, step] of steps.entries()) {
      const network = networkOf(layers.slice(0, i + 1), steps, 0)
      const { outputShape, parameters } = nn.summary(network, [1, ...inputShape])
      expect(outputShape, rows[i].label).toEqual([1, ...step.outputShape])
      expect(rows[i].outputShape).toEqual(step.outputShape)
      expect(parameters, rows[i].label).toBe(rows.slice(0, i + 1).reduce((sum, row) => sum + row.parameters, 0))
    }
  })

  it('finds no gradient outside of the exact field, and some at every corner of it', async () => {
    for (const [text, layer] of [
      [presets.small.replace('96x96', '40x40'), 11],
      [presets.dilated.replace('96x96', '48x48'), 7],
      [presets.decoder.replace('96x96', '32x32'), 12],
      [presets.mobile.replace('128x128', '64x64'), 20],
    ] as const) {
      const network = parseNetwork(text)
      const { rows } = computeShapes({ network }).answer
      const position = positionIn([0.45, 0.6], rows[layer].positions!)
      const [height, width] = network.inputShape
      const { parts } = computeSeen(network, layer, position)
      const mask = seenMask(parts, width, height)
      const question = { layer, position, channel: 0, seed: 1, picture: side(width, height) }
      const { answer } = await computeEffective(network, question)
      if (answer.kind !== 'done') throw new Error(answer.kind)
      const outside = [...answer.magnitudes].filter((value, i) => value > 0 && mask[i] === 0)
      expect(outside, text).toEqual([])
      expect(answer.touched).toBeGreaterThan(0.5 * mask.reduce((sum, one) => sum + one, 0))
      expect(answer.map).toHaveLength(rows[layer].positions![0] * rows[layer].positions![1])
    }
  })

  it('gives the gradient of one convolution by its weights', async () => {
    const network = parseNetwork('6x6x1: conv 2 3 nobias')
    const layers = network.layers
    const made = networkOf(layers, walkChain(network.inputShape, layers).steps, 5)
    const [weight] = Object.values(made.namedParameters()).map((one) => [...one.dataSync()])
    const question = { layer: 0, position: [1, 2] as const, channel: 2, seed: 5, picture: side(6) }
    const { answer } = await computeEffective(network, question)
    if (answer.kind !== 'done') throw new Error(answer.kind)
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++)
        expect(answer.magnitudes[(row + 1) * 6 + column + 2]).toBeCloseTo(
          Math.abs(weight[(row * 3 + column) * 2 + 1]),
          6,
        )
    expect(answer.touched).toBe(9)
    expect(answer.largest).toBeCloseTo(Math.max(...weight.filter((_, i) => i % 2 === 1).map(Math.abs)), 6)
  })

  it('computes nothing that a page could not bear, and still tells sizes and fields', async () => {
    const text = `512x512x3: ${Array(40).fill('conv 4096 3x3 psame').join(', ')}`
    const network = readNetwork(text)!
    const start = performance.now()
    const { rows, totals } = shapesOf(text)
    expect(rows).toHaveLength(40)
    expect(totals.parameters).toBe(4096 * 27 + 4096 + 39 * (4096 * 4096 * 9 + 4096))
    expect(computeSeen(network, 39, [256, 256]).parts![0][0].positions).toHaveLength(81)
    const question = { layer: 39, position: [256, 256] as const, channel: 0, seed: 0, picture: side(512) }
    expect((await computeEffective(network, question)).answer.kind).toBe('too-large')
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('says that a sum which is always 1 has no gradient', async () => {
    const network = parseNetwork('6x6x1: conv 3 3, softmax')
    const question = { layer: 1, position: [1, 2] as const, channel: 0, seed: 5, picture: side(6) }
    const { answer } = await computeEffective(network, question)
    expect(answer).toMatchObject({ kind: 'done', touched: 0 })
    const { answer: one } = await computeEffective(network, { ...question, channel: 1 })
    expect(one).toMatchObject({ kind: 'done', touched: 9 })
  })

  it('counts how few pixels hold most of the gradient', () => {
    expect(countsOf(Float32Array.of(0, 5, 3, 1, 1, 0))).toEqual({ largest: 5, touched: 4, strong: 3 })
    expect(countsOf(new Float32Array(3))).toEqual({ largest: 0, touched: 0, strong: 0 })
  })
})

describe('a layer that does not fit', () => {
  const cases: readonly (readonly [text: string, index: number, reason: object, remedies: readonly object[]])[] = [
    [
      '8x8x3: conv 4 3, linear 10',
      1,
      { kind: 'not-flat', shape: [6, 6, 4] },
      [{ kind: 'flatten-before' }, { kind: 'global-pool-before' }],
    ],
    [
      '8x8x3: flatten, relu, conv 4 3',
      2,
      { kind: 'flat', size: 192 },
      [
        { kind: 'move-before', name: 'flatten' },
        { kind: 'remove-before', name: 'flatten' },
      ],
    ],
    [
      '8x8x3: linear 5',
      0,
      { kind: 'not-flat', shape: [8, 8, 3] },
      [{ kind: 'flatten-before' }, { kind: 'global-pool-before' }],
    ],
    [
      '4x9x3: conv 4 5',
      0,
      { kind: 'window', axis: 0, extent: 5, padded: 4 },
      [{ kind: 'same-padding' }, { kind: 'kernel', size: 4 }],
    ],
    [
      '9x6x3: conv 4 3 d3',
      0,
      { kind: 'window', axis: 1, extent: 7, padded: 6 },
      [{ kind: 'same-padding' }, { kind: 'dilation', size: 2 }, { kind: 'kernel', size: 2 }],
    ],
    [
      '3x3x2: maxpool 2, maxpool 2',
      1,
      { kind: 'window', axis: 0, extent: 2, padded: 1 },
      [{ kind: 'kernel', size: 1 }],
    ],
    [
      '8x8x6: conv 9 3 g4',
      0,
      { kind: 'groups', groups: 4, input: 6, output: 9 },
      [
        { kind: 'groups', count: 3 },
        { kind: 'groups', count: 1 },
      ],
    ],
    [
      '8x8x6: conv 10 3 g3',
      0,
      { kind: 'groups', groups: 3, input: 6, output: 10 },
      [
        { kind: 'groups', count: 2 },
        { kind: 'groups', count: 1 },
        { kind: 'channels', count: 9 },
      ],
    ],
    [
      '8x8x6: gn 4',
      0,
      { kind: 'groups', groups: 4, input: 6, output: undefined },
      [
        { kind: 'groups', count: 3 },
        { kind: 'groups', count: 2 },
      ],
    ],
    [
      '8x8x6: convtranspose 4 2 s2 op3',
      0,
      { kind: 'output-padding', most: 1 },
      [
        { kind: 'output-padding', size: 1 },
        { kind: 'output-padding', size: 0 },
      ],
    ],
    [
      '8x8x6: maxpool 2 p2',
      0,
      { kind: 'pool-padding', most: 1 },
      [
        { kind: 'padding', size: 1 },
        { kind: 'padding', size: 0 },
      ],
    ],
  ]

  it.each(cases)('%s: says why, and offers what fits', (text, index, reason, remedies) => {
    const network = parseNetwork(text)
    const { misfit } = computeShapes({ network }).answer
    expect(misfit).toMatchObject({ index, reason })
    expect(misfit!.fixes.map(({ remedy }) => remedy)).toEqual([...remedies, { kind: 'remove' }])
    expect(misfit!.fixes.length).toBeGreaterThan(0)
    for (const { layers } of misfit!.fixes) {
      const { failure } = walkChain(network.inputShape, layers)
      expect(failure === undefined || failure.index > index || layers.length <= index).toBe(true)
    }
  })

  const anyLayer: fc.Arbitrary<ChainLayer> = fc.oneof(
    fc.constantFrom(...kinds).map(freshLayer),
    fc.record({
      ...{
        kind: fc.constant('conv' as const),
        channels: fc.integer({ min: 1, max: 12 }),
        kernel: fc.integer({ min: 1, max: 9 }),
      },
      ...{ groups: fc.integer({ min: 1, max: 5 }), dilation: fc.integer({ min: 1, max: 4 }), padding: fc.nat(3) },
    }),
    fc.record({
      ...{ kind: fc.constant('pool' as const), pool: fc.constantFrom('max' as const, 'average' as const) },
      ...{ kernel: fc.integer({ min: 1, max: 5 }), padding: fc.nat(4), stride: fc.integer({ min: 1, max: 3 }) },
    }),
  )

  it('always has a reason in both languages, and a way on that fits', () => {
    fc.assert(
      fc.property(fc.array(anyLayer, { minLength: 1, maxLength: 7 }), (layers) => {
        const network = { inputShape: [14, 11, 4], layers }
        const { misfit } = computeShapes({ network }).answer
        if (misfit === undefined) return
        expect(misfit.fixes.length).toBeGreaterThan(0)
        expect(shapesMessages().reason(misfit.reason)).toMatch(/\.$/)
        for (const { remedy, layers: mended } of misfit.fixes) {
          expect(shapesMessages().remedy(remedy).length).toBeGreaterThan(3)
          const { failure } = walkChain(network.inputShape, mended)
          const { failure: before } = walkChain(network.inputShape, layers)
          expect(failure?.message).not.toBe(before!.message)
          expect(failure === undefined || failure.index >= misfit.index).toBe(true)
        }
      }),
    )
  })
})

describe('an address', () => {
  const anyState: fc.Arbitrary<ShapesState> = fc
    .record({
      network: fc.constantFrom(...presetNames).map((name) => readNetwork(presets[name])!),
      sample: fc.constantFrom('scene' as const, 'rings' as const, 'shapes' as const),
      layer: fc.nat(5),
      place: fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 })),
      channel: fc.nat(64),
      seed: fc.nat(bounds.seed),
    })
    .map((state) => ({ ...state, place: [state.place[0] / 1000, state.place[1] / 1000] as const }))

  it('gives back any state, and the first without parameters', () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const read = readAddress(new URLSearchParams(writeAddress(state).toString()))
        expect({ ...read, state: { ...read.state, network: writeNetwork(read.state.network) } }).toEqual({
          state: { ...state, network: writeNetwork(state.network) },
          refused: [],
        })
      }),
    )
    expect(writeAddress(firstShapes).toString()).toBe('')
    expect(readAddress(new URLSearchParams())).toEqual({ state: firstShapes, refused: [] })
  })

  it.each([
    ['net=hello', ['net']],
    ['net=9000x9000x3: conv 3 3', ['net']],
    ['net=64x64x3: conv 99999 3', ['net']],
    ['net=64x64: conv 3 3', ['net']],
    [`net=64x64x3: ${Array(40).fill('convtranspose 4 2 s16').join(', ')}`, ['net']],
    [`net=64x64x3: ${Array(65).fill('relu').join(', ')}`, ['net']],
    ['net=64x64x3: conv 3 1e9', ['net']],
    ['net=64x64x3: conv 3 3.5', ['net']],
    ['net=8x8x3: relu&layer=2', ['layer']],
    ['sample=__proto__&layer=0&place=2,0&channel=-1&seed=1e3', ['sample', 'layer', 'place', 'channel', 'seed']],
  ])('%s: names what it refuses', (query, names) => {
    expect([...readAddress(new URLSearchParams(query)).refused].sort()).toEqual([...names].sort())
  })

  it('looks at the last layer of a stack that comes without one, and forgets that of a model', () => {
    expect(readAddress(new URLSearchParams('net=8x8x3: relu, relu, relu')).state.layer).toBe(2)
    expect(readAddress(new URLSearchParams('model=a.onnx&layer=300'))).toEqual({ state: firstShapes, refused: [] })
    expect(readAddress(new URLSearchParams('net=oops')).state).toEqual(firstShapes)
    expect(readAddress(new URLSearchParams('net=8x8x3:')).state).toMatchObject({ layer: 0, network: { layers: [] } })
  })
})

it('A stack is added to, taken from and rearranged, and what is looked at stays', () => {
  const state = { ...firstShapes, network: parseNetwork('8x8x3: conv 4 3, relu, maxpool 2'), layer: 1 }
  const text = (next: ShapesState): string => `${writeNetwork(next.network).slice(7)} @${next.layer}`
  expect(text(addAfter(state, freshLayer('flatten')))).toBe('conv 4 3, relu, flatten, maxpool 2 @2')
  expect(text(removeAt(state, 0))).toBe('relu, maxpool 2 @0')
  expect(text(removeAt(state, 2))).toBe('conv 4 3, relu @1')
  expect(text(moveBy(state, 1, -1))).toBe('relu, conv 4 3, maxpool 2 @0')
  expect(text(moveBy(state, 2, 1))).toBe('conv 4 3, relu, maxpool 2 @1')
  expect(text(changeAt(state, 0, { kind: 'conv', channels: 9, kernel: 5, label: 'old' }))).toBe(
    'conv 9 5, relu, maxpool 2 @0',
  )
  expect(text(addAfter({ ...state, network: parseNetwork('8x8x3:') }, freshLayer('conv')))).toBe('conv 32 3 psame @0')
  for (const kind of kinds) expect(kindOf(freshLayer(kind))).toBe(kind)
})

describe('pictures', () => {
  it('are cropped around their middle and averaged to the size that goes in', () => {
    const wide = {
      ...{ width: 6, height: 2 },
      data: Uint8ClampedArray.from({ length: 48 }, (_, i) => (i % 4 === 3 ? 255 : 10 * (Math.floor(i / 4) % 6))),
    }
    // Columns 2 and 3 remain; their mean is 25.
    expect([...fitted(wide, 1, 1).data]).toEqual([25, 25, 25, 255])
    expect([...fitted(wide, 2, 2).data].filter((_, i) => i % 4 === 0)).toEqual([20, 30, 20, 30])
    expect([...fitted(wide, 4, 4).data].filter((_, i) => i % 4 === 0).slice(0, 4)).toEqual([20, 20, 30, 30])
  })

  it('go in as red, green and blue, or as grey', () => {
    const one = { width: 1, height: 1, data: Uint8ClampedArray.of(255, 0, 51, 255) }
    const round = (values: Float32Array) => [...values].map((value) => Number(value.toFixed(4)))
    expect(round(floatsOf(one, 3))).toEqual([1, 0, 0.2])
    const grey = Number((0.2126 + 0.0722 * 0.2).toFixed(4))
    expect(round(floatsOf(one, 2))).toEqual([grey, grey])
  })

  it('show what is seen as it is, and a frame around it that reaches into padding', () => {
    const picture = side(5, 4)
    const parts = computeSeen(parseNetwork('4x5x1: conv 1 3 psame d2'), 0, [0, 3]).parts
    const mask = seenMask(parts, 5, 4)
    expect([...mask]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
    expect(frameOf(parts, 5, 4)).toEqual({ rows: [-2, 2], columns: [1, 5] })
    const drawn = drawExact(picture, mask, true).data
    expect([...drawn.slice(4, 7)]).toEqual([...picture.data.slice(4, 7)])
    expect([...drawn.slice(0, 3)]).not.toEqual([...picture.data.slice(0, 3)])
    expect(drawMap([0, 2, 1, 0], 2, 2).data.filter((_, i) => i % 4 === 0)).toEqual(Uint8ClampedArray.of(0, 255, 128, 0))
    expect(drawMap(undefined, 2 ** 21, 2 ** 21)).toMatchObject({ width: 1, height: 1 })
    expect(frameOf([], 5, 4)).toBeUndefined()
    expect(frameOf(null, 5, 4)).toEqual({ rows: [0, 3], columns: [0, 4] })
  })
})
