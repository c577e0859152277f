// im2col and its adjoint col2im: unfold(x) times the filter as a matrix is conv(x, filter).

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { checkShape, sizeOf } from '../shapes/broadcast.ts'
import { type ConvGeometry, type ConvSpec, convShapes, convSpec, perAxis } from '../shapes/conv-spec.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'

/** The options of `unfold` and `fold`: stride, padding and dilation of the windows. */
export type UnfoldOptions = Omit<ConvGeometry, 'groups'>

const keys = ['stride', 'padding', 'dilation']

const columnShape = (spec: ConvSpec): number[] => [
  spec.batch,
  ...spec.outputSize,
  sizeOf(spec.kernel) * spec.inputChannels,
]

function windowSpec(
  op: string,
  shape: readonly number[],
  kernel: number | readonly number[],
  options: UnfoldOptions,
): ConvSpec {
  checkOptions(op, options, keys)
  checkShape(op, shape)
  const rank = shape.length - 2
  check(
    rank >= 1 && rank <= 3,
    () => `${op}: shape ${showShape(shape)} must be [batch, ...spatial, channels] with 1 to 3 spatial axes.`,
  )
  const channels = shape[shape.length - 1]
  return convSpec(op, shape, [...perAxis(op, 'kernel', kernel, rank), channels, channels], options)
}

/**
 * im2col: every window of `x` as a row. Input `[batch, ...spatial, channels]`, result
 * `[batch, ...output, taps · channels]`, taps in row-major order, channels inside each tap.
 */
export function unfold(input: TensorLike, kernel: number | readonly number[], options: UnfoldOptions = {}): Tensor {
  return scope(() => {
    const x = floatTensor('unfold', 'the input', input)
    return apply(unfolding, { conv: windowSpec('unfold', x.shape, kernel, options) }, [x])
  })
}

/** col2im: adds rows of windows back into pictures of `[batch, ...spatial, channels]`, the `shape` that was unfolded. */
export function fold(
  input: TensorLike,
  shape: readonly number[],
  kernel: number | readonly number[],
  options: UnfoldOptions = {},
): Tensor {
  return scope(() => {
    const columns = floatTensor('fold', 'the columns', input)
    const spec = windowSpec('fold', shape, kernel, options)
    check(
      columns.shape.join() === columnShape(spec).join(),
      () =>
        `fold: the columns have shape ${showShape(columns.shape)}; unfolding ${showShape(shape)} this way gives ${showShape(columnShape(spec))}.`,
    )
    return apply(folding, { conv: spec }, [columns])
  })
}

const unfolding: KernelPrimitive<'unfold'> = {
  shape: ({ conv }) => columnShape(conv),
  dtype: 'float32',
  kernel: kernels.unfold,
  reach: 'windows',
  adjoint: (g, spec) => apply(folding, spec, [g]),
}

const folding: KernelPrimitive<'fold'> = {
  shape: ({ conv }) => convShapes(conv).input,
  dtype: 'float32',
  kernel: kernels.fold,
  adjoint: (g, spec) => apply(unfolding, spec, [g]),
}
