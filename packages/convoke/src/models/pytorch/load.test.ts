import { describe, expect, it } from 'vitest'
import { withBackend } from '../../backends/current.ts'
import { createDryBackend } from '../../backends/dry/index.ts'
import type { HostTensor } from '../../formats/host.ts'
import * as nn from '../../nn/index.ts'
import { tensor } from '../../tensor/index.ts'
import * as models from '../index.ts'
import { channelsLast } from './layout.ts'
import { namings } from './names.ts'

/** Numbers that are all different: 0, 1, 2, … over `scale`. */
const counting = (shape: number[], scale = 1): HostTensor => {
  const size = shape.reduce((a, b) => a * b, 1)
  return { dtype: 'float32', shape, data: Float32Array.from({ length: size }, (_, i) => i / scale) }
}

const namesOf = (model: nn.Module) => new Set(withBackend(createDryBackend(), () => Object.keys(model.state())))

/** Names that a network has there, all that it has here matched. */
const foreignNames = (model: nn.Module, title: string): string[] => {
  const names = namesOf(model)
  const { foreign } = namings.find((one) => one.title === title)!
  return [...names].map((name) => foreign(name, names) ?? `no name for ${name}`)
}

describe('names of PyTorch', () => {
  // From torchvision 0.14 and timm 1.0: model.state_dict().keys().
  it.each([
    [
      'resnet18',
      'ResNet of torchvision and timm',
      ['conv1.weight', 'bn1.running_var', 'layer1.0.conv1.weight', 'layer2.0.downsample.0.weight', 'layer4.1.bn2.bias'],
    ],
    [
      'resnet50',
      'ResNet of torchvision and timm',
      ['layer3.5.conv3.weight', 'layer1.0.downsample.1.weight', 'fc.bias'],
    ],
    [
      'resnet50d',
      'ResNet of torchvision and timm',
      ['conv1.0.weight', 'conv1.1.running_mean', 'conv1.3.weight', 'conv1.4.bias', 'conv1.6.weight', 'bn1.weight']
        .concat(['layer1.0.downsample.1.weight', 'layer1.0.downsample.2.bias', 'layer2.0.downsample.1.weight'])
        .concat(['layer2.0.downsample.2.running_var']),
    ],
    [
      'vgg11_bn',
      'VGG of torchvision',
      ['features.0.weight', 'features.1.running_mean', 'features.25.weight', 'features.26.bias', 'classifier.6.weight'],
    ],
    [
      'vgg16',
      'VGG of torchvision',
      ['features.28.weight', 'features.5.weight', 'classifier.0.bias', 'classifier.3.bias'],
    ],
    [
      'vgg19_bn',
      'VGG of timm',
      ['features.49.weight', 'features.50.running_var', 'pre_logits.fc1.weight', 'head.fc.bias'],
    ],
    [
      'mobilenet_v2',
      'MobileNetV2 of torchvision',
      ['features.0.0.weight', 'features.1.conv.0.0.weight', 'features.1.conv.1.weight', 'features.1.conv.2.running_var']
        .concat(['features.2.conv.0.1.bias', 'features.2.conv.1.0.weight', 'features.17.conv.2.weight'])
        .concat(['features.17.conv.3.weight', 'features.18.0.weight', 'features.18.1.bias', 'classifier.1.weight']),
    ],
    [
      'mobilenetv2_100',
      'MobileNetV2 of timm',
      ['conv_stem.weight', 'bn1.running_mean', 'blocks.0.0.conv_dw.weight', 'blocks.0.0.conv_pw.weight', 'bn2.bias']
        .concat(['blocks.0.0.bn2.weight', 'blocks.1.1.conv_pwl.weight', 'blocks.6.0.bn3.bias', 'conv_head.weight'])
        .concat(['blocks.3.3.conv_dw.weight', 'blocks.5.2.bn1.running_var', 'classifier.bias']),
    ],
    [
      'convnext_tiny',
      'ConvNeXt of torchvision',
      ['features.0.1.weight', 'features.1.0.block.0.weight', 'features.1.0.layer_scale', 'features.2.0.bias'].concat([
        'features.2.1.weight',
        'features.5.8.block.5.bias',
        'classifier.0.weight',
        'classifier.2.bias',
      ]),
    ],
    [
      'convnext_tiny.fb_in1k',
      'ConvNeXt of timm',
      ['stem.0.weight', 'stem.1.bias', 'stages.0.blocks.0.gamma', 'stages.1.downsample.0.weight', 'head.fc.weight']
        .concat(['stages.1.downsample.1.weight', 'stages.2.blocks.8.mlp.fc2.weight', 'head.norm.bias'])
        .concat(['stages.0.blocks.2.conv_dw.bias', 'stages.3.blocks.0.norm.weight']),
    ],
    [
      'convnext_tiny',
      'ConvNeXt of its authors',
      ['downsample_layers.0.0.weight', 'downsample_layers.1.1.bias', 'stages.0.0.dwconv.weight', 'norm.weight'].concat([
        ...['stages.2.8.pwconv2.bias', 'stages.3.1.gamma', 'head.weight'],
      ]),
    ],
  ])('of %s are those of %s', (name, title, some) => {
    const known = models.architecture(name)
    const model = models.build(known.name, known.options as models.ModelOptions<typeof known.name>)
    const names = foreignNames(model, title)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((one) => /^no name|undefined/.test(one))).toEqual([])
    expect(names).toEqual(expect.arrayContaining(some))
  })

  it('name networks by what is before the dot, and list what is known for others', () => {
    expect(models.architecture('resnet18.a1_in1k')).toEqual({ name: 'resnet18', options: {} })
    expect(models.architecture('resnext101_32x8d.fb_swsl_ig1b_ft_in1k')).toEqual({
      name: 'resnet101',
      options: { groups: 32, width: 8 },
    })
    expect(() => models.architecture('vit_base_patch16_224.augreg_in21k')).toThrow(
      /no network "vit_base_patch16_224" here\. Known from torchvision and timm: resnet18, .*convnext_xlarge\. .*ONNX/,
    )
    expect(() => models.architecture('toString')).toThrow(/no network "toString"/)
  })

  // torchvision 0.20, table of weights: num_params.
  it.each([
    ['resnext50_32x4d', 25_028_904],
    ['resnext101_32x8d', 88_791_336],
    ['wide_resnet50_2', 68_883_240],
    ['resnet101', 44_549_160],
    ['resnet152', 60_192_808],
    ['vgg13', 133_047_848],
    ['vgg19_bn', 143_678_248],
    ['convnext_small', 50_223_688],
    ['convnext_base', 88_591_464],
    ['convnext_large', 197_767_336],
  ])('%s has as many parameters as torchvision documents', (name, count) => {
    const known = models.architecture(name)
    expect(models.build(known.name, known.options as object).parameterCount()).toBe(count)
  })
})

