import { conv, convTranspose, multiply, sum, tensor, valueAndGradients } from 'convoke'
import type { ConvGeometry } from 'convoke/shapes'
import { describe, expect, it } from 'vitest'
import { exactAdjoint, exactConv, exactFilterGradient } from './exact.ts'
import { directFlops, type Layer, layers, specOf } from './layers.ts'
import { noise } from './random.ts'
import { workload } from './workload.ts'

const cases: readonly [name: string, input: number[], filter: number[], geometry: ConvGeometry][] = [
  [
    'a strided, padded one',
    [2, 7, 6, 3],
    [3, 2, 3, 4],
    {
      stride: 2,
      padding: [
        [1, 0],
        [0, 1],
      ],
    },
  ],
  ['a dilated one', [1, 9, 9, 2], [3, 3, 2, 3], { dilation: 2, padding: 2 }],
  ['a grouped one', [2, 5, 5, 6], [3, 3, 2, 9], { groups: 3, padding: 1 }],
  ['a depthwise one', [1, 6, 5, 4], [3, 3, 1, 4], { groups: 4, stride: 2, padding: 1 }],
  ['one of a sequence', [2, 11, 3], [4, 3, 2], {}],
  ['one of a volume', [1, 4, 5, 3, 2], [2, 3, 2, 2, 3], { padding: 1 }],
]

const size = (shape: readonly number[]): number => shape.reduce((total, length) => total * length, 1)

describe('single elements by definition', () => {
  it.each(cases)('agree with the library and its gradients on %s', (name, input, filter, geometry) => {
    const layer: Layer = { name, set: 'other', op: 'conv', input, filter, geometry, weights: 'random' }
    const spec = specOf(layer, input[0])
    const [x, f] = [noise(size(input), 1), noise(size(filter), 2)]
    const g = noise(spec.batch * size(spec.outputSize) * spec.outputChannels, 3)
    const [xt, ft] = [tensor(x, { shape: input }), tensor(f, { shape: filter })]
    const y = conv(xt, ft, geometry)
    const gt = tensor(g, { shape: y.shape })
    const { gradients } = valueAndGradients(() => sum(multiply(conv(xt, ft, geometry), gt)), [xt, ft])
    const expected = [y, ...gradients].map((value) => value.dataSync())
    const found = [
      Float32Array.from(expected[0], (_, index) => exactConv(spec, x, f, index)),
      Float32Array.from(expected[1], (_, index) => exactAdjoint(spec, g, f, index)),
      Float32Array.from(expected[2], (_, index) => exactFilterGradient(spec, x, g, index)),
    ]
    found.forEach((values, which) => {
      values.forEach((value, index) => {
        expect(value).toBeCloseTo(expected[which][index], 4)
      })
    })
  })

  it('agree with the library on a transposed convolution', () => {
    const geometry = { stride: 2, padding: 1 }
    const layer: Layer = {
      ...{ name: 'transposed', set: 'other', op: 'convTranspose', input: [1, 5, 4, 6], filter: [4, 4, 3, 6] },
      ...{ geometry, weights: 'random' },
    }
    const { spec, input, filter, outputShape } = workload(layer, 'forward', 1)
    const inputTensor = tensor(input, { shape: layer.input })
    const y = convTranspose(inputTensor, tensor(filter, { shape: layer.filter }), geometry)
    expect(outputShape).toEqual(y.shape)
    y.dataSync().forEach((value, index) => {
      expect(exactAdjoint(spec, input, filter, index)).toBeCloseTo(value, 4)
    })
  })
})

describe('layers', () => {
  it('have names of their own and specs that fit', () => {
    expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length)
    expect(layers.filter(({ set }) => set === 'networks')).toHaveLength(16)
    for (const layer of layers) expect(directFlops(specOf(layer))).toBeGreaterThan(0)
  })

  it('count a multiply and an add for every tap of every output', () => {
    const layer = layers.find(({ name }) => name === '3×3 64→64 @56') as Layer
    expect(directFlops(specOf(layer))).toBe(2 * 56 * 56 * 9 * 64 * 64)
    expect(workload(layer, 'train', 8).flops).toBe(3 * 8 * 2 * 56 * 56 * 9 * 64 * 64)
  })
})
