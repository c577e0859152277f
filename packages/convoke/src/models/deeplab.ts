// A network for pixels after DeepLabv3+: Chen, Zhu, Papandreou, Schroff & Adam 2018, "Encoder-decoder with atrous
// separable convolution for semantic image segmentation". Encoder and convolutions are plain and compact.

import * as nn from '../nn/index.ts'
import { broadcastTo, concat, globalAveragePool, resize } from '../ops/index.ts'
import { check, show } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { basicStage, chain, convNorm, numbered } from './blocks.ts'

/** The options of `DeepLab`. */
export interface DeepLabOptions {
  /** Number of classes; 21 when not given, as in PASCAL VOC. */
  readonly classes?: number | undefined
  /** Channels of the pictures: 3 when not given. */
  readonly channels?: number | undefined
  /** Channels of the encoder's stages, two or more; [32, 64, 128, 192] when not given. */
  readonly widths?: readonly number[] | undefined
  /** Residual blocks in each stage; 2 when not given. */
  readonly depth?: number | undefined
  /**
   * Pixels between the features of the first stage, which the decoder goes back to: 4 when not given, as in the paper.
   * 2 keeps more detail, for four times the work. Each following stage but the last, which is dilated, halves once more.
   */
  readonly stride?: 2 | 4 | undefined
  /** Dilations of the 3×3 convolutions side by side; [2, 4, 6] when not given. The paper's 6, 12, 18 are for pictures of 513×513. */
  readonly rates?: readonly number[] | undefined
  /** Channels of these and of the decoder; 64 when not given. */
  readonly features?: number | undefined
  /** Dropout of channels before the decoder; 0.1 when not given. */
  readonly dropout?: number | undefined
}

const spatialOf = (x: Tensor): readonly number[] => x.shape.slice(1, 3)

/** Atrous spatial pyramid pooling: what is seen through windows of several sizes, and the mean of the whole picture. */
function pyramid(input: number, features: number, rates: readonly number[]): nn.Module {
  const dilated = rates.map((rate) =>
    convNorm({ in: input, out: features, kernel: 3, dilation: rate, padding: rate, activation: 'relu' }),
  )
  const windows = {
    point: convNorm({ in: input, out: features, kernel: 1, activation: 'relu' }),
    ...numbered('rate', dilated),
  }
  return nn.defineModule({
    kind: 'SpatialPyramid',
    children: {
      ...windows,
      // One pixel a picture is too few for the statistics of a small batch: this one is not normalised.
      picture: nn.Conv2d({
        in: input,
        out: features,
        kernel: 1,
        activation: 'relu',
        initialize: { weight: nn.heNormal() },
      }),
      project: convNorm({ in: (rates.length + 2) * features, out: features, kernel: 1, activation: 'relu' }),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (x: Tensor) => {
        const picture = children['picture'](globalAveragePool(x, { keepDims: true }))
        const seen = Object.keys(windows).map((name) => children[name](x))
        return children['project'](concat([...seen, broadcastTo(picture, seen[0].shape)], -1))
      },
  })
}

/**
 * Logits for each pixel: `[batch, height, width, channels]` → `[batch, height, width, classes]`, of pictures of any size.
 * A residual encoder whose last stage is dilated instead of strided, atrous spatial pyramid pooling, and a decoder that
 * joins what it found, enlarged, to features of the first stage; bilinear enlarging at the end. Children `stem`,
 * `stage1` …, `pyramid`, `dropout`, `low`, `join`, `head`.
 *
 * @example
 * const model = models.DeepLab({ classes: 3 })
 * model(zeros([1, 45, 70, 3])).shape  // [1, 45, 70, 3]
 */
export function DeepLab(options: DeepLabOptions = {}): nn.Module {
  const { classes = 21, channels = 3, widths = [32, 64, 128, 192], depth = 2, stride = 4 } = options
  const { rates = [2, 4, 6], features = 64, dropout = 0.1 } = options
  check(widths.length >= 2, () => `DeepLab: widths is ${show(widths)}; give two stages or more.`)
  check(
    Number.isInteger(depth) && depth >= 1,
    () => `DeepLab: depth is ${show(depth)}; it must be a whole number of 1 or more.`,
  )
  check([2, 4].includes(stride), () => `DeepLab: stride is ${show(stride)}; it must be 2 or 4.`)
  const [first] = widths
  const last = widths.length - 1
  const stages = numbered(
    'stage',
    widths.map((out, i) =>
      basicStage(depth, { in: widths[i - 1] ?? first, out, ...(i === last ? { dilation: 2 } : { stride: 2 }) }),
    ),
  )
  const unit = (input: number): nn.Module => convNorm({ in: input, out: features, kernel: 3, activation: 'relu' })
  // Fewer than what they are joined to, as in the paper, so that they do not outweigh it.
  const low = Math.ceil(features / 4)
  return nn.defineModule({
    kind: 'DeepLab',
    options,
    children: {
      stem: convNorm({ in: channels, out: first, kernel: 3, stride: stride / 2, activation: 'relu' }),
      ...stages,
      pyramid: pyramid(widths[last], features, rates),
      dropout: nn.SpatialDropout({ rate: dropout }),
      low: convNorm({ in: first, out: low, kernel: 1, activation: 'relu' }),
      join: chain([unit(features + low), unit(features)]),
      head: nn.Conv2d({ in: features, out: classes, kernel: 1 }),
    } as Record<string, nn.Module>,
    forward:
      ({ children }) =>
      (x: Tensor) => {
        const [near, ...further] = Object.keys(stages).map((name) => children[name])
        const fine = near(children['stem'](x))
        const found = children['dropout'](children['pyramid'](further.reduce((y, stage) => stage(y), fine)))
        const low = children['low'](fine)
        const joined = children['join'](concat([resize(found, { size: spatialOf(low) }), low], -1))
        return resize(children['head'](joined), { size: spatialOf(x) })
      },
  })
}
