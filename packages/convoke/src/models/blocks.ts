// What several networks are built from.

import * as nn from '../nn/index.ts'
import type { ActivationOption } from '../ops/index.ts'

/** What every classifier is asked for. */
export interface ClassifierOptions {
  /** Classes to tell apart; those of the paper's data set when not given. */
  readonly classes?: number | undefined
  /** Channels of the input. */
  readonly channels?: number | undefined
}

export interface ConvNormOptions {
  readonly in: number
  readonly out: number
  readonly kernel: number
  readonly stride?: number | undefined
  readonly groups?: number | undefined
  /** Applied last: none when not given. */
  readonly activation?: ActivationOption | undefined
}

/**
 * A convolution without bias, padded by half its kernel, batch normalisation, and an activation. Weights start as in
 * He et al. 2015, by fan-out.
 */
export function convNorm(options: ConvNormOptions): nn.Module {
  const { activation, ...conv } = options
  return nn.Sequential({
    conv: nn.Conv2d({
      ...conv,
      padding: Math.floor(conv.kernel / 2),
      bias: false,
      initialize: { weight: nn.heNormalFanOut() },
    }),
    norm: nn.BatchNorm({ channels: conv.out, activation }),
  })
}

/** Layers named `0`, `1`, … from a list made at run time. */
// biome-ignore lint/plugin/spread-of-a-list: layers of a network
export const chain = (layers: readonly nn.Layer[]): nn.Module => nn.Sequential(...layers)
