// What several networks are built from.

import * as nn from '../nn/index.ts'
import type { ActivationOption } from '../ops/index.ts'

/** Options of every classifier. */
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
  readonly dilation?: number | undefined
  /** Half the kernel when not given. */
  readonly padding?: number | 'same' | undefined
  /** Applied last: none when not given. */
  readonly activation?: ActivationOption | undefined
}

/**
 * A convolution without bias, padded by half its kernel where nothing else is said, batch normalisation, and an
 * activation. Weights start as in He et al. 2015, by fan-out.
 */
export function convNorm(options: ConvNormOptions): nn.Module {
  const { activation, padding = Math.floor(options.kernel / 2), ...conv } = options
  return nn.Sequential({
    conv: nn.Conv2d({
      ...conv,
      padding,
      bias: false,
      initialize: { weight: nn.heNormalFanOut() },
    }),
    norm: nn.BatchNorm({ channels: conv.out, activation }),
  })
}

interface BlockOptions {
  readonly in: number
  readonly out: number
  readonly stride?: number | undefined
  readonly dilation?: number | undefined
}

/** What a basic block of He et al. 2016 adds to its input: two 3×3 convolutions, the first of which may shrink. */
export function basicBody({ in: input, out, stride = 1, dilation = 1 }: BlockOptions): nn.Module {
  const common = { out, kernel: 3, dilation, padding: dilation }
  return nn.Sequential({
    conv1: convNorm({ ...common, in: input, stride, activation: 'relu' }),
    conv2: convNorm({ ...common, in: out }),
  })
}

/** Basic blocks one after another, the first of which has a 1×1 convolution on its way around where it changes the shape. */
export const basicStage = (depth: number, first: BlockOptions): nn.Module =>
  chain(
    Array.from({ length: depth }, (_, i) => {
      const block = i === 0 ? first : { ...first, in: first.out, stride: 1 }
      const { in: input, out, stride = 1 } = block
      const shortcut = input === out && stride === 1 ? undefined : convNorm({ in: input, out, kernel: 1, stride })
      return nn.Residual(basicBody(block), { shortcut, activation: 'relu' })
    }),
  )

/** Layers named `0`, `1`, … from a list made at run time. */
// biome-ignore lint/plugin/spread-of-a-list: layers of a network
export const chain = (layers: readonly nn.Layer[]): nn.Module => nn.Sequential(...layers)

/** Modules named by their places: `stage1`, `stage2`, … */
export const numbered = (name: string, modules: readonly nn.Module[]): Record<string, nn.Module> =>
  Object.fromEntries(modules.map((module, i) => [`${name}${i + 1}`, module]))
