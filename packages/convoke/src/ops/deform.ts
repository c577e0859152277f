// Deformable convolution (Dai et al. 2017; with a mask, v2: Zhu et al. 2019): deformable im2col, then a matrix product.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive, partsOf } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec } from '../shapes/conv-spec.ts'
import { ConvokeError, check, checkOptions, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { activate, resolveActivation } from './activations.ts'
import { floatTensor } from './arguments.ts'
import { add } from './arithmetic.ts'
import { type ConvOptions, conv2d, prepare } from './conv.ts'
import { matmul } from './matmul.ts'
import { reshape } from './stretch.ts'

/** The options of `deformConv2d`. */
export interface DeformConvOptions extends Omit<ConvOptions, 'residual' | 'precision'> {
  /** `[batch, outH, outW, offsetGroups · taps]`: each tap's weight, in [0, 1] as a rule. */
  readonly mask?: TensorLike | undefined
}

/**
 * A 2-D convolution whose taps read the input at their regular place plus a learned offset, bilinearly; what lies
 * outside the input is 0. Input `[batch, height, width, in]`, filter `[height, width, in / groups, out]`, offsets
 * `[batch, outH, outW, offsetGroups · taps · 2]` as (dy, dx) pairs in pixels. The input channels are shared out among
 * the offset groups. Offsets and mask have gradients (one-sided at whole pixels); second order is not available.
 */
export function deformConv2d(
  input: TensorLike,
  filterLike: TensorLike,
  offsets: TensorLike,
  options: DeformConvOptions = {},
): Tensor {
  return scope(() => {
    const op = 'deformConv2d'
    checkOptions(op, options, ['stride', 'padding', 'dilation', 'groups', 'bias', 'activation', 'mask'], ['activation'])
    const { x, filter, restore } = prepare(op, input, filterLike, 2)
    const conv = convSpec(op, x.shape, filter.shape, options)
    const taps = sizeOf(conv.kernel)
    const shift = withBatch(floatTensor(op, 'the offsets', offsets), x)
    const offsetGroups = shift.shape[3] / (2 * taps)
    const expected = (last: string): string => `[${conv.batch}, ${conv.outputSize.join(', ')}, ${last}]`
    check(
      shift.rank === 4 &&
        shift.shape.slice(0, 3).join() === [conv.batch, ...conv.outputSize].join() &&
        Number.isInteger(offsetGroups) &&
        offsetGroups >= 1,
      () => `${op}: the offsets have shape ${showShape(shift.shape)}; use ${expected(`offsetGroups · ${2 * taps}`)}.`,
    )
    check(
      conv.inputChannels % offsetGroups === 0,
      () => `${op}: ${offsetGroups} offset groups must divide the ${conv.inputChannels} input channels.`,
    )
    const mask = options.mask === undefined ? null : withBatch(floatTensor(op, 'the mask', options.mask), x)
    check(
      mask === null || mask.shape.join() === [...shift.shape.slice(0, 3), offsetGroups * taps].join(),
      () => `${op}: the mask has shape ${showShape(mask?.shape ?? [])}; use ${expected(String(offsetGroups * taps))}.`,
    )
    const inputs = mask === null ? [x, shift] : [x, shift, mask]
    const columns = apply(unfolding, { conv, offsetGroups, masked: mask !== null }, inputs)
    return restore(finish(op, multiplyGroups(conv, columns, filter), options))
  })
}

const withBatch = (value: Tensor, x: Tensor): Tensor =>
  value.rank === x.rank - 1 ? reshape(value, [1, ...value.shape]) : value

/** Columns `[..., taps · in]` times the filter; of several groups, a convolution along the taps, one window a pixel. */
function multiplyGroups(conv: ConvSpec, columns: Tensor, filter: Tensor): Tensor {
  const { groups, inputChannels, outputChannels } = conv
  const taps = sizeOf(conv.kernel)
  const pixels = conv.batch * sizeOf(conv.outputSize)
  const { output } = convShapes(conv)
  if (groups === 1) {
    const rows = reshape(columns, [pixels, taps * inputChannels])
    return reshape(matmul(rows, reshape(filter, [taps * inputChannels, outputChannels])), output)
  }
  const rows = reshape(columns, [1, pixels, taps, inputChannels])
  const along = reshape(filter, [1, taps, inputChannels / groups, outputChannels])
  return reshape(conv2d(rows, along, { groups, precision: 'exact' }), output)
}

function finish(op: string, y: Tensor, options: DeformConvOptions): Tensor {
  const channels = y.shape[3]
  const activation = resolveActivation(op, options.activation)
  const bias = options.bias === undefined ? null : floatTensor(op, 'the bias', options.bias)
  check(
    bias === null || (bias.rank === 1 && bias.size === channels),
    () =>
      `${op}: the bias has shape ${showShape(bias?.shape ?? [])}; the result has ${channels} channels. Use shape [${channels}].`,
  )
  const biased = bias === null ? y : add(y, bias)
  return activation === null ? biased : activate(activation, biased)
}

const unfolding: KernelPrimitive<'deformUnfold'> = {
  shape: ({ conv }) => [conv.batch, ...conv.outputSize, sizeOf(conv.kernel) * conv.inputChannels],
  dtype: 'float32',
  kernel: kernels.deformUnfold,
  reach: 'windows',
  gradient: (g, saved, spec) => partsOf(gradientOfUnfolding, spec, [g, ...saved]),
}

const gradientOfUnfolding: KernelPrimitive<'deformUnfoldGradient'> = {
  outputs: (_, [, ...inputs]) => inputs,
  kernel: kernels.deformUnfoldGradient,
  gradient: () => {
    throw new ConvokeError(
      'deformConv2d: gradients of its gradients are not available. Use conv2d where second order is needed.',
    )
  },
}
