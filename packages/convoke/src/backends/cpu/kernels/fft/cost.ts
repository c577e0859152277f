// What a convolution by FFT takes, in slots of one thread.

import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { otherSlots, thirdCache } from '../machine.ts'
import { pointsOf } from './blocks.ts'
import { type Blocking, chooseBlocking } from './choose-blocks.ts'
import { chooseTiling, isFftSpec } from './layout.ts'
import { type FftProblem, problemOf } from './problem.ts'

/** Of the slots of a channel alone, there and back, those of one of several: the products stand apart. Measured on Zen 5, as all here. */
export const transformShare = 0.33

/** Slots to bring a vector into planes or out of them, and bytes of it that arrive a slot. */
const copySlots = 12
const copyBytes = 4

/** Bytes of spectra that arrive a slot: products of several channels wait for them, and longer where they outgrow the third cache. */
const cachedBytes = 5.3
const beyondBytes = 2.3

/** Slots of a complex product added to a sum, at least. */
const productSlots = 5

/** Slots of adding the product of two vectors of spectra, of which there are `bytes` in all. */
export const slotsOfProduct = (bytes: number, { lanes }: Target): number =>
  Math.max(productSlots, (8 * lanes) / (bytes > thirdCache ? beyondBytes : cachedBytes))

/** Slots of copying channels to planes, or back. */
export const slotsOfCopies = (floats: number, { lanes }: Target): number =>
  (floats * copySlots) / lanes + (8 * floats) / copyBytes

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Tiles of one task each, or in blocks, for a problem of its own. */
export type FftChoice = {
  readonly slots: number
  /** Slots for the filter's transform, which is kept with the filter. */
  readonly spectrum: number
} & (
  | { readonly kind: 'tiles' }
  | { readonly kind: 'blocks'; readonly problem: FftProblem; readonly blocking: Blocking }
)

/** Tiles of one task each, of pictures of one channel. */
function tilesChoice(spec: ConvSpec, target: Target): FftChoice | null {
  const tiles = isFftSpec(spec) ? chooseTiling(spec, target) : undefined
  if (tiles === undefined) return null
  const pairs = spec.batch * Math.ceil((tiles.tilesHigh * tiles.tilesWide) / 2)
  const slots = tiles.slots * otherSlots(target)
  return { kind: 'tiles', slots, spectrum: slots / pairs / 2 }
}

/** Slots of a problem in blocks, but for the spectrum, which is kept with the filter. */
export function blocksSlots(
  { axes, images, groups, inputs, outputs }: FftProblem,
  blocking: Blocking,
  target: Target,
): number {
  const alone = inputs === 1 && outputs === 1
  const vectors = (pointsOf(blocking.size) / target.lanes) * blocking.pairs * images
  const copied = (channels: number, side: 'input' | 'output'): number =>
    channels === 1 ? 0 : images * channels * axes.reduce((size, axis) => size * axis[side], 1)
  const floats = copied(groups * inputs, 'input') + copied(groups * outputs, 'output')
  const copies = slotsOfCopies(floats, target)
  const transforms = groups * blocking.slots * otherSlots(target)
  if (alone) return transforms + copies
  const spectra = groups * inputs * outputs * pointsOf(blocking.size) * 8
  const products = groups * inputs * outputs * vectors * slotsOfProduct(spectra, target)
  return (transforms * transformShare * (inputs + outputs)) / 2 + products + copies
}

/** Slots for the spectra of a filter. */
export const spectrumSlots = (
  { images, groups, inputs, outputs }: FftProblem,
  blocking: Blocking,
  target: Target,
): number => (groups * inputs * outputs * blocking.slots * otherSlots(target)) / (2 * blocking.pairs * images)

function blocksChoice(spec: ConvSpec, target: Target): FftChoice | null {
  const problem = problemOf(spec)
  const blocking = problem && chooseBlocking(problem, target)
  return problem && blocking
    ? {
        ...{ kind: 'blocks', slots: blocksSlots(problem, blocking, target), problem, blocking },
        spectrum: spectrumSlots(problem, blocking, target),
      }
    : null
}

/** The tiles that cost least; null where there are none. */
export function chooseFft(spec: ConvSpec, target: Target): FftChoice | null {
  if (sizeOf(convShapes(spec).output) === 0) return null
  const [tiles, blocks] = [tilesChoice(spec, target), blocksChoice(spec, target)]
  if (tiles === null || blocks === null) return tiles ?? blocks
  return blocks.slots < tiles.slots ? blocks : tiles
}
