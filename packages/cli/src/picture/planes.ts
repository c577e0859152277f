// Stored samples as the values that kernels slide over, one plane a channel, and what comes of them.

import { scope } from 'convoke/autodiff'
import { add, concat, multiply, slice, subtract, toPlanes } from 'convoke/ops'
import { type Tensor, tensor } from 'convoke/tensor'
import { toLight } from './light.ts'
import { channelsOf, largestSample, type Picture, type Samples } from './picture.ts'

export interface View {
  /** Filter brightness instead of colours. */
  readonly gray: boolean
  /** Filter linear light, 0 … 1, instead of stored values, 0 … 255 or 65535. */
  readonly linear: boolean
}

/** Rec. 709: weights of stored values for luma, of linear light for luminance. */
const brightness = [0.2126, 0.7152, 0.0722] as const

export const coloursOf = (picture: Pick<Picture, 'colours'>, { gray }: View): 1 | 3 => (gray ? 1 : picture.colours)

export interface Values {
  /** `[colours, rows, columns]`, not premultiplied. */
  readonly colour: Tensor
  /** `[1, rows, columns]`, 0 … 1, of a picture with an alpha channel. */
  readonly opacity: Tensor | undefined
}

const planesFrom = (planes: Tensor, first: number, count: number): Tensor =>
  first === 0 && count === planes.shape[0] ? planes : slice(planes, [{ start: first, stop: first + count }])

/** The values of `[rows, columns, channels]` samples of `picture`. */
export function valuesOf(
  samples: Samples,
  [rows, columns]: readonly [number, number],
  picture: Picture,
  view: View,
): Values {
  const shape = [rows, columns, channelsOf(picture)]
  const stored = toPlanes(
    samples instanceof Uint8Array ? tensor(samples, { shape }) : tensor(samples, { shape, dtype: 'float32' }),
  )
  const largest = largestSample(picture.depth)
  const given = planesFrom(stored, 0, picture.colours)
  const colour = view.linear ? scope(() => toLight(multiply(given, 1 / largest))) : given
  return {
    colour: view.gray && picture.colours === 3 ? brightnessOf(colour) : colour,
    opacity: picture.alpha ? multiply(planesFrom(stored, picture.colours, 1), 1 / largest) : undefined,
  }
}

const brightnessOf = (colour: Tensor): Tensor =>
  scope(() =>
    brightness.map((weight, c) => multiply(planesFrom(colour, c, 1), weight)).reduce((sum, part) => add(sum, part)),
  )

/**
 * Planes of floats that stand in memory at the same time, at most, while a strip of `picture` is brought into this view and filtered:
 * what is stored, the steps on the way, and the result.
 */
export function planesHeld(picture: Pick<Picture, 'colours' | 'alpha'>, view: View, translucent: boolean): number {
  const [stored, colours] = [channelsOf(picture), coloursOf(picture, view)]
  // As `toLight` and `brightnessOf` take them, and `premultiplied` and `lendColour` with what the middle lends.
  const light = view.linear ? 7 * picture.colours : 0
  const grey = colours < picture.colours ? 6 : 0
  const lending = translucent ? 2 * stored + 4 * colours + 3 : 0
  return stored + Math.max(light, grey, lending) + (colours + (translucent ? 1 : 0))
}

/** What is filtered of a picture that is not opaque: colour premultiplied by opacity, and a plane of 1 − opacity. */
export const premultiplied = (colour: Tensor, opacity: Tensor): Tensor =>
  concat([multiply(colour, opacity), subtract(1, opacity)], 0)

/** Σ k·(a·c) + c₀·Σ k·(1 − a), both of whose sums `result` holds; c₀ is `own`. */
export function lendColour(result: Tensor, own: Tensor): Tensor {
  const colours = result.shape[0] - 1
  return add(planesFrom(result, 0, colours), multiply(planesFrom(result, colours, 1), own))
}
