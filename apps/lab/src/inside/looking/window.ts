// Where windows lie: the rows and columns of the input that one output looks at.

import type { OnnxNode } from 'convoke/graph'
import type { Frame } from '../task.ts'

const ints = ({ attributes }: OnnxNode, name: string, otherwise: readonly number[]): readonly number[] => {
  const found = attributes[name]
  return found?.type === 'ints' ? found.value : otherwise
}

/** Padding before each axis, as ONNX has it; `auto_pad` included. */
function before(node: OnnxNode, kernel: readonly number[], size: readonly number[]): readonly number[] {
  const auto = node.attributes['auto_pad']
  const kind = auto?.type === 'string' ? auto.value : 'NOTSET'
  if (kind === 'VALID') return [0, 0]
  if (kind !== 'SAME_UPPER' && kind !== 'SAME_LOWER') return ints(node, 'pads', [0, 0, 0, 0]).slice(0, 2)
  const [strides, dilations] = [ints(node, 'strides', [1, 1]), ints(node, 'dilations', [1, 1])]
  return size.map((length, axis) => {
    const extent = (kernel[axis] - 1) * dilations[axis] + 1
    const total = Math.max(0, (Math.ceil(length / strides[axis]) - 1) * strides[axis] + extent - length)
    return kind === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)
  })
}

/** Taps of the window behind an output: o·s − p + t·d along each axis. */
export function framesOf(
  node: OnnxNode,
  kernel: readonly number[],
  size: readonly [height: number, width: number],
  position: readonly [row: number, column: number],
): Frame {
  const [strides, dilations] = [ints(node, 'strides', [1, 1]), ints(node, 'dilations', [1, 1])]
  const padding = before(node, kernel, size)
  const along = (axis: 0 | 1): number[] =>
    Array.from({ length: kernel[axis] }, (_, t) => position[axis] * strides[axis] - padding[axis] + t * dilations[axis])
  return { rows: along(0), columns: along(1) }
}

interface ReachingTap {
  readonly tap: number
  /** The row or column of the input that is multiplied by it. */
  readonly from: number
}

/** Of a transposed convolution: the taps along rows and along columns that bring something to one output. */
export function reachingTaps(
  node: OnnxNode,
  kernel: readonly number[],
  size: readonly [height: number, width: number],
  position: readonly [row: number, column: number],
): readonly [rows: readonly ReachingTap[], columns: readonly ReachingTap[]] {
  const [strides, dilations] = [ints(node, 'strides', [1, 1]), ints(node, 'dilations', [1, 1])]
  const padding = ints(node, 'pads', [0, 0, 0, 0])
  const along = (axis: 0 | 1): ReachingTap[] =>
    Array.from({ length: kernel[axis] }, (_, tap) => {
      const from = (position[axis] + padding[axis] - tap * dilations[axis]) / strides[axis]
      return { tap, from }
    })
      .filter(({ from }) => Number.isInteger(from) && from >= 0 && from < size[axis])
      .sort((a, b) => a.from - b.from)
  return [along(0), along(1)]
}
