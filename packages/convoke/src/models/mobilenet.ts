// MobileNetV2: Sandler, Howard, Zhu, Zhmoginov & Chen 2018, "MobileNetV2: inverted residuals and linear bottlenecks".

import * as nn from '../nn/index.ts'
import { type ClassifierOptions, chain, convNorm } from './blocks.ts'

/** The paper's table 2: expansion t, channels c, repetitions n, stride s of the first. */
const table = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

/** The options of the MobileNets. */
export interface MobileNetOptions extends ClassifierOptions {
  /** Multiplies every width, rounded to a multiple of 8; 1 when not given. */
  readonly width?: number | undefined
}

/** The multiple of 8 nearest to `channels`, at least 8, and never less than nine tenths of it. */
function roundWidth(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return rounded < 0.9 * channels ? rounded + 8 : rounded
}

function invertedResidual(input: number, out: number, stride: number, expansion: number): nn.Module {
  const wide = input * expansion
  const body = nn.Sequential({
    ...(expansion === 1 ? {} : { expand: convNorm({ in: input, out: wide, kernel: 1, activation: 'relu6' }) }),
    depthwise: convNorm({ in: wide, out: wide, kernel: 3, stride, groups: wide, activation: 'relu6' }),
    project: convNorm({ in: wide, out, kernel: 1 }),
  })
  return stride === 1 && input === out ? nn.Residual(body) : body
}

/**
 * MobileNetV2 for pictures from 32×32 on: 3,504,872 parameters with 1000 classes.
 *
 * @example
 * models.MobileNetV2().parameterCount()  // 3504872
 */
export function MobileNetV2({ classes = 1000, channels = 3, width = 1 }: MobileNetOptions = {}): nn.Module {
  const first = roundWidth(32 * width)
  const last = roundWidth(1280 * Math.max(1, width))
  const blocks: nn.Module[] = []
  let input = first
  for (const [expansion, base, count, stride] of table) {
    const out = roundWidth(base * width)
    for (let i = 0; i < count; i++) {
      blocks.push(invertedResidual(input, out, i === 0 ? stride : 1, expansion))
      input = out
    }
  }
  return nn.Sequential({
    stem: convNorm({ in: channels, out: first, kernel: 3, stride: 2, activation: 'relu6' }),
    blocks: chain(blocks),
    last: convNorm({ in: input, out: last, kernel: 1, activation: 'relu6' }),
    pool: nn.GlobalAveragePool(),
    dropout: nn.Dropout({ rate: 0.2 }),
    head: nn.Linear({ in: last, out: classes, initialize: { weight: nn.normal(0.01), bias: nn.constant(0) } }),
  })
}