/** A ConvNeXt so small that its numbers can be followed. */
const small = () => models.ConvNeXt({ classes: 3, channels: 2, depths: [1], widths: [2], patch: 2 })

/** Its tensors as timm has them. */
const weights = (): Record<string, HostTensor> => ({
  'stem.0.weight': counting([2, 2, 2, 2]),
  'stem.0.bias': counting([2]),
  'stem.1.weight': counting([2]),
  'stem.1.bias': counting([2]),
  'stages.0.blocks.0.conv_dw.weight': counting([2, 1, 7, 7]),
  'stages.0.blocks.0.conv_dw.bias': counting([2]),
  'stages.0.blocks.0.norm.weight': counting([2]),
  'stages.0.blocks.0.norm.bias': counting([2]),
  'stages.0.blocks.0.mlp.fc1.weight': counting([8, 2]),
  'stages.0.blocks.0.mlp.fc1.bias': counting([8]),
  'stages.0.blocks.0.mlp.fc2.weight': counting([2, 8, 1, 1]),
  'stages.0.blocks.0.mlp.fc2.bias': counting([2]),
  'stages.0.blocks.0.gamma': counting([2]),
  'head.norm.weight': counting([2]),
  'head.norm.bias': counting([2]),
  'head.fc.weight': counting([3, 2]),
  'head.fc.bias': counting([3]),
})

const at = (model: nn.Module, name: string, ...place: number[]): number => {
  const value = model.state()[name]
  return value.dataSync()[place.reduce((index, one, axis) => index * value.shape[axis] + one, 0)]
}

