// A single-shot detector: one pass over the picture finds every box (Liu et al. 2016, SSD). Boxes are found by their
// centres, as in Zhou, Wang & Krähenbühl 2019, "Objects as points", so there are no default boxes to choose; features of
// several strides are merged from the top down (Lin et al. 2017, feature pyramid networks).

import * as nn from '../nn/index.ts'
import { add, concat, resize } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { basicStage, convNorm } from './blocks.ts'

/** The options of `Detector`. */
export interface DetectorOptions {
  /** Number of classes. */
  readonly classes: number
  /** Channels of the pictures: 3 when not given. */
  readonly channels?: number | undefined
  /** Channels at strides 4, 8, 16, … ; [32, 64, 128, 256] when not given. */
  readonly widths?: readonly number[] | undefined
  /** Residual blocks at each stride; 2 when not given. */
  readonly depth?: number | undefined
  /** Channels of the merged features; 64 when not given. */
  readonly features?: number | undefined
}

/** Pixels between neighbouring cells of a detector's result. */
export const detectorStride = 4

/** What a cell says of a box: offset of the centre in cells (x, y), logarithm of width and height in cells. */
export const boxValues = 4

/** Few cells are centres: starting near this probability keeps the others from drowning them (Lin et al. 2017, focal loss). */
const prior = 0.05

/** The logit of that probability. */
export const rarely = Math.log(prior / (1 - prior))

/** Two convolutions that say `out` numbers of each cell, starting near `bias`. */
export function head(features: number, out: number, bias: number): nn.Module {
  return nn.Sequential({
    conv1: convNorm({ in: features, out: features, kernel: 3, activation: 'relu' }),
    conv2: nn.Conv2d({
      ...{ in: features, out, kernel: 1 },
      initialize: { weight: nn.normal(0.001), bias: nn.constant(bias) },
    }),
  })
}

/**
 * `[batch, height, width, channels]` → `[batch, height / 4, width / 4, classes + 4]`, sizes rounded up: for each cell the
 * logit that a box of each class has its centre there, then the box. `train.detection` learns it, `train.decodeBoxes`
 * reads it.
 *
 * @example
 * models.Detector({ classes: 3 })(zeros([1, 64, 96, 3])).shape  // [1, 16, 24, 7]
 */
export function Detector(options: DetectorOptions): nn.Module {
  const { classes, channels = 3, widths = [32, 64, 128, 256], depth = 2, features = 64 } = options
  const levels = widths.map((width, i): [string, nn.Module] => [
    `level${i + 1}`,
    basicStage(depth, { in: widths[i - 1] ?? widths[0], out: width, stride: 2 }),
  ])
  const across = widths.map((width, i): [string, nn.Module] => [
    `across${i + 1}`,
    convNorm({ in: width, out: features, kernel: 1 }),
  ])
  return nn.defineModule({
    kind: 'Detector',
    options,
    children: {
      stem: convNorm({ in: channels, out: widths[0], kernel: 3, stride: 2, activation: 'relu' }),
      ...Object.fromEntries(levels),
      ...Object.fromEntries(across),
      merge: convNorm({ in: features, out: features, kernel: 3, activation: 'relu' }),
      centres: head(features, classes, rarely),
      boxes: head(features, boxValues, 0),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (x: Tensor) => {
        let y = children['stem'](x)
        const found = levels.map(([name]) => {
          y = children[name](y)
          return y
        })
        const merged = found
          .map((map, i) => children[across[i][0]](map))
          .reduceRight((above, map) => add(map, resize(above, { size: map.shape.slice(1, 3), mode: 'nearest' })))
        const shared = children['merge'](merged)
        return concat([children['centres'](shared), children['boxes'](shared)], -1)
      },
  })
}
