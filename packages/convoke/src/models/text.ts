// Networks over words and characters.

import * as nn from '../nn/index.ts'
import { concat, relu } from '../ops/index.ts'
import { check, showShape } from '../shapes/error.ts'
import { largestOf } from '../shapes/extremes.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The options of `TextCNN`. */
export interface TextCNNOptions {
  /** Different words, those for padding and unknown words included. */
  readonly vocabulary: number
  /** Number of classes: 2 when not given. */
  readonly classes?: number | undefined
  /** Length of a word vector; 300 when not given. */
  readonly size?: number | undefined
  /** Words under each window; [3, 4, 5] when not given. */
  readonly windows?: readonly number[] | undefined
  /** Kernels of each window; 100 when not given. */
  readonly maps?: number | undefined
  /** Share of the features that dropout sets to zero before the last layer: 0.5 when not given. */
  readonly dropout?: number | undefined
}

/**
 * Kim 2014, "Convolutional neural networks for sentence classification" (CNN-rand): int32 tokens `[batch, words]` →
 * logits `[batch, classes]`. Each kernel keeps only its largest response over the sentence. Sentences must be padded to
 * the widest window at least, with token 0, whose vector is zero.
 */
export function TextCNN(options: TextCNNOptions): nn.Module {
  const { vocabulary, classes = 2, size = 300, windows = [3, 4, 5], maps = 100, dropout = 0.5 } = options
  const convs = windows.map((kernel): [string, nn.Module] => [
    `conv${kernel}`,
    nn.Conv1d({ in: size, out: maps, kernel, activation: 'relu' }),
  ])
  const widest = largestOf(windows)
  return nn.defineModule({
    kind: 'TextCNN',
    options,
    children: {
      // Kim 2014, section 3.1: words not pre-trained start uniform in [−0.25, 0.25].
      embedding: nn.Embedding({ count: vocabulary, size, initialize: nn.uniform(0.25), padding: 0 }),
      ...Object.fromEntries(convs),
      pool: nn.GlobalMaxPool(),
      dropout: nn.Dropout({ rate: dropout }),
      head: nn.Linear({ in: maps * windows.length, out: classes }),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (tokens: Tensor) => {
        check(
          tokens.rank === 2 && tokens.shape[1] >= widest,
          () =>
            `TextCNN: the tokens have shape ${showShape(tokens.shape)}; they must be [batch, words] with ${widest} words or more. Pad shorter sentences.`,
        )
        const words = children['embedding'](tokens)
        const found = convs.map(([name]) => children['pool'](children[name](words)))
        return children['head'](children['dropout'](concat(found, -1)))
      },
  })
}

/** The options of `CharCNN`. */
export interface CharCNNOptions {
  /** Different characters; 70 when not given, as in the paper. */
  readonly alphabet?: number | undefined
  /** Number of classes. */
  readonly classes: number
  /** Characters of each text; 1014 when not given. */
  readonly length?: number | undefined
  /** Channels of the convolutions and of the linear layers: 'small' 256 and 1024 (when not given), 'large' 1024 and 2048. */
  readonly features?: 'small' | 'large' | undefined
}

/**
 * Zhang, Zhao & LeCun 2015, "Character-level convolutional networks for text classification": one-hot characters
 * `[batch, length, alphabet]` → logits. Six convolutions (7, 7, 3, 3, 3, 3), pooling by 3 after the first, second and
 * last, two linear layers with dropout. The length must be 123 or more.
 */
export function CharCNN(options: CharCNNOptions): nn.Module {
  const { alphabet = 70, classes, length = 1014, features = 'small' } = options
  const [width, linear, deviation] = features === 'small' ? [256, 1024, 0.05] : [1024, 2048, 0.02]
  const initialize = { weight: nn.normal(deviation) }
  const conv = (input: number, kernel: number): nn.Module =>
    nn.Conv1d({ in: input, out: width, kernel, activation: 'relu', initialize })
  const pooled = (size: number): number => Math.floor(size / 3)
  const left = pooled(pooled(pooled(length - 6) - 6) - 8)
  check(left >= 1, () => `CharCNN: texts of ${length} characters are too short for its convolutions. Use 123 or more.`)
  return nn.Sequential({
    conv1: conv(alphabet, 7),
    pool1: nn.MaxPool({ kernel: 3 }),
    conv2: conv(width, 7),
    pool2: nn.MaxPool({ kernel: 3 }),
    conv3: conv(width, 3),
    conv4: conv(width, 3),
    conv5: conv(width, 3),
    conv6: conv(width, 3),
    pool6: nn.MaxPool({ kernel: 3 }),
    flatten: nn.Flatten(),
    fc1: nn.Linear({ in: left * width, out: linear, initialize }),
    relu1: relu,
    dropout1: nn.Dropout(),
    fc2: nn.Linear({ in: linear, out: linear, initialize }),
    relu2: relu,
    dropout2: nn.Dropout(),
    head: nn.Linear({ in: linear, out: classes, initialize }),
  })
}