describe('weights of PyTorch', () => {
  it('come into place: filters, depthwise filters, linear layers, also those written as convolutions', () => {
    const model = small()
    const report = models.loadPyTorch(model, weights())
    expect(report).toMatchObject({ names: 'ConvNeXt of timm', missing: [], unexpected: [], mismatched: [], kept: [] })
    expect(report.loaded).toHaveLength(17)
    // [out 1, in 0, y 1, x 0] is number 1·8 + 0·4 + 1·2 + 0.
    expect(at(model, 'stem.weight', 1, 0, 0, 1)).toBe(10)
    // [channel 1, 0, y 2, x 3] is number 49 + 17.
    expect(at(model, 'stage1.blocks.0.body.depthwise.weight', 2, 3, 1, 0)).toBe(66)
    expect(at(model, 'stage1.blocks.0.body.expand.weight', 1, 5)).toBe(11)
    expect(at(model, 'stage1.blocks.0.body.project.weight', 5, 1)).toBe(13)
    expect(Array.from(model.state()['head.bias'].dataSync())).toEqual([0, 1, 2])
  })

  it("come through VGG's flattening: maps are flattened channels first there, channels last here", () => {
    // Output 5 of 6 reads channel 3 of 4 at row 2, column 6 alone.
    const data = new Float32Array(6 * 4 * 49)
    data[5 * 4 * 49 + 3 * 49 + 2 * 7 + 6] = 1
    for (const shape of [
      [6, 4 * 49],
      [6, 4, 7, 7],
    ]) {
      const found = channelsLast(tensor(data, { shape }), [4 * 49, 6], true)!
      expect(found.shape).toEqual([196, 6])
      expect(found.dataSync().indexOf(1)).toBe(((2 * 7 + 6) * 4 + 3) * 6 + 5)
    }
    expect(channelsLast(tensor(data, { shape: [6, 4 * 49] }), [5 * 49, 6], true)).toBe(null)
  })

  it('compute what a residual block of given numbers computes', () => {
    const model = models.ResNet18({ classes: 2, channels: 1, stem: 'small' }).eval()
    // Statistics that normalise nothing, weights of nothing but the stem: y = relu(centre of the stem) goes through all shortcuts.
    const state: Record<string, HostTensor> = {}
    for (const name of foreignNames(model, 'ResNet of torchvision and timm')) {
      const width = 64 * 2 ** Math.max(0, Number(/layer(\d)/.exec(name)?.[1] ?? 1) - 1)
      if (/running_var$/.test(name))
        state[name] = { dtype: 'float32', shape: [width], data: new Float32Array(width).fill(4 - 1e-5) }
      else if (/bn\d\.weight$|downsample\.1\.weight$/.test(name))
        state[name] = { dtype: 'float32', shape: [width], data: new Float32Array(width).fill(2) }
      else if (/bn\d\.|downsample\.1/.test(name))
        state[name] = { dtype: 'float32', shape: [width], data: new Float32Array(width) }
    }
    const stem = new Float32Array(64 * 9)
    stem[7 * 9 + 4] = 3
    state['conv1.weight'] = { dtype: 'float32', shape: [64, 1, 3, 3], data: stem }
    for (const [layer, width] of [
      [1, 64],
      [2, 128],
      [3, 256],
      [4, 512],
    ] as const) {
      const before = layer === 1 ? 64 : width / 2
      for (const block of [0, 1]) {
        const input = block === 0 ? before : width
        state[`layer${layer}.${block}.conv1.weight`] = {
          dtype: 'float32',
          shape: [width, input, 3, 3],
          data: new Float32Array(width * input * 9),
        }
        state[`layer${layer}.${block}.conv2.weight`] = {
          dtype: 'float32',
          shape: [width, width, 3, 3],
          data: new Float32Array(width * width * 9),
        }
      }
      if (layer > 1) {
        const data = new Float32Array(width * before)
        for (let i = 0; i < before; i++) data[i * before + i] = 1
        state[`layer${layer}.0.downsample.0.weight`] = { dtype: 'float32', shape: [width, before, 1, 1], data }
      }
    }
    const fc = new Float32Array(2 * 512)
    fc[512 + 7] = 10
    state['fc.weight'] = { dtype: 'float32', shape: [2, 512], data: fc }
    state['fc.bias'] = { dtype: 'float32', shape: [2], data: Float32Array.of(0.5, -1) }
    models.loadPyTorch(model, state)
    // Channel 7 is 3 · 2 everywhere, the rest 0: 10 · 6 − 1.
    const y = model(tensor(new Float32Array(64).fill(2), { shape: [1, 8, 8, 1] }))
    expect(y.dataSync()[0]).toBeCloseTo(0.5, 5)
    expect(y.dataSync()[1]).toBeCloseTo(59, 4)
    model.dispose()
  })

  it('of wrappers and with counters are the same', () => {
    const model = small()
    const wrapped = Object.fromEntries(
      Object.entries(weights()).map(([name, value]) => [`module.model.${name}`, value]),
    )
    const counter: HostTensor = { dtype: 'int32', shape: [], data: Int32Array.of(7) }
    const report = models.loadPyTorch(model, { ...wrapped, 'module.model.bn.num_batches_tracked': counter })
    expect(report).toMatchObject({ unexpected: [], missing: [] })
    expect(report.loaded).toHaveLength(17)
  })

  it('of another number of classes keep the head, when asked', () => {
    const other = { ...weights(), 'head.fc.weight': counting([1000, 2]), 'head.fc.bias': counting([1000]) }
    const model = small().initialize(1)
    const before = Array.from(model.state()['head.weight'].dataSync())
    expect(() => models.loadPyTorch(model, other)).toThrow(
      /head\.fc\.weight has shape \[1000, 2\], which does not become \[2, 3\] of head\.weight; .*keepHead/,
    )
    expect(at(model, 'head.bias', 1)).not.toBe(1)
    const report = models.loadPyTorch(model, other, { keepHead: true })
    expect(report.kept).toEqual(['head.weight', 'head.bias'])
    expect(report.loaded).toHaveLength(15)
    expect(Array.from(model.state()['head.weight'].dataSync())).toEqual(before)
    const { 'head.fc.weight': _, 'head.fc.bias': __, ...headless } = weights()
    expect(models.loadPyTorch(small(), headless, { keepHead: true }).kept).toHaveLength(2)
  })

  it('of another architecture are refused, with the module unchanged; or what fits is taken', () => {
    const model = small().initialize(1)
    const before = Array.from(model.state()['norm.scale'].dataSync())
    const { 'stem.1.weight': _, ...rest } = weights()
    const given: Record<string, HostTensor> = { ...rest, 'stages.0.blocks.1.gamma': counting([2]) }
    given['stem.0.weight'] = counting([2, 2, 4, 4])
    expect(() => models.loadPyTorch(model, given)).toThrow(
      'stem.0.weight has shape [2, 2, 4, 4], which does not become [2, 2, 2, 2] of stem.weight; norm.scale is not in the file; "stages.0.blocks.1.gamma" of the file has no place.',
    )
    expect(Array.from(model.state()['norm.scale'].dataSync())).toEqual(before)
    const report = models.loadPyTorch(model, given, { strict: false })
    expect(report.missing).toEqual(['norm.scale'])
    expect(report.unexpected).toEqual(['stages.0.blocks.1.gamma'])
    expect(report.mismatched).toEqual([
      { name: 'stem.weight', from: 'stem.0.weight', shape: [2, 2, 4, 4], expected: [2, 2, 2, 2] },
    ])
  })

  it('that belong to no network here are refused with the names of both', () => {
    expect(() => models.loadPyTorch(small(), { 'cls_token.x': counting([1]) })).toThrow(
      /no tensor of the file belongs to this network\. The file has "cls_token\.x"; the network "stem\.weight", .*Known names: ResNet of torchvision/,
    )
    expect(() => models.loadPyTorch(small(), {})).toThrow(/The file has nothing/)
  })
})

describe('options of ResNets', () => {
  it('of bottlenecks are refused where there are none', () => {
    expect(() => models.ResNet18({ groups: 32, width: 4 })).toThrow(/groups and width are options of bottleneck blocks/)
  })

  it('make the shapes of ResNet-D, of odd sizes too', () => {
    const model = models.ResNet50({ classes: 4, stem: 'deep', shrink: 'average' })
    expect(nn.summary(model, [1, 65, 71, 3]).outputShape).toEqual([1, 4])
  })
})
