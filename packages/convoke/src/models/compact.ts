// A small network for small pictures.

import * as nn from '../nn/index.ts'
import { numbered } from './blocks.ts'

/** The options of `CompactCNN`. */
export interface CompactOptions {
  /** Channels of the pictures: 1 when not given. */
  readonly channels?: number | undefined
  /** Number of classes. */
  readonly classes: number
  /** Side of the kernels; 3 when not given. */
  readonly kernel?: number | undefined
  /** Channels of the stages; [16, 32, 64] when not given. */
  readonly widths?: readonly number[] | undefined
  /** Dropout before the last layer: 0.1 when not given. */
  readonly dropout?: number | undefined
}

/**
 * Three stages of two 3×3 convolutions with batch normalisation (the plain network of Simonyan & Zisserman 2015 made
 * small), each but the last followed by 2×2 pooling, then the mean over positions and a linear layer. Takes pictures of
 * any size from 4×4; the first stage has a single convolution, where pictures are largest.
 *
 * @example
 * const model = models.CompactCNN({ classes: 10 })
 * model(zeros([2, 28, 28, 1])).shape  // [2, 10]
 */
export function CompactCNN(options: CompactOptions): nn.Module {
  const { channels = 1, classes, kernel = 3, widths = [16, 32, 64], dropout = 0.1 } = options
  const unit = (input: number, out: number): nn.Module =>
    nn.Sequential({
      conv: nn.Conv2d({
        in: input,
        out,
        kernel,
        padding: 'same',
        bias: false,
        initialize: { weight: nn.heNormal() },
      }),
      norm: nn.BatchNorm({ channels: out, activation: 'relu' }),
    })
  const stage = (input: number, out: number, first: boolean, last: boolean): nn.Module =>
    nn.Sequential({
      unit1: unit(input, out),
      ...(first ? {} : { unit2: unit(out, out) }),
      ...(last ? {} : { pool: nn.MaxPool({ kernel: 2 }) }),
    })
  const stages = widths.map((width, i) => stage(widths[i - 1] ?? channels, width, i === 0, i === widths.length - 1))
  return nn.Sequential({
    ...numbered('stage', stages),
    pool: nn.GlobalAveragePool(),
    dropout: nn.Dropout({ rate: dropout }),
    head: nn.Linear({ in: widths[widths.length - 1], out: classes }),
  })
}
