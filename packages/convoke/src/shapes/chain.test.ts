import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  averagePool,
  conv,
  convTranspose,
  depthwiseConv,
  gradients,
  maxPool,
  multiply,
  ones,
  resize,
  sum,
  type Tensor,
  tensor,
} from '../index.ts'
import { chainSees, walkChain } from './chain.ts'
import type { ChainLayer } from './chain-layer.ts'

const relu: ChainLayer = { kind: 'elementwise', name: 'relu' }
const halve: ChainLayer = { kind: 'pool', pool: 'max', kernel: 2 }
const vggBlock = (channels: number, depth: number): ChainLayer[] => [
  ...Array.from({ length: depth }, () => [{ kind: 'conv', channels, kernel: 3, padding: 1 } as const, relu]).flat(),
  halve,
]
const vgg16: ChainLayer[] = [
  ...[vggBlock(64, 2), vggBlock(128, 2), vggBlock(256, 3), vggBlock(512, 3), vggBlock(512, 3)].flat(),
  { kind: 'flatten' },
  ...[4096, 4096, 1000].map((features) => ({ kind: 'linear', features }) as const),
]

describe('walkChain', () => {
  it('counts VGG-16 as published: 138,357,544 parameters, 15.47 GMACs', () => {
    const chain = walkChain([224, 224, 3], vgg16)
    expect(chain.failure).toBeUndefined()
    expect(chain.outputShape).toEqual([1000])
    expect(chain.total.parameters).toBe(138_357_544)
    expect(chain.total.macs).toBe(15_470_264_320)
  })

  it('carries the receptive field along, through flatten, to the whole picture at a linear layer', () => {
    const { steps } = walkChain([224, 224, 3], vgg16)
    const pool5 = steps[steps.length - 5]
    expect(pool5.label).toBe('pool')
    expect(pool5.receptiveField).toEqual(Array(2).fill({ size: 212, jump: 32, start: -90 }))
    expect(steps[steps.length - 1].receptiveField[0]).toEqual({ size: 6 * 32 + 212, jump: 0, start: -90 })
  })

  it('gives MobileNet’s separable layers their two halves, with one bias', () => {
    const { steps } = walkChain([56, 56, 64], [{ kind: 'separable', channels: 128, kernel: 3, padding: 1 }])
    expect(steps[0].outputShape).toEqual([56, 56, 128])
    expect(steps[0].parameters).toBe(9 * 64 + 64 * 128 + 128)
    expect(steps[0].macs).toBe(56 * 56 * (9 * 64 + 64 * 128))
    expect(steps[0].activationBytes).toBe(4 * 56 * 56 * 128)
  })

  it('works on signals, volumes and vectors', () => {
    expect(walkChain([64, 300], [{ kind: 'conv', channels: 100, kernel: 4 }]).outputShape).toEqual([61, 100])
    const volume = walkChain(
      [16, 28, 28, 64],
      [{ kind: 'conv', channels: 8, kernel: 3, stride: [1, 2, 2], padding: 1 }],
    )
    expect(volume.outputShape).toEqual([16, 14, 14, 8])
    expect(walkChain([784], [{ kind: 'linear', features: 10 }]).total.parameters).toBe(7850)
  })

  it('gives the shapes that the ops give, and refuses what they refuse', () => {
    const options = fc.record({
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 3 }),
      padding: fc.constantFrom('same' as const, 'valid' as const, 'causal' as const, 'same-lower' as const, 0, 1, 2),
    })
    const shape = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 3 })
    const kind = fc.constantFrom('conv', 'depthwise', 'transposed', 'max', 'average', 'ceil')
    const kernel = fc.integer({ min: 1, max: 4 })
    let compared = 0
    fc.assert(
      fc.property(shape, options, kind, kernel, (shape, options, kind, size) => {
        const channels = shape[shape.length - 1]
        const sides = Array<number>(shape.length - 1).fill(size)
        const [x, pooled] = [ones([1, ...shape]), { ...options, ceil: kind === 'ceil' }]
        const run = {
          conv: () => conv(x, ones([...sides, channels, 5]), options),
          depthwise: () => depthwiseConv(x, ones([...sides, channels, 2]), options),
          transposed: () => convTranspose(x, ones([...sides, 5, channels]), options),
          max: () => maxPool(x, size, pooled),
          average: () => averagePool(x, size, pooled),
          ceil: () => maxPool(x, size, pooled),
        }[kind]!
        const windows = { ...options, kernel: size }
        const layer: ChainLayer =
          kind === 'conv' || kind === 'transposed'
            ? { kind, channels: 5, ...windows }
            : kind === 'depthwise'
              ? { kind, multiplier: 2, ...windows }
              : { kind: 'pool', pool: kind === 'average' ? 'average' : 'max', ceil: kind === 'ceil', ...windows }
        const chain = walkChain(shape, [layer])
        let expected: readonly number[]
        try {
          expected = run().shape
        } catch {
          expect(chain.failure).toBeDefined()
          return
        }
        compared++
        expect(chain.failure).toBeUndefined()
        expect([1, ...chain.outputShape]).toEqual([...expected])
      }),
      { numRuns: 400 },
    )
    expect(compared).toBeGreaterThan(200)
  })

  it('keeps a last partial pooling window in ceil mode only when it starts inside the input', () => {
    const size = (input: number, kernel: number, stride: number, padding: number) =>
      walkChain([input, 1], [{ kind: 'pool', pool: 'max', kernel, stride, padding, ceil: true }]).outputShape[0]
    expect(size(5, 2, 2, 0)).toBe(3)
    expect(size(6, 2, 2, 0)).toBe(3)
    expect(size(6, 3, 2, 0)).toBe(3)
    // ceil((5 + 2 − 2) / 3) + 1 = 3 windows, but the third would start at 6 − 1 = 5, past the input.
    expect(size(5, 2, 3, 1)).toBe(2)
  })

  it('upsamples by copies or by weighing neighbours', () => {
    const view = (mode: 'nearest' | 'linear') => walkChain([8, 8, 3], [{ kind: 'upsample', factor: 2, mode }]).steps[0]
    expect(view('nearest')).toMatchObject({ outputShape: [16, 16, 3], macs: 0 })
    expect(view('nearest').receptiveField[0]).toEqual({ size: 1, jump: 0.5, start: 0 })
    expect(view('linear').receptiveField[0]).toEqual({ size: 2, jump: 0.5, start: -1 })
  })

  it('stops at the first layer that does not fit, with the numbers and what would fit', () => {
    const chain = walkChain([8, 8, 3], [halve, { kind: 'conv', label: 'conv 4 7x7', channels: 4, kernel: 7 }, relu])
    expect(chain.steps).toHaveLength(1)
    expect(chain.failure?.index).toBe(1)
    expect(chain.failure?.message).toBe(
      'layer 2 (conv 4 7x7): the window spans 7 along axis 0, the padded input has 4 (size 4, padding 0 + 0). What fits there: a kernel of 4 or less, or padding of 2 or more on each side.',
    )
  })

  it.each<[string, readonly number[], ChainLayer, RegExp]>([
    ['groups that do not divide', [8, 6], { kind: 'conv', channels: 4, kernel: 3, groups: 3 }, /Possible: 1, 2\./],
    ['a linear layer on a picture', [4, 4, 2], { kind: 'linear', features: 3 }, /flatten \(32 values\)/],
    ['a conv on a vector', [12], { kind: 'conv', channels: 4, kernel: 3 }, /flat, \[12\]/],
    ['a stride of 0', [8, 1], { kind: 'conv', channels: 4, kernel: 3, stride: 0 }, /stride is 0/],
    ['a stride of 1.5', [8, 1], { kind: 'conv', channels: 4, kernel: 3, stride: 1.5 }, /stride is 1\.5/],
    ['a kernel of NaN', [8, 1], { kind: 'conv', channels: 4, kernel: Number.NaN }, /kernel is NaN/],
    ['no kernels', [8, 1], { kind: 'conv', channels: 0, kernel: 1 }, /number of kernels is 0/],
    ['no outputs', [8], { kind: 'linear', features: -1 }, /number of outputs is -1/],
    ['output padding beyond the stride', [4, 1], { kind: 'transposed', channels: 1, kernel: 2, outputPadding: 1 }, /./],
  ])('refuses %s', (_, shape, layer, message) => {
    expect(walkChain(shape, [layer]).failure?.message).toMatch(message)
  })

  it('throws for an input shape that is none', () => {
    expect(() => walkChain([], [])).toThrow(/input shape/)
    expect(() => walkChain([0, 3], [])).toThrow(/input shape/)
  })
})

