// ConvNeXt: Liu, Mao, Wu, Feichtenhofer, Darrell & Xie 2022, "A ConvNet for the 2020s". Without stochastic depth.

import * as nn from '../nn/index.ts'
import { gelu, multiply } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type ClassifierOptions, chain } from './blocks.ts'

/** The options of `ConvNeXt`. */
export interface ConvNeXtOptions extends ClassifierOptions {
  /** Blocks of each stage; [3, 3, 9, 3] when not given. */
  readonly depths?: readonly number[] | undefined
  /** Channels of each stage; [96, 192, 384, 768] when not given. */
  readonly widths?: readonly number[] | undefined
  /** Side and stride of the first patches; 4 when not given, 1 or 2 for small pictures. */
  readonly patch?: number | undefined
}

const initialize = { weight: nn.truncatedNormal(0.02), bias: nn.constant(0) }

/** Channels scaled one by one, starting small (Touvron et al. 2021). */
const layerScale = (channels: number): nn.Module =>
  nn.defineModule({
    kind: 'LayerScale',
    parameters: { scale: { shape: [channels], initialize: nn.constant(1e-6) } },
    forward:
      ({ tensors }) =>
      (x: Tensor) =>
        multiply(x, tensors.scale),
  })

const block = (channels: number): nn.Module =>
  nn.Residual(
    nn.Sequential({
      depthwise: nn.DepthwiseConv2d({ channels, kernel: 7, padding: 3, initialize }),
      norm: nn.LayerNorm({ channels, epsilon: 1e-6 }),
      expand: nn.Linear({ in: channels, out: 4 * channels, initialize }),
      gelu,
      project: nn.Linear({ in: 4 * channels, out: channels, initialize }),
      scale: layerScale(channels),
    }),
  )

/** ConvNeXt-T for pictures of a multiple of 32 pixels: 28,589,128 parameters with 1000 classes. */
export function ConvNeXt(options: ConvNeXtOptions = {}): nn.Module {
  const { classes = 1000, channels = 3, depths = [3, 3, 9, 3], widths = [96, 192, 384, 768], patch = 4 } = options
  const norm = (size: number): nn.Module => nn.LayerNorm({ channels: size, epsilon: 1e-6 })
  const stages = depths.map((depth, i): [string, nn.Module] => {
    const width = widths[i]
    const before = widths[i - 1]
    const shrink =
      before === undefined
        ? {}
        : { norm: norm(before), shrink: nn.Conv2d({ in: before, out: width, kernel: 2, stride: 2, initialize }) }
    return [
      `stage${i + 1}`,
      nn.Sequential({ ...shrink, blocks: chain(Array.from({ length: depth }, () => block(width))) }),
    ]
  })
  const last = widths[widths.length - 1]
  return nn.Sequential({
    stem: nn.Conv2d({ in: channels, out: widths[0], kernel: patch, stride: patch, initialize }),
    norm: norm(widths[0]),
    ...Object.fromEntries(stages),
    pool: nn.GlobalAveragePool(),
    lastNorm: norm(last),
    head: nn.Linear({ in: last, out: classes, initialize }),
  })
}
