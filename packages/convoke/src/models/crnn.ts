// CRNN: Shi, Bai & Yao 2015, "An end-to-end trainable neural network for image-based sequence recognition".

import * as nn from '../nn/index.ts'
import { reshape, transpose } from '../ops/index.ts'
import { check, showShape } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { ClassifierOptions } from './blocks.ts'

/** The options of `CRNN`. */
export interface CRNNOptions extends ClassifierOptions {
  /** Features of the recurrent layers in each direction; 256 when not given. */
  readonly hidden?: number | undefined
  /** Multiplies the channels of the convolutions; 1 when not given. */
  readonly width?: number | undefined
}

/** Convolutions read a picture of 32 rows, two bidirectional LSTMs its columns. */
interface Stage {
  readonly out: number
  readonly norm?: boolean | undefined
  /** Window and stride of the pooling after it: rows, columns. */
  readonly pool?: readonly [rows: number, columns: number] | undefined
}

const stages: readonly Stage[] = [
  { out: 64, pool: [2, 2] },
  { out: 128, pool: [2, 2] },
  { out: 256 },
  { out: 256, pool: [2, 1] },
  { out: 512, norm: true },
  { out: 512, norm: true, pool: [2, 1] },
]

/**
 * Pictures of text lines `[batch, 32, width, channels]` → logits for each of about width / 4 columns,
 * `[batch, columns, classes]`; 37 classes (letters, digits, blank) when not given. 8.3 M parameters, as published.
 */
export function CRNN(options: CRNNOptions = {}): nn.Module {
  const { classes = 37, channels = 1, hidden = 256, width = 1 } = options
  const scaled = (out: number): number => Math.max(1, Math.round(out * width))
  const layers = stages.flatMap(({ out, norm, pool }, i): [string, nn.Module][] => [
    [
      `conv${i + 1}`,
      nn.Conv2d({
        ...{ in: i === 0 ? channels : scaled(stages[i - 1].out), out: scaled(out), kernel: 3, padding: 1 },
        activation: norm === true ? undefined : 'relu',
      }),
    ],
    ...(norm === true
      ? [[`norm${i + 1}`, nn.BatchNorm({ channels: scaled(out), activation: 'relu' })] as [string, nn.Module]]
      : []),
    ...(pool === undefined
      ? []
      : [[`pool${i + 1}`, nn.MaxPool({ kernel: pool, stride: pool })] as [string, nn.Module]]),
  ])
  const features = scaled(512)
  const lstm = (input: number) => nn.LSTM({ in: input, hidden, bidirectional: true })
  return nn.defineModule({
    kind: 'CRNN',
    options,
    children: {
      convolutions: nn.Sequential({
        ...Object.fromEntries(layers),
        conv7: nn.Conv2d({ in: features, out: features, kernel: 2, activation: 'relu' }),
      }),
      lstm1: lstm(features),
      between: nn.Linear({ in: 2 * hidden, out: hidden }),
      lstm2: lstm(hidden),
      head: nn.Linear({ in: 2 * hidden, out: classes }),
    },
    forward:
      ({ children }) =>
      (x: Tensor) => {
        check(
          x.rank === 4 && x.shape[1] === 32,
          () => `CRNN: the picture has shape ${showShape(x.shape)}; it must be [batch, 32, width, ${channels}].`,
        )
        const map = children.convolutions(x)
        const columns = reshape(transpose(map, [0, 2, 1, 3]), [map.shape[0], map.shape[2], -1])
        const first = children.between(children.lstm1(columns).output)
        return children.head(children.lstm2(first).output)
      },
  })
}
