// Blocks of pixels with a few interleaved channels, and the planes beside them.

import type { DType } from '../../../backend.ts'
import type { Builder, Pointer } from '../../program/index.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import { type CallArguments, place } from '../step.ts'

/** The two sides of a block of pixels: samples side by side, and planes some way apart. */
interface Sides {
  readonly samples: Pointer
  /** One a channel. */
  readonly planes: readonly Pointer[]
}

/**
 * `block` for whole vectors of pixels, the last of them laid back over the one before where pixels are left; `pixel` for each
 * pixel where there is no whole vector.
 */
export function emitPixels(
  b: Builder,
  channels: number,
  dtype: DType,
  block: (sides: Sides) => void,
  pixel: (sides: Sides) => void,
) {
  const samples = b.pointer('samples')
  const first = b.pointer('planes')
  const apart = b.integer('planeBytes')
  const planes = [first]
  for (let c = 1; c < channels; c++) planes.push(b.offset(planes[c - 1], apart))
  const sides = { samples, planes }
  const move = (pixels: number): void => {
    b.advance(samples, pixels * channels * bytesOf(dtype))
    for (const plane of planes) b.advance(plane, pixels * 4)
  }
  b.loop(b.integer('blocks'), () => {
    block(sides)
    move(b.lanes)
  })
  b.when(b.integer('back'), 'gt', 0, () => {
    const back = b.integer('back')
    b.advance(samples, b.integerMul(back, -channels * bytesOf(dtype)))
    for (const plane of planes) b.advance(plane, b.integerMul(back, -4))
    block(sides)
  })
  b.loop(b.integer('single'), () => {
    pixel(sides)
    move(1)
  })
}

/** Where pixels and planes begin, in elements of their buffers, and how far apart planes are. */
export interface Places {
  readonly samples: { readonly buffer: number; readonly at: number }
  readonly planes: { readonly buffer: number; readonly at: number; readonly apart: number }
}

/** Calls for all pixels: every one but the last takes whole vectors. */
export function callsFor(
  pixels: number,
  channels: number,
  dtype: DType,
  lanes: number,
  { samples, planes }: Places,
): CallArguments[] {
  const units = Math.ceil(grainUnits(pixels, channels) / lanes) * lanes
  return grainsOf(pixels, units).map(({ start, count }) => {
    const [blocks, rest] = [Math.floor(count / lanes), count % lanes]
    // Laid back over a block of this very call: calls write apart from each other.
    const isLaidBack = blocks > 0 && rest > 0
    return {
      samples: place(samples.buffer, (samples.at + start * channels) * bytesOf(dtype)),
      planes: place(planes.buffer, (planes.at + start) * 4),
      planeBytes: planes.apart * 4,
      blocks,
      back: isLaidBack ? lanes - rest : 0,
      single: isLaidBack ? 0 : rest,
    }
  })
}
