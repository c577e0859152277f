// TCN: Bai, Kolter & Koltun 2018, "An empirical evaluation of generic convolutional and recurrent networks for sequence
// modeling". Causal convolutions, the dilation doubled at each level.

import * as nn from '../nn/index.ts'
import { conv1d, slice, squeeze } from '../ops/index.ts'
import { weightNorm } from '../ops/weight-norm.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The options of `TCN`. */
export interface TCNOptions {
  /** Features of each step of the input. */
  readonly in: number
  /** Features of each step of the result. */
  readonly out: number
  /** Channels of each level: [25, 25, …]. */
  readonly widths: readonly number[]
  /** Taps of each convolution; 7 when not given. */
  readonly kernel?: number | undefined
  /** Dropout of whole channels after each convolution: 0 when not given. */
  readonly dropout?: number | undefined
  /** 'sequence' (when not given): a result at each step. 'last': at the last alone, `[batch, out]`. */
  readonly returns?: 'sequence' | 'last' | undefined
}

// Weights start uniform within ±1 / √fanIn, where the paper draws them with a deviation of 0.01: that far from zero the
// network needs fewer epochs (and in the authors' code weight normalisation overwrites the paper's draw as well).

/** The expected length of a direction drawn so: √(fanIn · 1 / (3 fanIn)). */
const startGain = 1 / Math.sqrt(3)

/** A causal convolution with direction and length of its kernels apart (Salimans & Kingma 2016, weight normalisation). */
function causalConv(input: number, out: number, kernel: number, dilation: number): nn.Module {
  const fans = { in: kernel * input, out: kernel * out }
  return nn.defineModule({
    kind: 'WeightNormConv1d',
    options: { in: input, out, kernel, dilation },
    parameters: {
      direction: { shape: [kernel, input, out], initialize: nn.fanInUniform(), fan: fans, groups: 1 },
      gain: { shape: [out], initialize: nn.constant(startGain) },
      bias: { shape: [out], initialize: nn.fanInUniform(), fan: fans },
    },
    forward:
      ({ tensors }) =>
      (x: Tensor) => {
        const weight = weightNorm(tensors.direction, tensors.gain)
        return conv1d(x, weight, { dilation, padding: 'causal', bias: tensors.bias, activation: 'relu' })
      },
  })
}

function level(input: number, out: number, kernel: number, dilation: number, dropout: number): nn.Module {
  const body = nn.Sequential({
    conv1: causalConv(input, out, kernel, dilation),
    dropout1: nn.SpatialDropout({ rate: dropout }),
    conv2: causalConv(out, out, kernel, dilation),
    dropout2: nn.SpatialDropout({ rate: dropout }),
  })
  const shortcut = input === out ? undefined : nn.Conv1d({ in: input, out, kernel: 1 })
  return nn.Residual(body, { shortcut, activation: 'relu' })
}

/**
 * `[batch, time, in]` → `[batch, time, out]`, no step seeing later ones. Level i looks 2^i steps apart: with kernel k and
 * n levels a step sees 1 + 2(k − 1)(2ⁿ − 1) steps. About 70 K parameters in the paper's set-ups: kernel 8 and 8 levels of
 * 24 for the adding problem of length 600, kernel 7 and 8 levels of 25 for sequential MNIST.
 */
export function TCN(options: TCNOptions): nn.Module {
  const { in: input, out, widths, kernel = 7, dropout = 0, returns = 'sequence' } = options
  const levels = widths.map((width, i): [string, nn.Module] => [
    `level${i + 1}`,
    level(widths[i - 1] ?? input, width, kernel, 2 ** i, dropout),
  ])
  const last = (x: Tensor): Tensor => squeeze(slice(x, [null, { start: -1 }]), 1)
  return nn.Sequential({
    ...Object.fromEntries(levels),
    ...(returns === 'last' ? { last } : {}),
    head: nn.Linear({ in: widths[widths.length - 1], out }),
  })
}
