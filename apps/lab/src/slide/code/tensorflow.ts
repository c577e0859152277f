// The same convolution in TensorFlow: channels last, filters as the library has them.
//
// Explicit padding exists for some of TensorFlow's operations and not for others, so it is always written out by `tf.pad`.
// REFLECT is our mirror (at most size − 1 elements), SYMMETRIC our reflect (at most size); edge and wrap it lacks. On a CPU
// neither groups nor the adjoint of a dilated convolution exist: groups are computed one by one, a dilated kernel is written
// with its zeros.

import { elementAt, extentOf, largestOf } from 'convoke/shapes'
import { type Filter, libraryFilter } from '../filter-layout.ts'
import { indicesOf, inputShape, offsetOf, product, type SlideState } from '../state.ts'
import { nested } from './nested.ts'

const isPadded = ({ padding }: SlideState): boolean => padding.flat().some((width) => width > 0)

const padPairs = (pairs: readonly (readonly [number, number])[]): string =>
  `[[0, 0], ${pairs.map(([before, after]) => `[${before}, ${after}]`).join(', ')}, [0, 0]]`

function framing(state: SlideState): string[] {
  if (!isPadded(state)) return []
  const { boundary, size, padding } = state
  const reach = (most: (size: number) => number): boolean =>
    padding.every((pair, axis) => pair.every((width) => width <= most(size[axis])))
  const mode =
    boundary === 'zero'
      ? 'CONSTANT'
      : boundary === 'mirror' && reach((n) => n - 1)
        ? 'REFLECT'
        : boundary === 'reflect' && reach((n) => n)
          ? 'SYMMETRIC'
          : undefined
  if (mode !== undefined) return [`x = tf.pad(x, ${padPairs(padding)}, mode="${mode}")`]
  const lines = size.map((n, axis) => {
    const places = Array.from({ length: padding[axis][0] + n + padding[axis][1] }, (_, cell) =>
      elementAt(boundary, cell - padding[axis][0], n),
    )
    return `x = tf.gather(x, [${places.join(', ')}], axis=${axis + 1})`
  })
  return [`# tf.pad has no such edge ("${boundary}" in SciPy): the elements are picked one by one.`, ...lines]
}

/** The filter with zeros between its taps. */
function dilated({ shape, values }: Filter, dilation: readonly number[]): Filter {
  const rank = dilation.length
  const target = shape.map((size, axis) => (axis < rank ? extentOf(size, dilation[axis]) : size))
  const spread = indicesOf(target).map((index) => {
    const own = index.map((i, axis) => (axis < rank ? i / dilation[axis] : i))
    return own.every(Number.isInteger) ? values[offsetOf(own, shape)] : 0
  })
  return { shape: target, values: spread }
}

export function tensorflowOf(state: SlideState): string {
  const axes = state.rank === 1 ? 'length' : 'height, width'
  const spatial = state.size.map((_, axis) => axis)
  const written = libraryFilter(state)
  const spread = state.transposed && state.dilation.some((step) => step > 1)
  const filter = spread ? dilated(written, state.dilation) : written
  return [
    'import tensorflow as tf',
    '',
    `# [batch, ${axes}, channels]`,
    `x = tf.constant([${nested(state.input, inputShape(state))}], tf.float32)`,
    `# [${axes}, ${state.transposed ? 'out / groups, in' : 'in / groups, out'}]`,
    ...(spread ? ['# tf has no dilation here: its zeros are written out.'] : []),
    `w = tf.constant(${nested(filter.values, filter.shape)}, tf.float32)`,
    '',
    ...(state.flipped
      ? [`w = tf.reverse(w, axis=[${spatial.join(', ')}])  # the textbook's convolution turns the kernel`]
      : []),
    ...(state.transposed ? transposedLines(state) : slidingLines(state)),
    'print(y[0])',
    '',
  ].join('\n')
}

/** One call, or one a group whose results are put side by side. */
function byGroups(call: (x: string, w: string) => string, filterAxis: number, groups: number): string[] {
  if (groups === 1) return [`y = ${call('x', 'w')}`]
  return [
    `parts = zip(tf.split(x, ${groups}, axis=-1), tf.split(w, ${groups}, axis=${filterAxis}))`,
    `y = tf.concat([${call('xi', 'wi')} for xi, wi in parts], axis=-1)`,
  ]
}

function slidingLines(state: SlideState): string[] {
  const { rank, dilation, groups } = state
  // Strides and dilation do not go together everywhere: of all results some are picked out then.
  const picks = largestOf(state.stride) > 1 && largestOf(dilation) > 1
  const stride = picks ? state.stride.map(() => 1) : state.stride
  const call = (x: string, w: string): string =>
    rank === 1
      ? `tf.nn.conv1d(${x}, ${w}, stride=${stride[0]}, padding="VALID", dilations=${dilation[0]})`
      : `tf.nn.conv2d(${x}, ${w}, strides=[${stride.join(', ')}], padding="VALID", dilations=[${dilation.join(', ')}])`
  const picked = `y = y[:, ${state.stride.map((step) => `::${step}`).join(', ')}, :]  # the strides`
  return [...framing(state), ...byGroups(call, -1, groups), ...(picks ? [picked] : [])]
}

function transposedLines(state: SlideState): string[] {
  const { rank, stride, groups, kernel, dilation, size, padding, outputPadding } = state
  const whole = size.map((n, axis) => (n - 1) * stride[axis] + extentOf(kernel[axis], dilation[axis]))
  const shape = [1, ...whole, state.outputChannels / groups]
  const call = (x: string, w: string): string =>
    rank === 1
      ? `tf.nn.conv1d_transpose(${x}, ${w}, [${shape.join(', ')}], strides=${stride[0]}, padding="VALID")`
      : `tf.nn.conv2d_transpose(${x}, ${w}, [${shape.join(', ')}], strides=[${stride.join(', ')}], padding="VALID")`
  const more = outputPadding.map((extra): readonly [number, number] => [0, extra])
  const cut = padding.map(([before, after], axis) => `${before}:${whole[axis] + outputPadding[axis] - after}`)
  return [
    ...byGroups(call, -1, groups),
    ...(product(outputPadding.map((extra) => extra + 1)) > 1 ? [`y = tf.pad(y, ${padPairs(more)})`] : []),
    ...(isPadded(state) ? [`y = y[:, ${cut.join(', ')}, :]  # padding cuts off`] : []),
  ]
}
