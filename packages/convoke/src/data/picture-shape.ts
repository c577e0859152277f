// The axes of a picture.

import { check, showShape } from '../shapes/error.ts'
import type { Values } from './dataset.ts'

/** Height, width and channels of a picture or (one channel) a mask. */
export function pictureShape(
  op: string,
  { shape }: Values,
): readonly [height: number, width: number, channels: number] {
  check(
    shape.length === 2 || shape.length === 3,
    () =>
      `${op}: the values have shape ${showShape(shape)}; a picture is [height, width, channels], a mask [height, width].`,
  )
  return [shape[0], shape[1], shape[2] ?? 1]
}

/** The shape that a picture of another size has, its channels as they are. */
export const withSize = ({ shape }: Values, height: number, width: number): readonly number[] =>
  shape.length === 2 ? [height, width] : [height, width, shape[2]]
