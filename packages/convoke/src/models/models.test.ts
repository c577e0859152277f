import { describe, expect, it } from 'vitest'
import { withBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import * as nn from '../nn/index.ts'
import { memory, ones, randomNormal, tensor, zeros } from '../tensor/index.ts'
import * as models from './index.ts'

/** The shape of a result, without computing it. */
const shapeThrough = (model: nn.Module, shape: number[], dtype: 'float32' | 'int32' = 'float32') =>
  withBackend(createDryBackend(), () => model.eval()(zeros(shape, dtype)).shape)

describe('published parameter counts', () => {
  // torchvision 0.20 documents the counts of its models; LeNet-5's and U-Net's follow from their papers' figures.
  it.each([
    ['LeNet-5', () => models.LeNet5(), 61_706],
    ['VGG-11', () => models.VGG11(), 132_863_336],
    ['VGG-16', () => models.VGG16(), 138_357_544],
    ['ResNet-18', () => models.ResNet18(), 11_689_512],
    ['ResNet-34', () => models.ResNet34(), 21_797_672],
    ['ResNet-50', () => models.ResNet50(), 25_557_032],
    ['MobileNetV2', () => models.MobileNetV2(), 3_504_872],
    ['ConvNeXt-T', () => models.ConvNeXt(), 28_589_128],
    ['U-Net', () => models.UNet(), 31_030_658],
    // Two of 5×5 to 4 maps and two to 8, one of 2×2 back to 4, which alone go into the two that follow; with their biases.
    [
      'U-Net without skips, 5×5',
      () => models.UNet({ width: 4, depth: 1, kernel: 5, skips: false }),
      104 + 404 + 808 + 1608 + 132 + 404 + 404 + 10,
    ],
    // Five 3×3 convolutions without bias, two numbers a channel for each one's normalisation, and the last layer.
    [
      'CompactResNet',
      () => models.CompactResNet({ classes: 10, channels: 1, widths: [2, 4, 6] }),
      9 * (2 + 8 + 24 + 2 * 36) + 2 * (2 + 4 + 3 * 6) + 70,
    ],
    // Stem; two blocks with a convolution on the way around; one 3×3 beside two of 1×1 and what joins them; the decoder.
    [
      'DeepLab',
      () => models.DeepLab({ classes: 3, channels: 1, widths: [4, 6], depth: 1, rates: [2], features: 8 }),
      44 + (2 * 152 + 24) + (228 + 336 + 36) + (64 + 448 + 56 + 208) + 12 + (736 + 592) + 27,
    ],
    ['DCGAN generator', () => models.Generator(), 3_576_704],
    ['DCGAN discriminator', () => models.Discriminator(), 2_765_568],
    // Kim 2014: word vectors, three windows of 100 kernels, one linear layer.
    ['TextCNN', () => models.TextCNN({ vocabulary: 18_765 }), 18_765 * 300 + 12 * 300 * 100 + 300 + 602],
  ] as const)('%s', (_, make, expected) => {
    const before = memory()
    expect(make().parameterCount()).toBe(expected)
    expect(memory()).toEqual(before)
  })

  it.each([
    // As the papers print them, rounded.
    ['TCN, adding problem', () => models.TCN({ in: 2, out: 1, widths: Array(8).fill(24), kernel: 8 }), 70_000, 0.01],
    ['TCN, sequential MNIST', () => models.TCN({ in: 1, out: 10, widths: Array(8).fill(25) }), 70_000, 0.05],
    ['CCT-7/3×1', () => models.CCT(), 3_760_000, 0.001],
    ['CRNN', () => models.CRNN(), 8_300_000, 0.005],
  ] as const)('%s, as rounded in the paper', (_, make, expected, tolerance) => {
    expect(Math.abs(make().parameterCount() / expected - 1)).toBeLessThan(tolerance)
  })

  it('MACs of ResNet-50 and MobileNetV2 at 224×224', () => {
    // He et al. 2016: 3.8 GMAC, and 4.09 with the stride in the 3×3 layers; Sandler et al. 2018: 300 M.
    expect(nn.summary(models.ResNet50(), [1, 224, 224, 3]).macs / 1e9).toBeCloseTo(4.09, 2)
    expect(nn.summary(models.MobileNetV2(), [1, 224, 224, 3]).macs / 1e6).toBeCloseTo(300.8, 1)
    expect(nn.summary(models.VGG16(), [1, 224, 224, 3]).macs / 1e9).toBeCloseTo(15.47, 2)
  })

  it('compact networks are compact', () => {
    expect(nn.summary(models.CompactResNet({ classes: 10 }), [1, 32, 32, 3]).macs / 1e6).toBeCloseTo(24.0, 1)
    expect(models.DeepLab().parameterCount()).toBeLessThan(3e6)
  })

  it('a DeepLab works at the strides it says', () => {
    const pyramidOf = (options: models.DeepLabOptions): readonly number[] | undefined =>
      nn
        .summary(models.DeepLab({ widths: [4, 4, 4], depth: 1, ...options }), [1, 96, 64, 3])
        .rows.find(({ path }) => path === 'pyramid.point.conv')?.inputShape
    expect(pyramidOf({})).toEqual([1, 12, 8, 4])
    expect(pyramidOf({ stride: 2 })).toEqual([1, 24, 16, 4])
    expect(pyramidOf({ widths: [4, 4, 4, 4] })).toEqual([1, 6, 4, 4])
  })
})

describe('shapes', () => {
  it.each([
    ['LeNet-5', models.LeNet5(), [2, 28, 28, 1], [2, 10]],
    ['compact', models.CompactCNN({ classes: 3, channels: 3 }), [2, 17, 23, 3], [2, 3]],
    ['CompactResNet', models.CompactResNet({ classes: 3, kernel: 4 }), [2, 17, 23, 3], [2, 3]],
    ['VGG-11', models.VGG11({ classes: 5 }), [1, 64, 48, 3], [1, 5]],
    ['ResNet-18', models.ResNet18({ classes: 5 }), [1, 97, 64, 3], [1, 5]],
    ['ResNet-18, small stem', models.ResNet18({ classes: 5, stem: 'small' }), [1, 32, 32, 3], [1, 5]],
    ['MobileNetV2, half as wide', models.MobileNetV2({ width: 0.5 }), [1, 64, 64, 3], [1, 1000]],
    ['ConvNeXt', models.ConvNeXt({ classes: 2, depths: [1, 1], widths: [8, 16], patch: 2 }), [1, 16, 16, 3], [1, 2]],
    ['U-Net, as in the paper', models.UNet({ padding: 'valid' }), [1, 572, 572, 1], [1, 388, 388, 2]],
    ['U-Net, odd sizes', models.UNet({ width: 4, classes: 3 }), [1, 45, 70, 1], [1, 45, 70, 3]],
    ['U-Net without skips', models.UNet({ width: 4, skips: false }), [1, 45, 70, 1], [1, 45, 70, 2]],
    [
      'U-Net without skips, valid',
      models.UNet({ width: 2, depth: 1, padding: 'valid', skips: false }),
      [1, 20, 20, 1],
      [1, 4, 4, 2],
    ],
    [
      'PyramidDetector, odd sizes',
      models.PyramidDetector({ classes: 3 }),
      [2, 45, 71, 3],
      [2, 12 * 18 + 6 * 9 + 3 * 5, 7],
    ],
    ['DeepLab, odd sizes', models.DeepLab({ classes: 3 }), [2, 45, 71, 3], [2, 45, 71, 3]],
    ['DeepLab, finer', models.DeepLab({ stride: 2, depth: 1 }), [1, 31, 18, 3], [1, 31, 18, 21]],
    ['CharCNN', models.CharCNN({ classes: 4, length: 130 }), [2, 130, 70], [2, 4]],
    ['TCN', models.TCN({ in: 2, out: 3, widths: [4, 4] }), [2, 9, 2], [2, 9, 3]],
    ['TCN, last step', models.TCN({ in: 2, out: 3, widths: [4, 4], returns: 'last' }), [2, 9, 2], [2, 3]],
    ['CRNN', models.CRNN({ width: 0.1, hidden: 8 }), [2, 32, 100, 1], [2, 24, 37]],
    ['CCT', models.CCT({ layers: 1, size: 8, heads: 2, convolutions: 2 }), [2, 32, 32, 3], [2, 10]],
    ['generator', models.Generator({ size: 32, channels: 1 }), [2, 100], [2, 32, 32, 1]],
    ['discriminator', models.Discriminator({ size: 32, channels: 1 }), [2, 32, 32, 1], [2]],
  ] as const)('%s', (_, model, input, output) => {
    expect(shapeThrough(model, [...input])).toEqual(output)
  })

  it('words and characters', () => {
    expect(shapeThrough(models.TextCNN({ vocabulary: 9, size: 4, maps: 2 }), [3, 7], 'int32')).toEqual([3, 2])
  })

  it('of what does not fit are refused in words', () => {
    const text = models.TextCNN({ vocabulary: 9, size: 4 })
    expect(() => shapeThrough(text, [1, 4], 'int32')).toThrow(
      '[batch, words] with 5 words or more. Pad shorter sentences.',
    )
    expect(() => shapeThrough(models.CCT({ picture: 16 }), [1, 32, 32, 3])).toThrow('for pictures of 16×16')
    expect(() => models.Generator({ size: 28 })).toThrow('pictures of 28×28 are not 4×4 doubled')
    expect(() => models.DeepLab({ widths: [8] })).toThrow('widths is [8]; give two stages or more.')
    expect(() => models.DeepLab({ stride: 3 as 4 })).toThrow('stride is 3; it must be 2 or 4')
    expect(() => models.DeepLab({ depth: 0 })).toThrow('depth is 0; it must be a whole number of 1 or more')
    expect(() => models.CharCNN({ classes: 2, length: 60 })).toThrow('texts of 60 characters are too short')
  })
})

describe('what the models promise', () => {
  it('a TCN sees as far back as it says, and never ahead', () => {
    const model = models
      .TCN({ in: 1, out: 1, widths: [2, 2], kernel: 2 })
      .initialize(1)
      .eval()
    // 1 + 2·(2 − 1)·(2² − 1) = 7 steps.
    const response = (at: number) => {
      const x = Array.from({ length: 12 }, (_, t) => [t === at ? 50 : 1])
      const base = ones([1, 12, 1])
      const [a, b] = [model(base), model(tensor([x]))].map((y) => (y.toArray() as number[][][])[0].map(([v]) => v))
      return a.flatMap((value, t) => (Math.abs(value - b[t]) > 1e-9 ? [t] : []))
    }
    const seen = response(4)
    expect(Math.min(...seen)).toBe(4)
    expect(Math.max(...seen)).toBeLessThanOrEqual(4 + 6)
    expect(nn.summary(model, [1, 12, 1]).rows.at(-1)?.receptiveField?.[0].size).toBe(7)
  })

  it('a generator draws between −1 and 1', () => {
    const picture = models.Generator({ size: 8, channels: 1, width: 2, latent: 4 }).initialize(1)
    const values = Array.from(picture(randomNormal([4, 4], { seed: 1 })).dataSync())
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(new Set(values).size).toBeGreaterThan(100)
  })

  it('every head can be replaced', () => {
    const model = models.CompactCNN({ classes: 10, widths: [2, 2, 2] })
    nn.replaceModule(model, 'head', nn.Linear({ in: 2, out: 3 }))
    expect(shapeThrough(model, [1, 16, 16, 1])).toEqual([1, 3])
  })
})

describe('build', () => {
  it('makes a network from its name and plain options, twice the same', () => {
    const options = JSON.parse('{ "in": 2, "out": 3, "hidden": 4, "returns": "last" }')
    for (const name of ['lstm', 'gru'] as const) {
      const [a, b] = [models.build(name, options).initialize(1), models.LSTMNet(options)]
      expect(a(ones([2, 5, 2])).shape).toEqual([2, 3])
      if (name === 'lstm') expect(Object.keys(a.state())).toEqual(Object.keys(b.state()))
    }
    expect(models.modelNames).toContain('resnet18')
    expect(() => models.build('compact', { classes: 2, width: 3 } as { classes: number })).toThrow(
      /no option "width"\. Known: classes, channels, kernel, widths/,
    )
    expect(() => models.build('resnet19' as 'resnet18', {})).toThrow(/no network "resnet19"\. Known: cct, charcnn/)
  })

  const needed: Readonly<Record<string, unknown>> = { classes: 2, in: 2, out: 2, vocabulary: 9, widths: [4, 4] }

  /** What a network is made of; the options of the whole are as they were typed. */
  const partsOf = (module: nn.AnyModule, path = ''): string[] => [
    ...(path === '' ? [] : Object.entries(module.options).map(([name, value]) => `${path} ${name} ${String(value)}`)),
    ...Object.entries(module.children).flatMap(([name, child]) => partsOf(child, `${path}.${name}`)),
  ]

  it.each(models.modelNames)('%s has the options that are named, with the defaults that are named', (name) => {
    const options = models.optionsOf(name)
    const required = options.flatMap(({ name: own, usual }) => (usual === null ? [[own, needed[own]]] : []))
    const make = (more: Readonly<Record<string, unknown>>) =>
      models.build(name, { ...Object.fromEntries(required), ...more } as never)
    const bare = make({})
    const parts = new Set(partsOf(bare))
    for (const { name: option, usual } of options) {
      if (usual === null) continue
      const given = make({ [option]: usual })
      expect(given.parameterCount(), option).toBe(bare.parameterCount())
      const left = partsOf(given).filter((part) => !parts.has(part))
      // A layer that was told its default knows it as one that was not.
      expect(
        left.filter((part) => !part.endsWith(` ${option} ${usual}`)),
        option,
      ).toEqual([])
    }
    expect(() => make({ absent: 1 })).toThrow('no option "absent"')
  })

  it.each([
    ['compact', { classes: 2, widths: 8 }, 'widths is 8; it must be a list of numbers'],
    ['compact', { classes: 2, widths: ['8'] }, 'widths is ["8"]; it must be a list of numbers'],
    ['compact', { classes: '2' }, 'classes is "2"; it must be a number'],
    ['textcnn', { vocabulary: 4, classes: 2, windows: { 0: 3 } }, 'windows is Object; it must be a list of numbers'],
    ['deeplab', { rates: 6 }, 'rates is 6; it must be a list of numbers'],
    ['unet', { norm: 'no' }, 'norm is "no"; it must be true or false'],
    ['unet', { skips: 1 }, 'skips is 1; it must be true or false'],
    ['unet', { padding: 'full' }, 'padding is "full"; it must be "same" or "valid"'],
    ['resnet18', { stem: 7 }, 'stem is 7; it must be "imagenet" or "small" or "deep"'],
    ['lstm', { in: 1, out: 1, returns: 'all' }, 'returns is "all"; it must be "sequence" or "last"'],
    ['charcnn', { classes: 2, features: 256 }, 'features is 256; it must be "small" or "large"'],
    ['detector', { classes: 2, features: 'small' }, 'features is "small"; it must be a number'],
    ['lenet5', { classes: Number.NaN }, 'classes is NaN; it must be a number'],
  ] as const)('refuses options of another kind: %s with %j', (name, options, message) => {
    expect(() => models.build(name, options as never)).toThrow(`models.build('${name}'): ${message}.`)
  })
})
