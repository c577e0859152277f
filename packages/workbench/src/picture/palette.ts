// Colours for classes, and masks laid over pictures.

import { farColours, type Rgb } from './far-colours.ts'

export type { Rgb } from './far-colours.ts'

/** Distinct on light and dark grounds and in every kind of colour vision. Okabe & Ito 2008, then more of their kind. */
export const palette: readonly Rgb[] = [
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

const made = farColours(palette)

/** Of any index, and never the same twice: what the palette lacks is made, each colour as far as can be from all before it. */
export const colourOf = (index: number): Rgb => palette[index] ?? made(index - palette.length)

/** What pixels that do not count are covered with. */
export const ignoredColour: Rgb = [255, 255, 255]

interface Covered {
  readonly height: number
  readonly width: number
  readonly classes: number
  /** The label of what does not count. */
  readonly ignored: number
}

/**
 * A mask, `[height, width]`, over bytes in colour, `[height, width, 3]`: classes from 1 on in colour, class 0 as it is, what does
 * not count pale; outlines stronger.
 */
export function maskOver(
  bytes: ArrayLike<number>,
  mask: ArrayLike<number>,
  { height, width, classes, ignored }: Covered,
): Uint8Array {
  const edge = (p: number): boolean =>
    (p % width < width - 1 && mask[p] !== mask[p + 1]) || (p + width < height * width && mask[p] !== mask[p + width])
  const painted = Uint8Array.from(bytes)
  for (let p = 0; p < height * width; p++) {
    const label = mask[p]
    const pale = label === ignored
    if ((label <= 0 && !pale) || label >= classes) continue
    const share = pale ? 0.7 : edge(p) ? 0.85 : 0.45
    const colour = pale ? ignoredColour : colourOf(label - 1)
    for (let c = 0; c < 3; c++) painted[3 * p + c] = Math.round((1 - share) * painted[3 * p + c] + share * colour[c])
  }
  return painted
}