describe('chainSees', () => {
  /** A layer with positive weights alone: its gradient is not 0 exactly where an output depends on an input. */
  const positive = (x: Tensor, layer: ChainLayer): Tensor => {
    switch (layer.kind) {
      case 'conv': {
        const { kernel, stride, dilation, padding } = layer
        return conv(x, ones([kernel as number, kernel as number, 1, 1]), { stride, dilation, padding })
      }
      case 'transposed':
        return convTranspose(x, ones([layer.kernel as number, layer.kernel as number, 1, 1]), { stride: layer.stride })
      case 'pool':
        return averagePool(x, layer.kernel, { stride: layer.stride, padding: layer.padding })
      case 'upsample':
        return resize(x, { scale: 2, mode: layer.mode === 'nearest' ? 'nearest' : 'bilinear' })
      default:
        return x
    }
  }
  const dilation = fc.integer({ min: 1, max: 3 })
  const stride = fc.integer({ min: 1, max: 2 })
  const layer: fc.Arbitrary<ChainLayer> = fc.oneof(
    fc.record({
      ...{ kind: fc.constant('conv' as const), channels: fc.constant(1), kernel: fc.integer({ min: 1, max: 3 }) },
      ...{ stride, dilation, padding: fc.constantFrom<'same' | number>('same', 0, 2) },
    }),
    fc.record({
      ...{ kind: fc.constant('transposed' as const), channels: fc.constant(1), kernel: fc.integer({ min: 1, max: 3 }) },
      stride,
    }),
    fc.constant({ kind: 'pool', pool: 'average', kernel: 2, stride: 1 } as const),
    fc.constantFrom<ChainLayer>(
      { kind: 'upsample', factor: 2, mode: 'nearest' },
      { kind: 'upsample', factor: 2, mode: 'linear' },
    ),
    fc.constant(relu),
  )

  it('names exactly the inputs whose gradient is not 0 when every weight is positive', () => {
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), fc.nat(1000), fc.nat(1000), (layers, a, b) => {
        const input = [7, 6, 1]
        const chain = walkChain(input, layers)
        fc.pre(chain.failure === undefined && chain.outputShape[0] * chain.outputShape[1] < 4000)
        const [height, width] = chain.outputShape
        const place = [a % height, b % width]
        const mask = new Float32Array(height * width)
        mask[place[0] * width + place[1]] = 1
        const x = tensor(new Float32Array(42).fill(1), { shape: [1, ...input] })
        const [gradient] = gradients(
          () => sum(multiply(layers.reduce(positive, x), tensor(mask, { shape: [1, height, width, 1] }))),
          [x],
        )
        const values = gradient.dataSync()
        const wanted = [...values.keys()].filter((i) => values[i] > 0)
        const [rows, columns] = chainSees(input, layers, place)
        expect(rows.positions.flatMap((row) => columns.positions.map((column) => row * 6 + column))).toEqual(wanted)
        for (const { region, positions } of [rows, columns])
          for (const one of positions) expect(one >= region.first && one <= region.last).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('sees all of the picture through a linear layer, and refuses what is no place', () => {
    const layers: ChainLayer[] = [halve, { kind: 'flatten' }, { kind: 'linear', features: 3 }, relu]
    expect(chainSees([4, 6, 2], layers, [0, 0]).map(({ positions }) => positions.length)).toEqual([4, 6])
    expect(walkChain([4, 6, 2], layers).steps.map(({ positions }) => positions.join('×'))).toEqual([
      ...['2×3', '2×3', '1×1', '1×1'],
    ])
    expect(() => chainSees([4, 6, 2], layers, [0])).toThrow('must be 2 indices')
    expect(() => chainSees([1, 6, 2], [halve], [0, 0])).toThrow('the window spans 2')
  })

  it('refuses groups of a normalisation that do not divide the channels', () => {
    const failing = walkChain([4, 4, 6], [{ kind: 'normalisation', name: 'gn', groups: 4 }])
    expect(failing.failure?.message).toContain('groups 4 must divide the 6 channels. Possible: 1, 2, 3, 6.')
  })
})
