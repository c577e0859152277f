// Channels into space and back: sub-pixel convolution's second half (Shi et al. 2016).

import { scope } from '../autodiff/gradients.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkChoice, floatTensor } from './arguments.ts'
import { transpose } from './movement.ts'
import { reshape } from './stretch.ts'

/** Which channels lie side by side before a pixel shuffle; see `pixelShuffle`. */
export type ShuffleOrder = 'crd' | 'dcr'

/**
 * Moves channels into space: `[batch, h, w, c·r²]` → `[batch, h·r, w·r, c]` (Shi et al. 2016, sub-pixel convolution).
 * With order 'crd' (PyTorch's pixel_shuffle; the default) the r² channels of one result channel lie side by side; with
 * 'dcr' (TensorFlow's depth_to_space) the result channels do.
 */
export function pixelShuffle(
  value: TensorLike,
  factor: number,
  options: {
    /** Which channels lie side by side: 'crd' when not given. */
    order?: ShuffleOrder | undefined
  } = {},
): Tensor {
  return scope(() => {
    const { x, batch, height, width, channels } = shuffleInput('pixelShuffle', value, factor)
    check(
      channels % (factor * factor) === 0,
      () =>
        `pixelShuffle: ${channels} channels do not divide by factor² = ${factor * factor} (shape ${showShape(x.shape)}).`,
    )
    const c = channels / (factor * factor)
    const result = [batch, height * factor, width * factor, c]
    if (shuffleOrder('pixelShuffle', options) === 'crd') {
      return reshape(transpose(reshape(x, [batch, height, width, c, factor, factor]), [0, 1, 4, 2, 5, 3]), result)
    }
    return reshape(transpose(reshape(x, [batch, height, width, factor, factor, c]), [0, 1, 3, 2, 4, 5]), result)
  })
}

/** The inverse of `pixelShuffle`: `[batch, h·r, w·r, c]` → `[batch, h, w, c·r²]`. */
export function pixelUnshuffle(
  value: TensorLike,
  factor: number,
  options: {
    /** Which channels lie side by side: 'crd' when not given. `pixelShuffle` with the same order undoes it. */
    order?: ShuffleOrder | undefined
  } = {},
): Tensor {
  return scope(() => {
    const { x, batch, height, width, channels } = shuffleInput('pixelUnshuffle', value, factor)
    check(
      height % factor === 0 && width % factor === 0,
      () => `pixelUnshuffle: factor ${factor} must divide the spatial size of ${showShape(x.shape)}.`,
    )
    const [h, w] = [height / factor, width / factor]
    const cells = reshape(x, [batch, h, factor, w, factor, channels])
    const result = [batch, h, w, channels * factor * factor]
    return reshape(
      transpose(cells, shuffleOrder('pixelUnshuffle', options) === 'crd' ? [0, 1, 3, 5, 2, 4] : [0, 1, 3, 2, 4, 5]),
      result,
    )
  })
}

function shuffleOrder(op: string, options: { order?: ShuffleOrder | undefined }): ShuffleOrder {
  checkOptions(op, options, ['order'])
  const { order = 'crd' } = options
  checkChoice(op, 'the order', order, ['crd', 'dcr'])
  return order
}

function shuffleInput(op: string, value: TensorLike, factor: number) {
  const x = floatTensor(op, 'x', value)
  check(x.rank === 4, () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, height, width, channels].`)
  check(
    Number.isInteger(factor) && factor >= 1,
    () => `${op}: the factor is ${show(factor)}; it must be a whole number of 1 or more.`,
  )
  const [batch, height, width, channels] = x.shape
  return { x, batch, height, width, channels }
}
