// Colours for classes, and masks laid over pictures.

import { data } from 'convoke'
import { colourOf, maskOver } from 'convoke-workbench'

export const cssColour = (index: number): string => `rgb(${colourOf(index).join(' ')})`

/** The picture in colour, uint8. */
export function inColour(picture: data.Values): data.Values {
  const [height, width, channels] = picture.shape
  const bytes = new Uint8Array(height * width * 3)
  if (picture.data instanceof Uint8Array) {
    const stored = picture.data
    if (channels === 3) bytes.set(stored)
    else for (let p = 0; p < height * width; p++) bytes.fill(stored[p * channels], 3 * p, 3 * p + 3)
    return { shape: [height, width, 3], data: bytes }
  }
  const { data: values } = data.toUnit(picture)
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++)
      bytes[3 * p + c] = Math.min(255, Math.max(0, Math.round(values[p * channels + (channels === 3 ? c : 0)] * 255)))
  }
  return { shape: [height, width, 3], data: bytes }
}

/** A mask over its picture, uint8. */
export function overlay(picture: data.Values, mask: ArrayLike<number>, classes: number): data.Values {
  const { shape, data: bytes } = inColour(picture)
  const [height, width] = shape
  return { shape, data: maskOver(bytes, mask, { height, width, classes, ignored: data.ignoredLabel }) }
}
