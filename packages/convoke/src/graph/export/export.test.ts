import { describe, expect, it } from 'vitest'
import { decodeOnnx, encodeOnnx, type OnnxModel } from '../../formats/onnx/index.ts'
import { arange, models, nn, randomUniform } from '../../index.ts'
import * as ops from '../../ops/index.ts'
import { zeros } from '../../tensor/create.ts'
import { memory } from '../../tensor/storage.ts'
import { Tensor } from '../../tensor/tensor.ts'
import { graphModule } from '../module.ts'
import { exportOnnx } from './export.ts'

type Shape = readonly number[]
type Small = readonly [name: models.ModelName, options: object, example: Shape, whole?: number]

/** Every network of the library, as small as it can be. */
const networks: readonly Small[] = [
  ['resnet18', { classes: 3 }, [1, 32, 32, 3]],
  ['resnet34', { classes: 3, stem: 'small' }, [1, 8, 8, 3]],
  ['resnet50', { classes: 3 }, [1, 32, 32, 3]],
  ['mobilenetv2', { classes: 3 }, [1, 32, 32, 3]],
  ['convnext', { classes: 3, depths: [1, 1], widths: [8, 12] }, [1, 16, 16, 3]],
  ['unet', { classes: 2, width: 4, depth: 2, channels: 3 }, [1, 16, 16, 3]],
  ['cct', { classes: 3, picture: 16, layers: 2, size: 16, heads: 2 }, [1, 16, 16, 3]],
  ['crnn', { classes: 4, hidden: 6, width: 0.125 }, [1, 32, 24, 1]],
  ['tcn', { in: 3, out: 4, widths: [5, 6] }, [1, 12, 3]],
  ['textcnn', { vocabulary: 20, classes: 3, size: 8, maps: 5 }, [1, 9], 20],
  ['lstm', { in: 3, out: 4, hidden: 5, bidirectional: true, layers: 2 }, [1, 6, 3]],
  ['gru', { in: 3, out: 4, hidden: 5, bidirectional: true, layers: 2 }, [1, 6, 3]],
  ['gru', { in: 3, out: 4, hidden: 5, layers: 2, returns: 'last' }, [1, 6, 3]],
  ['detector', { classes: 2, widths: [4, 6, 8], features: 4 }, [1, 32, 32, 3]],
  ['pyramiddetector', { classes: 2, widths: [4, 6, 8], features: 4, depth: 1 }, [1, 32, 32, 3]],
  ['generator', { latent: 5, width: 4, size: 16 }, [1, 5]],
  ['discriminator', { width: 4, size: 16 }, [1, 16, 16, 3]],
  ['lenet5', {}, [1, 28, 28, 1]],
  ['compact', { classes: 3 }, [1, 16, 16, 1]],
  ['compactresnet', { classes: 3, widths: [4, 6, 8] }, [1, 15, 18, 3]],
  ['deeplab', { classes: 2, widths: [4, 6, 8], depth: 1, features: 8 }, [1, 21, 30, 3]],
]

/** Random weights; biases and running statistics away from 0 and 1. */
function settled(name: models.ModelName, options: object): nn.Module {
  const model = models.build(name, options as never).initialize(1)
  Object.entries(model.state()).forEach(([key, tensor], seed) => {
    if (/mean$|bias$/i.test(key)) tensor.assign(randomUniform(tensor.shape, { seed, low: -0.3, high: 0.3 }))
    if (/var(iance)?$/i.test(key)) tensor.assign(randomUniform(tensor.shape, { seed, low: 0.5, high: 1.5 }))
  })
  return model.eval()
}

const drawn = (shape: Shape, whole?: number): Tensor =>
  whole === undefined
    ? randomUniform(shape, { seed: 3, low: -1, high: 1 })
    : ops.cast(ops.floor(randomUniform(shape, { seed: 3, low: 0, high: whole })), 'int32')

const listOf = (result: unknown): Tensor[] =>
  result instanceof Tensor ? [result] : (Object.values(result as object) as Tensor[])

function expectSame(found: unknown, expected: unknown, tolerance = 1e-5): void {
  const [mine, theirs] = [listOf(found), listOf(expected)]
  expect(mine.map(({ shape }) => shape)).toEqual(theirs.map(({ shape }) => shape))
  theirs.forEach((tensor, i) => {
    const [a, b] = [Array.from(mine[i].dataSync()), Array.from(tensor.dataSync())]
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    for (const [at, value] of b.entries()) expect(Math.abs(value - a[at])).toBeLessThanOrEqual(tolerance * largest)
  })
}

