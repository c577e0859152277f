// DCGAN: Radford, Metz & Chintala 2016, "Unsupervised representation learning with deep convolutional generative
// adversarial networks", with the 4×4 kernels of PyTorch's example.

import * as nn from '../nn/index.ts'
import { reshape, tanh } from '../ops/index.ts'
import { check } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The options of the DCGAN's generator and discriminator. */
export interface DCGANOptions {
  /** Length of the random vector; 100 when not given. */
  readonly latent?: number | undefined
  /** Channels of the pictures; 3 when not given. */
  readonly channels?: number | undefined
  /** Height and width: 64 when not given; 8, 16, 32, … */
  readonly size?: number | undefined
  /** Channels of the largest stage; 64 when not given. */
  readonly width?: number | undefined
}

const conv = { kernel: 4, bias: false, initialize: { weight: nn.normal(0.02) } } as const

/** Halvings between the picture and 4×4. */
function stagesOf(size: number): number {
  const stages = Math.log2(size / 4)
  check(
    Number.isInteger(stages) && stages >= 1,
    () => `DCGAN: pictures of ${size}×${size} are not 4×4 doubled several times. Use 8, 16, 32, 64, …`,
  )
  return stages
}

const norm = (channels: number, activation?: 'relu'): nn.Module => nn.BatchNorm({ channels, activation })

/**
 * Random vectors `[batch, latent]` → pictures `[batch, size, size, channels]` from −1 to 1. 3,576,704 parameters for
 * 64×64 in colour.
 */
export function Generator(options: DCGANOptions = {}): nn.Module {
  const { latent = 100, channels = 3, size = 64, width = 64 } = options
  const stages = stagesOf(size)
  const at = (stage: number): number => width * 2 ** (stages - 1 - stage)
  const raise = Array.from({ length: stages }, (_, stage): [string, nn.Layer][] => {
    const last = stage === stages - 1
    const layer = nn.ConvTranspose2d({
      ...conv,
      ...{ in: at(stage), out: last ? channels : at(stage + 1), stride: 2, padding: 1 },
    })
    const after: [string, nn.Layer][] = last ? [['tanh', tanh]] : [[`norm${stage + 1}`, norm(at(stage + 1), 'relu')]]
    return [[`raise${stage + 1}`, layer], ...after]
  })
  return nn.Sequential({
    point: (z: Tensor) => reshape(z, [z.shape[0], 1, 1, latent]),
    project: nn.ConvTranspose2d({ ...conv, in: latent, out: at(0) }),
    norm0: norm(at(0), 'relu'),
    ...Object.fromEntries(raise.flat()),
  })
}

/** Pictures `[batch, size, size, channels]` → one logit each, `[batch]`: above 0 means real. 2,765,568 parameters for 64×64 in colour. */
export function Discriminator(options: Omit<DCGANOptions, 'latent'> = {}): nn.Module {
  const { channels = 3, size = 64, width = 64 } = options
  const stages = stagesOf(size)
  const leaky = nn.Activation({ kind: 'leakyRelu', alpha: 0.2 })
  const lower = Array.from({ length: stages }, (_, stage): [string, nn.Layer][] => [
    [
      `lower${stage + 1}`,
      nn.Conv2d({
        ...conv,
        ...{ in: stage === 0 ? channels : width * 2 ** (stage - 1), out: width * 2 ** stage, stride: 2, padding: 1 },
      }),
    ],
    ...(stage === 0 ? [] : [[`norm${stage + 1}`, norm(width * 2 ** stage)] as [string, nn.Layer]]),
    [`leaky${stage + 1}`, leaky],
  ])
  return nn.Sequential({
    ...Object.fromEntries(lower.flat()),
    head: nn.Conv2d({ ...conv, in: width * 2 ** (stages - 1), out: 1 }),
    flat: (x: Tensor) => reshape(x, [x.shape[0]]),
  })
}
