// When FFT pays: a model of time in issue slots of vector FMAs, for a planner that does not measure.

import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { pointsOf } from './blocks.ts'
import { type Blocking, chooseBlocking } from './choose-blocks.ts'
import { chooseTiling, isFftSpec } from './layout.ts'
import { type FftProblem, problemOf } from './problem.ts'

/** Share of the FMA peak of direct kernels whose lanes are full, and of depthwise ones, which load once a product. */
const directShare = { dense: 0.98, depthwise: 0.45 }

/** What the products of spectra and the copies cost beyond their slots, where channels are summed; measured. */
const manyChannels = 1.5

/** Slots to bring a vector into planes or out of them, and bytes that arrive a slot from beyond L2. */
const copySlots = 8
const memoryBytes = 5.5

/** Slots of a complex product added to a sum. */
const productSlots = 5

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

/** Slots of the direct algorithm. */
export function directSlots(spec: ConvSpec, target: Target): number {
  const inputs = spec.inputChannels / spec.groups
  const outputs = spec.outputChannels / spec.groups
  const share = inputs * outputs === 1 ? directShare.depthwise : directShare.dense * Math.min(1, outputs / target.lanes)
  return (sizeOf(convShapes(spec).output) * sizeOf(spec.kernel) * inputs) / target.lanes / share
}

/** Tiles of one task each, of pictures of one channel. */
function tilesChoice(spec: ConvSpec, target: Target): FftChoice | null {
  const tiles = isFftSpec(spec) ? chooseTiling(spec, target) : undefined
  if (tiles === undefined) return null
  const pairs = spec.batch * Math.ceil((tiles.tilesHigh * tiles.tilesWide) / 2)
  return { kind: 'tiles', slots: tiles.slots, spectrum: tiles.slots / pairs / 2 }
}

/** Slots of a problem in blocks, but for the spectrum, which is kept with the filter. */
export function blocksSlots({ axes, images, groups, inputs, outputs }: FftProblem, blocking: Blocking, target: Target) {
  const alone = inputs === 1 && outputs === 1
  const vectors = (pointsOf(blocking.size) / target.lanes) * blocking.pairs * images
  const transforms = groups * blocking.slots * (alone ? 1 : (inputs + outputs) / 2)
  const products = alone ? 0 : groups * inputs * outputs * vectors * productSlots
  const copied = (channels: number, side: 'input' | 'output'): number =>
    channels === 1 ? 0 : images * channels * axes.reduce((size, axis) => size * axis[side], 1)
  const floats = copied(groups * inputs, 'input') + copied(groups * outputs, 'output')
  const slots = transforms + products + (floats * copySlots) / target.lanes + (8 * floats) / memoryBytes
  return alone ? slots : manyChannels * slots
}

/** Slots for the spectra of a filter. */
export const spectrumSlots = ({ images, groups, inputs, outputs }: FftProblem, blocking: Blocking): number =>
  (groups * inputs * outputs * blocking.slots) / (2 * blocking.pairs * images)

function blocksChoice(spec: ConvSpec, target: Target): FftChoice | null {
  const problem = problemOf(spec)
  const blocking = problem && chooseBlocking(problem, target)
  return problem && blocking
    ? {
        ...{ kind: 'blocks', slots: blocksSlots(problem, blocking, target), problem, blocking },
        spectrum: spectrumSlots(problem, blocking),
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

/** Expected time of the direct algorithm over that of this one, under 1 for a loss; null where this one does not apply. */
export function fftGain(spec: ConvSpec, target: Target): number | null {
  const choice = chooseFft(spec, target)
  return choice && directSlots(spec, target) / choice.slots
}