const readBack = (model: OnnxModel, layout?: 'as-written') =>
  graphModule(decodeOnnx(encodeOnnx(model)), layout === undefined ? {} : { layout }).eval()

const countsOf = ({ graph }: OnnxModel): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { operator } of graph.nodes) counts[operator] = (counts[operator] ?? 0) + 1
  return counts
}

describe('Networks of the library', () => {
  it.each(networks.map((one) => [one[0], one] as const))(
    'go out as ONNX and come back: %s',
    (_, [name, options, shape, whole]) => {
      const model = settled(name, options)
      const again = readBack(exportOnnx(model, whole === undefined ? shape : zeros(shape, 'int32')))
      for (const batch of [1, 3]) {
        const x = drawn(shape.with(0, batch), whole)
        expectSame(again(x), model(x))
      }
    },
  )

  it('look as PyTorch writes them: a ResNet', () => {
    const model = settled('resnet18', { classes: 10 })
    const onnx = exportOnnx(model, [1, 32, 32, 3])
    expect(countsOf(onnx)).toEqual({
      ...{ Conv: 20, BatchNormalization: 20, Relu: 17, MaxPool: 1, Add: 8, GlobalAveragePool: 1, Flatten: 1, Gemm: 1 },
    })
    const { inputs, outputs, initializers, nodes } = onnx.graph
    expect(inputs).toEqual([{ name: 'input', type: { kind: 'tensor', type: 'float32', shape: ['batch', 3, 32, 32] } }])
    expect(outputs).toEqual([{ name: 'output', type: { kind: 'tensor', type: 'float32', shape: ['batch', 10] } }])
    expect(initializers.map(({ name }) => name).sort()).toEqual(Object.keys(model.state()).sort())
    expect(initializers.find(({ name }) => name === 'stem.conv.weight')?.shape).toEqual([64, 3, 7, 7])
    expect(nodes[0]).toMatchObject({ name: '/stem/conv/Conv', inputs: ['input', 'stem.conv.weight'] })
    expect(nodes.map(({ name }) => name)).toContain('/stage1/0/body/conv1/conv/Conv')
  })

  it('need no transposition between pictures: a U-Net', () => {
    const onnx = exportOnnx(settled('unet', { classes: 2, width: 4, depth: 2, channels: 3 }), [1, 16, 16, 3])
    expect(Object.keys(countsOf(onnx)).sort()).toEqual(['Concat', 'Conv', 'ConvTranspose', 'MaxPool', 'Relu'])
    expect(onnx.graph.outputs[0].type).toMatchObject({ shape: ['batch', 2, 16, 16] })
  })

  it('have deformable convolutions as DeformConv where the operator set has it, for pictures of any size', () => {
    const [filter, toOffsets] = [randomUniform([3, 3, 2, 4], { seed: 1 }), randomUniform([3, 3, 2, 18], { seed: 2 })]
    const network = (x: Tensor): Tensor =>
      ops.deformConv2d(x, filter, ops.conv2d(x, toOffsets, { padding: 1 }), { padding: 1, activation: 'relu' })
    const onnx = exportOnnx(network, [1, 6, 7, 2], { opset: 19, dynamic: [0, 1, 2] })
    expect(onnx.graph.nodes.map(({ operator }) => operator)).toEqual(['Conv', 'DeformConv', 'Relu'])
    const again = readBack(onnx)
    for (const shape of [
      [2, 6, 7, 2],
      [1, 9, 4, 2],
    ])
      expectSame(again(drawn(shape)), network(drawn(shape)))
    const older = exportOnnx(network, [1, 6, 7, 2])
    expect(older.graph.nodes.map(({ operator }) => operator)).not.toContain('DeformConv')
  })

  it('have their recurrences as LSTM and GRU', () => {
    expect(countsOf(exportOnnx(settled('lstm', { in: 3, out: 4, hidden: 5, layers: 2 }), [1, 6, 3]))).toMatchObject({
      LSTM: 2,
    })
    expect(countsOf(exportOnnx(settled('gru', { in: 3, out: 4, hidden: 5 }), [1, 6, 3]))).toMatchObject({ GRU: 1 })
    const both = exportOnnx(settled('gru', { in: 3, out: 4, hidden: 5, bidirectional: true }), [1, 6, 3])
    const found = both.graph.nodes
      .filter(({ operator }) => operator === 'GRU')
      .map(({ attributes }) => attributes.direction)
    expect(found).toEqual([undefined, { type: 'string', value: 'reverse' }])
  })
})

