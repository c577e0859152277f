// Colours for classes, and masks laid over pictures.

import { data } from 'convoke'

/** Distinct on light and dark grounds; class 0 of masks stays clear. Okabe & Ito 2008, then more of their kind. */
export const palette: readonly (readonly [number, number, number])[] = [
  ...([
    [230, 97, 0],
    [0, 114, 178],
    [0, 158, 115],
    [204, 121, 167],
    [240, 190, 40],
    [86, 180, 233],
  ] as const),
  ...([
    [160, 60, 160],
    [120, 94, 40],
    [220, 50, 80],
    [90, 140, 20],
  ] as const),
]

export const colourOf = (index: number): readonly [number, number, number] => palette[index % palette.length]

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

/** What pixels that do not count are covered with. */
export const ignoredColour = [255, 255, 255] as const

/** A mask over its picture: classes from 1 on in colour, class 0 as it is, what does not count pale; outlines stronger. */
export function overlay(picture: data.Values, mask: ArrayLike<number>, classes: number): data.Values {
  const { shape, data: bytes } = inColour(picture)
  const [height, width] = shape
  const edge = (p: number): boolean =>
    (p % width < width - 1 && mask[p] !== mask[p + 1]) || (p + width < height * width && mask[p] !== mask[p + width])
  const painted = Uint8Array.from(bytes as Uint8Array)
  for (let p = 0; p < height * width; p++) {
    const label = mask[p]
    const ignored = label === data.ignoredLabel
    if ((label <= 0 && !ignored) || label >= classes) continue
    const share = ignored ? 0.7 : edge(p) ? 0.85 : 0.45
    const colour = ignored ? ignoredColour : colourOf(label - 1)
    for (let c = 0; c < 3; c++) painted[3 * p + c] = Math.round((1 - share) * painted[3 * p + c] + share * colour[c])
  }
  return { shape, data: painted }
}
