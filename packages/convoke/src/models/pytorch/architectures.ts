// The networks of torchvision and timm that are here too, by their names there.

import { check, show } from '../../shapes/error.ts'
import type { ModelName } from '../build.ts'

/** A network of PyTorch's as it is built here. */
export interface Architecture {
  /** The function that builds it. */
  readonly name: ModelName
  /** Plain data, for `build`; without the number of classes. */
  readonly options: Readonly<Record<string, unknown>>
}

const convNeXt = (depths: readonly number[], first: number): Architecture => ({
  name: 'convnext',
  options: { depths, widths: [first, 2 * first, 4 * first, 8 * first] },
})

const plain = (name: ModelName, options: Architecture['options'] = {}): Architecture => ({ name, options })

/** ResNet-D: timm's `resnet50d`. */
const deep = (name: ModelName, options: Architecture['options'] = {}): Architecture =>
  plain(name, { stem: 'deep', shrink: 'average', ...options })

const resNeXt = (name: ModelName, groups: number, width: number): Architecture => plain(name, { groups, width })

const depths = ['18', '26', '34', '50', '101', '152'] as const
const vggs = ['11', '13', '16', '19'] as const

/** Widths of timm's MobileNetV2s, in hundredths. */
const mobileNets = ['035', '050', '075', '100', '140'] as const

const known: Readonly<Record<string, Architecture>> = {
  ...Object.fromEntries(depths.map((depth) => [`resnet${depth}`, plain(`resnet${depth}`)])),
  ...Object.fromEntries(depths.map((depth) => [`resnet${depth}d`, deep(`resnet${depth}`)])),
  wide_resnet50_2: plain('resnet50', { width: 128 }),
  wide_resnet101_2: plain('resnet101', { width: 128 }),
  resnext50_32x4d: resNeXt('resnet50', 32, 4),
  resnext50d_32x4d: deep('resnet50', { groups: 32, width: 4 }),
  resnext101_32x4d: resNeXt('resnet101', 32, 4),
  resnext101_32x8d: resNeXt('resnet101', 32, 8),
  resnext101_32x16d: resNeXt('resnet101', 32, 16),
  resnext101_64x4d: resNeXt('resnet101', 64, 4),
  ...Object.fromEntries(vggs.map((depth) => [`vgg${depth}`, plain(`vgg${depth}`)])),
  ...Object.fromEntries(vggs.map((depth) => [`vgg${depth}_bn`, plain(`vgg${depth}`, { norm: true })])),
  mobilenet_v2: plain('mobilenetv2'),
  ...Object.fromEntries(
    mobileNets.map((width) => [
      `mobilenetv2_${width}`,
      plain('mobilenetv2', width === '100' ? {} : { width: Number(width) / 100 }),
    ]),
  ),
  convnext_atto: convNeXt([2, 2, 6, 2], 40),
  convnext_femto: convNeXt([2, 2, 6, 2], 48),
  convnext_pico: convNeXt([2, 2, 6, 2], 64),
  convnext_nano: convNeXt([2, 2, 8, 2], 80),
  convnext_tiny: convNeXt([3, 3, 9, 3], 96),
  convnext_small: convNeXt([3, 3, 27, 3], 96),
  convnext_base: convNeXt([3, 3, 27, 3], 128),
  convnext_large: convNeXt([3, 3, 27, 3], 192),
  convnext_xlarge: convNeXt([3, 3, 27, 3], 256),
}

/** Names of torchvision and timm that `architecture` knows. */
export const architectureNames: readonly string[] = Object.keys(known)

/**
 * What `build` makes of a network of torchvision or timm: `resnet18`, `vgg16_bn`, `mobilenetv2_100`, `convnext_tiny.fb_in1k` (what comes after the
 * dot names weights). Throws `ConvokeError` that lists what is known for others.
 *
 * @example
 * models.architecture('resnext50_32x4d')  // { name: 'resnet50', options: { groups: 32, width: 4 } }
 */
export function architecture(name: string): Architecture {
  const plainName = name.replace(/\..*$/, '')
  const found = Object.hasOwn(known, plainName) ? known[plainName] : undefined
  check(
    found !== undefined,
    () =>
      `models.architecture: there is no network ${show(plainName)} here. Known from torchvision and timm: ${architectureNames.join(', ')}. Others come as ONNX files: torch.onnx.export.`,
  )
  return found
}
