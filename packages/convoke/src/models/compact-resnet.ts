// A compact residual network for small pictures, in the manner of ResNet-9: Page 2018, "How to train your ResNet",
// the fastest network of DAWNBench on CIFAR-10 in its day.

import * as nn from '../nn/index.ts'
import { convNorm, numbered } from './blocks.ts'

/** The options of `CompactResNet`. */
export interface CompactResNetOptions {
  /** Channels of the pictures: 3 when not given. */
  readonly channels?: number | undefined
  /** Number of classes. */
  readonly classes: number
  /** Side of the kernels; 3 when not given. */
  readonly kernel?: number | undefined
  /** Channels of the first convolution, then of each stage, which halves the picture; [16, 32, 64, 128] when not given. */
  readonly widths?: readonly number[] | undefined
  /** Dropout before the last layer: 0.1 when not given. */
  readonly dropout?: number | undefined
}

/**
 * A 3×3 convolution, then stages of a 3×3 convolution and 2×2 pooling; all but the first stage, where pictures are
 * largest, end with a residual block of two 3×3 convolutions. Then the largest value of each channel and a linear layer.
 * Batch normalisation and ReLU follow every convolution. Takes pictures of any size from 8×8 with the usual three
 * stages: 24 million multiply-adds at 32×32. Children `stem`, `stage1` …, `head`.
 *
 * @example
 * const model = models.CompactResNet({ classes: 10 })
 * model(zeros([2, 32, 32, 3])).shape  // [2, 10]
 * model.parameterCount()  // 468378
 */
export function CompactResNet(options: CompactResNetOptions): nn.Module {
  const { channels = 3, classes, kernel = 3, widths = [16, 32, 64, 128], dropout = 0.1 } = options
  const unit = (input: number, out: number): nn.Module =>
    convNorm({ in: input, out, kernel, padding: 'same', activation: 'relu' })
  const residual = (width: number): nn.Module =>
    nn.Residual(nn.Sequential({ conv1: unit(width, width), conv2: unit(width, width) }))
  const [first, ...following] = widths
  const stages = following.map((width, i) =>
    nn.Sequential({
      conv: unit(widths[i], width),
      pool: nn.MaxPool({ kernel: 2 }),
      ...(i === 0 ? {} : { block: residual(width) }),
    }),
  )
  return nn.Sequential({
    stem: unit(channels, first),
    ...numbered('stage', stages),
    pool: nn.GlobalMaxPool(),
    dropout: nn.Dropout({ rate: dropout }),
    head: nn.Linear({ in: widths[widths.length - 1], out: classes }),
  })
}