describe('Lengths left open', () => {
  it('are those of pictures, where a network takes any', () => {
    const model = settled('mobilenetv2', { classes: 3 })
    const onnx = exportOnnx(model, [1, 32, 32, 3], { dynamic: [0, 1, 2] })
    expect(onnx.graph.inputs[0].type).toMatchObject({ shape: ['batch', 3, 'height', 'width'] })
    const again = readBack(onnx)
    for (const shape of [
      [2, 45, 37, 3],
      [1, 64, 33, 3],
    ])
      expectSame(again(drawn(shape)), model(drawn(shape)))
  })

  it('go in steps where a network halves pictures and doubles them', () => {
    const model = settled('unet', { classes: 2, width: 4, depth: 2, channels: 3 })
    const open = [0, { axis: 1, step: 4 }, { axis: 2, step: 4 }] as const
    const again = readBack(exportOnnx(model, [1, 16, 16, 3], { dynamic: open }))
    expectSame(again(drawn([2, 20, 28, 3])), model(drawn([2, 20, 28, 3])))
    expect(() => exportOnnx(model, [1, 16, 16, 3], { dynamic: [0, 1] })).toThrow(
      /depends on the length of the axis height .* in what steps it goes: \{ axis: 1, step: 32 \}/,
    )
  })

  it('are refused where a pool has other windows for each size', () => {
    const network = (x: Tensor) => ops.adaptiveAveragePool(x, 3)
    expect(() => exportOnnx(network, [1, 6, 6, 2], { dynamic: [1] })).toThrow(
      /depends on the length of the axis height/,
    )
  })

  it('say at which size the network refuses', () => {
    const model = settled('cct', { classes: 3, picture: 16, layers: 1, size: 16, heads: 2 })
    expect(() => exportOnnx(model, [1, 16, 16, 3], { dynamic: [1] })).toThrow(
      /^exportOnnx: the axis height cannot be left open: at 17 /,
    )
  })

  it('are none with an empty list', () => {
    const onnx = exportOnnx(settled('lenet5', {}), [2, 28, 28, 1], { dynamic: [] })
    expect(onnx.graph.inputs[0].type).toMatchObject({ shape: [2, 1, 28, 28] })
    expect(onnx.graph.outputs[0].type).toMatchObject({ shape: [2, 10] })
  })

  it('are followed by tensors that are the same for every example', () => {
    const network = (x: Tensor) =>
      ops.concat([ops.multiply(ops.slice(x, [null, { stop: 1 }]), 0.5), x, zeros([x.shape[0], 1, 4])], 1)
    const again = readBack(exportOnnx(network, [1, 3, 4]), 'as-written')
    const x = drawn([5, 3, 4])
    expectSame(again(x), network(x))
  })

  it('are refused where the network tells the examples of a batch apart', () => {
    const network = (x: Tensor) => ops.multiply(x, ops.reshape(arange(x.shape[0]), [x.shape[0], 1]))
    expect(() => exportOnnx(network, [1, 3])).toThrow(/axis batch.*dynamic: \[\]/)
  })
})

