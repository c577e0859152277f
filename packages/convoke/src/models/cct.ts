// CCT: Hassani, Walton, Shah, Abuduweili, Li & Shi 2021, "Escaping the big data paradigm with compact transformers":
// convolutions cut the picture into tokens, attention relates them. Without stochastic depth.

import * as nn from '../nn/index.ts'
import { add, gelu, matmul, relu, reshape, softmax, squeeze } from '../ops/index.ts'
import { check, showShape } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { ClassifierOptions } from './blocks.ts'

/** The options of `CCT`. */
export interface CCTOptions extends ClassifierOptions {
  /** Height and width of the pictures; 32 when not given. */
  readonly picture?: number | undefined
  /** Transformer layers; 7 when not given. */
  readonly layers?: number | undefined
  /** Features of a token; 256 when not given. */
  readonly size?: number | undefined
  /** Attention heads; 4 when not given. */
  readonly heads?: number | undefined
  /** Features inside the two-layer perceptrons, over `size`; 2 when not given. */
  readonly expansion?: number | undefined
  /** Convolutions before the transformer, each with pooling by 2; 1 when not given. */
  readonly convolutions?: number | undefined
  /** Dropout inside the transformer: 0 when not given. */
  readonly dropout?: number | undefined
}

const initialize = { weight: nn.truncatedNormal(0.02), bias: nn.constant(0) }

function encoderLayer(size: number, heads: number, inside: number, dropout: number): nn.Module {
  return nn.defineModule({
    kind: 'EncoderLayer',
    options: { size, heads },
    children: {
      norm1: nn.LayerNorm({ channels: size }),
      attention: attentionWithoutInputBias(size, heads, dropout),
      norm2: nn.LayerNorm({ channels: size }),
      expand: nn.Linear({ in: size, out: inside, initialize }),
      project: nn.Linear({ in: inside, out: size, initialize }),
      dropout: nn.Dropout({ rate: dropout }),
    },
    forward:
      ({ children: { norm1, attention, norm2, expand, project, dropout: drop } }) =>
      (x: Tensor) => {
        const related = add(x, drop(attention(norm1(x))))
        // The second normalisation comes before the branch, as in the authors' code.
        const normal = norm2(related)
        return add(normal, drop(project(drop(gelu(expand(normal))))))
      },
  })
}

/** Attention whose query, key and value have no bias; the projection after it has one. */
function attentionWithoutInputBias(size: number, heads: number, dropout: number): nn.Module {
  const attention = nn.MultiHeadAttention({ size, heads, dropout, bias: false })
  nn.replaceModule(attention, 'output', nn.Linear({ in: size, out: size, initialize }))
  return nn.defineModule({
    kind: 'SelfAttention',
    children: { attention },
    forward:
      ({ children }) =>
      (x: Tensor) =>
        children.attention(x),
  })
}

/** The mean of all tokens, weighted by what a linear layer thinks of each. */
const sequencePool = (size: number): nn.Module =>
  nn.defineModule({
    kind: 'SequencePool',
    children: { weigh: nn.Linear({ in: size, out: 1, initialize }) },
    forward:
      ({ children }) =>
      (x: Tensor) =>
        squeeze(matmul(softmax(children.weigh(x), { axis: 1 }), x, { transposeA: true }), 1),
  })

/** CCT-7/3×1 for 32×32 pictures: 3.76 M parameters with 10 classes, as published. */
export function CCT(options: CCTOptions = {}): nn.Module {
  const { classes = 10, channels = 3, picture = 32, layers = 7, size = 256, heads = 4 } = options
  const { expansion = 2, convolutions = 1, dropout = 0 } = options
  const side = Array.from({ length: convolutions }).reduce<number>((length) => Math.ceil(length / 2), picture)
  // All but the last convolution have the 64 channels of the authors' code.
  const tokenizer = Array.from({ length: convolutions }, (_, i) => {
    const last = i === convolutions - 1
    return nn.Sequential({
      conv: nn.Conv2d({
        ...{ in: i === 0 ? channels : 64, out: last ? size : 64, kernel: 3, padding: 1, bias: false },
        initialize: { weight: nn.heNormal() },
      }),
      relu,
      pool: nn.MaxPool({ kernel: 3, stride: 2, padding: 1 }),
    })
  })
  const position = nn.defineModule({
    kind: 'Position',
    parameters: { table: { shape: [side * side, size], initialize: nn.truncatedNormal(0.2) } },
    forward:
      ({ tensors }) =>
      (x: Tensor) => {
        check(
          x.shape[1] === side && x.shape[2] === side,
          () =>
            `CCT: the network is for pictures of ${picture}×${picture}, its tokens form ${showShape(x.shape.slice(1, 3))} where ${side}×${side} are expected. Resize the pictures, or give the option picture.`,
        )
        return add(reshape(x, [x.shape[0], side * side, size]), tensors.table)
      },
  })
  const encoder = Array.from({ length: layers }, () => encoderLayer(size, heads, size * expansion, dropout))
  return nn.Sequential({
    // biome-ignore lint/plugin/spread-of-a-list: layers of a network
    tokenizer: nn.Sequential(...tokenizer),
    position,
    // biome-ignore lint/plugin/spread-of-a-list: layers of a network
    encoder: nn.Sequential(...encoder),
    norm: nn.LayerNorm({ channels: size }),
    pool: sequencePool(size),
    head: nn.Linear({ in: size, out: classes, initialize }),
  })
}
