// When FFT pays: a model of time in issue slots of vector FMAs, for a planner that does not measure.

import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { chooseTiling, fftLayout, isFftSpec } from './layout.ts'

/** Share of the FMA peak of direct kernels whose lanes are full, and of depthwise ones, which load once a product. */
const directShare = { dense: 0.98, depthwise: 0.45 }

/** What the products of spectra and the copies cost beyond their slots, where there is more than one channel; measured. */
const manyChannels = 1.5

/** Slots to bring a vector into planes or out of them, and bytes that arrive a slot from beyond L2. */
const copySlots = 8
const memoryBytes = 5.5

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Expected time of the direct algorithm over that of this one, under 1 for a loss; null where this one does not apply. */
export function fftGain(spec: ConvSpec, target: Target): number | null {
  const { output } = convShapes(spec)
  const tiles = isFftSpec(spec) && sizeOf(output) > 0 ? chooseTiling(spec, target) : undefined
  if (tiles === undefined) return null
  const inputs = spec.inputChannels / spec.groups
  const outputs = spec.outputChannels / spec.groups
  const share = inputs * outputs === 1 ? directShare.depthwise : directShare.dense * Math.min(1, outputs / target.lanes)
  const direct = (sizeOf(output) * sizeOf(spec.kernel) * inputs) / target.lanes / share
  // Every output channel transforms the inputs of its group anew.
  const transforms = spec.outputChannels * tiles.slots * ((1 + inputs) / 2)
  if (spec.inputChannels * spec.outputChannels === 1) return direct / transforms
  const { planeFloats, resultFloats } = fftLayout(spec, target)
  const spectrum = spec.outputChannels * inputs * 2 * tiles.height * tiles.width
  const planes = spec.batch * (spec.inputChannels * planeFloats + spec.outputChannels * resultFloats)
  const bytes = 4 * (spectrum + 2 * planes)
  const copies = (planes * copySlots) / target.lanes + (bytes > target.caches.second ? bytes / memoryBytes : 0)
  return direct / (manyChannels * (transforms + copies))
}