describe('exportOnnx', () => {
  const twice = (x: Tensor, y: Tensor) => ({ sum: ops.add(x, y), parts: [ops.subtract(x, y)] })

  it('takes several inputs and outputs, under names of your own', () => {
    const options = { inputs: ['left', 'right'], outputs: ['sum', 'difference'], metadata: { author: 'me' } }
    const onnx = decodeOnnx(
      encodeOnnx(
        exportOnnx(
          twice,
          [
            [1, 3],
            [1, 3],
          ],
          options,
        ),
      ),
    )
    expect(onnx.graph.inputs.map(({ name }) => name)).toEqual(['left', 'right'])
    expect(onnx.metadata).toEqual({ author: 'me' })
    const { sum, difference } = graphModule(onnx).run({ left: drawn([2, 3]), right: drawn([2, 3]) })
    expectSame(sum, ops.multiply(drawn([2, 3]), 2))
    expectSame(difference, zeros([2, 3]), 0)
  })

  it('leaves inputs of another length as they are', () => {
    const network = (x: Tensor, table: Tensor) => ops.matmul(x, table)
    const onnx = exportOnnx(network, [
      [1, 3],
      [3, 4],
    ])
    expect(onnx.graph.inputs.map(({ type }) => type)).toMatchObject([{ shape: ['batch', 3] }, { shape: [3, 4] }])
  })

  it('keeps pictures channels last where that is asked for', () => {
    const model = settled('lenet5', {})
    const onnx = exportOnnx(model, [1, 28, 28, 1], { layout: 'channels-last' })
    expect(onnx.graph.inputs[0].type).toMatchObject({ shape: ['batch', 28, 28, 1] })
    expectSame(readBack(onnx, 'as-written')(drawn([2, 28, 28, 1])), model(drawn([2, 28, 28, 1])))
  })

  it('gives an input as an output, and a number that depends on none', () => {
    const network = (x: Tensor) => [x, ops.add(zeros([2]), 3)]
    const [same, three] = listOf(readBack(exportOnnx(network, [1, 3]))(drawn([2, 3])))
    expectSame(same, drawn([2, 3]), 0)
    expect(three.toArray()).toEqual([3, 3])
  })

  it('writes what an opset has', () => {
    const model = settled('cct', { classes: 3, picture: 16, layers: 1, size: 16, heads: 2 })
    const [old, usual, late] = [13, undefined, 20].map((opset) => exportOnnx(model, [1, 16, 16, 3], { opset }))
    expect(countsOf(old)).not.toHaveProperty('LayerNormalization')
    expect(countsOf(usual)).toMatchObject({ LayerNormalization: 3, Erf: 1 })
    expect(countsOf(late)).toMatchObject({ Gelu: 1 })
    expect([old, usual, late].map(({ opsets, irVersion }) => [opsets[''], irVersion])).toEqual([
      [13, 7],
      [17, 8],
      [20, 9],
    ])
    for (const one of [old, late]) expectSame(readBack(one)(drawn([2, 16, 16, 3])), model(drawn([2, 16, 16, 3])))
  })

  it('leaves the network as it was: its mode, and no memory held', () => {
    const model = settled('lenet5', {}).train()
    exportOnnx(model, [1, 28, 28, 1])
    const before = memory()
    exportOnnx(model, [1, 28, 28, 1])
    expect(memory()).toEqual(before)
    expect(model.training).toBe(true)
    expect(Object.values(model.state()).every((tensor) => !tensor.isDisposed)).toBe(true)
  })

  it('writes an imported graph with a new head', () => {
    const base = readBack(exportOnnx(settled('lenet5', {}), [1, 28, 28, 1]))
    const model = nn
      .defineModule({
        kind: 'Tuned',
        children: { base, head: nn.Linear({ in: 10, out: 2 }) },
        forward:
          ({ children }) =>
          (x: Tensor) =>
            children.head(ops.relu(children.base(x))),
      })
      .initialize(2)
      .eval()
    const onnx = exportOnnx(model, [1, 28, 28, 1])
    expect(onnx.graph.inputs[0].type).toMatchObject({ shape: ['batch', 1, 28, 28] })
    expect(onnx.graph.initializers.map(({ name }) => name)).toContain('head.weight')
    expectSame(readBack(onnx)(drawn([2, 28, 28, 1])), model(drawn([2, 28, 28, 1])))
  })

  it('writes adapted weights as they act', () => {
    const model = settled('lenet5', {})
    nn.addAdapters(model, { rank: 1, match: '*', seed: 3 })
    for (const tensor of model.parameters())
      tensor.assign(randomUniform(tensor.shape, { seed: 4, low: -0.2, high: 0.2 }))
    expectSame(readBack(exportOnnx(model, [1, 28, 28, 1]))(drawn([2, 28, 28, 1])), model(drawn([2, 28, 28, 1])))
  })

  it.each([
    [
      'a loss',
      (x: Tensor) => nn.crossEntropy(x, ops.argMax(x, { axis: 1 })),
      /kernel softmaxLoss, which belongs to training/,
    ],
    ['random numbers', (x: Tensor) => ops.dropout(x, { rate: 0.5, seed: 1 }), /draws random numbers/],
    [
      'what it reads',
      (x: Tensor) => (x.dataSync()[0] > 0 ? x : ops.negate(x)),
      /reads numbers that depend on the input/,
    ],
  ])('refuses %s', (_, network, message) => {
    expect(() => exportOnnx(network as (x: Tensor) => Tensor, [1, 3])).toThrow(message)
  })

  it.each([
    [{ opset: 12 }, /opset is 12; it must be 13 to 21/],
    [{ layout: 'nchw' }, /the layout is .*'channels-first' or 'channels-last'/],
    [{ dynamic: [5] }, /dynamic names axis 5; the example has shape \[1, 3\]/],
    [{ dynamic: ['batch'] }, /give the axes of the example/],
    [{ inputs: ['a', 'b'] }, /inputs has 2 names for 1/],
    [{ outputs: [''] }, /give a name for each/],
    [{ opsets: 17 }, /there is no option "opsets"/],
  ])('refuses options that say nothing: %j', (options, message) => {
    expect(() => exportOnnx((x: Tensor) => ops.relu(x), [1, 3], options as never)).toThrow(message)
  })
})
