// U-Net: Ronneberger, Fischer & Brox 2015, "U-Net: convolutional networks for biomedical image segmentation".

import * as nn from '../nn/index.ts'
import { concat, pad, slice } from '../ops/index.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The options of `UNet`. */
export interface UNetOptions {
  /** Number of classes: 2 when not given, as in the paper. */
  readonly classes?: number | undefined
  /** Channels of the pictures: 1 when not given. */
  readonly channels?: number | undefined
  /** Channels of the first level, doubled at each of the others; 64 when not given. */
  readonly width?: number | undefined
  /** How often the picture is halved; 4 when not given. */
  readonly depth?: number | undefined
  /** 'same' (when not given): a result as large as the picture, of any size. 'valid': the paper's, smaller by its border. */
  readonly padding?: 'same' | 'valid' | undefined
  /** Batch normalisation after each convolution of a pair, which the paper does not have. Default false. */
  readonly norm?: boolean | undefined
  /** Dropout of channels at the lowest level; 0.5 when not given. */
  readonly dropout?: number | undefined
  /** Side of the kernels of all convolutions but those that raise and the last; 3 when not given, as in the paper. */
  readonly kernel?: number | undefined
  /** Whether each level on the way up also takes what that level gave on the way down; true when not given. */
  readonly skips?: boolean | undefined
}

interface Pair {
  readonly padding: 'same' | 'valid'
  readonly norm: boolean
  readonly kernel: number
}

function double(input: number, out: number, { padding, norm, kernel }: Pair): nn.Module {
  const conv = (from: number): nn.Module =>
    nn.Conv2d({
      in: from,
      out,
      kernel,
      padding,
      bias: !norm,
      activation: norm ? undefined : 'relu',
      initialize: { weight: nn.heNormal(), bias: nn.constant(0) },
    })
  const normalized = (name: string): Record<string, nn.Module> =>
    norm ? { [name]: nn.BatchNorm({ channels: out, activation: 'relu' }) } : {}
  return nn.Sequential({
    conv1: conv(input),
    ...normalized('norm1'),
    conv2: conv(out),
    ...normalized('norm2'),
  })
}

/** The middle of `x`, of the spatial size of `like`; or `x` with its edge repeated, where it is a pixel too small. */
function fit(x: Tensor, like: Tensor): Tensor {
  const [height, width] = [like.shape[1] - x.shape[1], like.shape[2] - x.shape[2]]
  if (height === 0 && width === 0) return x
  if (height > 0 || width > 0) {
    const grow = [
      [0, 0],
      [0, Math.max(height, 0)],
      [0, Math.max(width, 0)],
      [0, 0],
    ] as const
    return fit(pad(x, grow, { mode: 'edge' }), like)
  }
  const middle = (difference: number, size: number) => {
    const start = Math.floor(-difference / 2)
    return { start, stop: start + size }
  }
  return slice(x, [null, middle(height, like.shape[1]), middle(width, like.shape[2])])
}

/**
 * Logits for each pixel: `[batch, height, width, channels]` → `[batch, height, width, classes]`. With the paper's
 * padding and widths 31,030,658 parameters. Children `down1` …, `bottom`, `up1` …, `merge1` …, `head`.
 *
 * @example
 * models.UNet({ width: 4, depth: 2 })(zeros([1, 21, 30, 1])).shape  // [1, 21, 30, 2]
 */
export function UNet(options: UNetOptions = {}): nn.Module {
  const { classes = 2, channels = 1, width = 64, depth = 4, padding = 'same', norm = false, dropout = 0.5 } = options
  const { kernel = 3, skips = true } = options
  const pair: Pair = { padding, norm, kernel }
  const levels = Array.from({ length: depth }, (_, i) => i + 1)
  const at = (level: number): number => width * 2 ** (level - 1)
  const named = (name: string, make: (level: number) => nn.Module): Record<string, nn.Module> =>
    Object.fromEntries(levels.map((level) => [`${name}${level}`, make(level)]))
  return nn.defineModule({
    kind: 'UNet',
    options,
    children: {
      ...named('down', (level) => double(level === 1 ? channels : at(level - 1), at(level), pair)),
      bottom: double(at(depth), at(depth + 1), pair),
      dropout: nn.SpatialDropout({ rate: dropout }),
      ...named('up', (level) => nn.ConvTranspose2d({ in: at(level + 1), out: at(level), kernel: 2, stride: 2 })),
      ...named('merge', (level) => double(skips ? at(level + 1) : at(level), at(level), pair)),
      pool: nn.MaxPool({ kernel: 2 }),
      head: nn.Conv2d({ in: width, out: classes, kernel: 1 }),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (x: Tensor) => {
        const kept: Tensor[] = []
        let y = x
        for (const level of levels) {
          const features = children[`down${level}`](y)
          kept.push(features)
          y = children['pool'](features)
        }
        y = children['dropout'](children['bottom'](y))
        for (const level of levels.toReversed()) {
          const raised = children[`up${level}`](y)
          const across = kept[level - 1]
          // Valid convolutions shrink what comes up, odd sizes what was pooled: the smaller side decides.
          const [a, b] = padding === 'valid' ? [fit(across, raised), raised] : [across, fit(raised, across)]
          y = children[`merge${level}`](skips ? concat([a, b], -1) : b)
        }
        return children['head'](y)
      },
  })
}
