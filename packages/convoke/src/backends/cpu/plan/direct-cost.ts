// What a plain sum of products takes, forward and in its adjoint, in slots of one thread.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { liftAxes } from '../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import { pairsInside } from '../kernels/convolution/axes.ts'
import { directKind } from '../kernels/direct/plan-direct.ts'
import { bytesPerSlot, depthwiseShare, directShare, insideTime, narrowShare } from '../kernels/machine.ts'
import { isNarrow } from '../kernels/transposed/narrow.ts'
import type { FilterUse } from '../kernels/winograd/index.ts'
import type { Target } from '../program/index.ts'

/** Slots of adding up the lanes of a sum. */
const laneSumSlots = 9

/**
 * Outputs are few and lanes have something else to hold: input channels in the forward convolution, whose sums are then added up
 * lane by lane; taps together with channels in the adjoint.
 */
function fewOutputsSlots(spec: ConvSpec, windows: number, use: FilterUse, target: Target): number {
  const { batch, outputSize, kernel, inputChannels, outputChannels } = spec
  const vectors = (channels: number): number => Math.ceil(channels / target.lanes)
  if (use === 'forward') {
    if (directKind({ conv: spec, target }) !== 'dot') return Number.POSITIVE_INFINITY
    return outputChannels * (windows * vectors(inputChannels) + batch * sizeOf(outputSize) * laneSumSlots)
  }
  if (!isNarrow(spec, target)) return Number.POSITIVE_INFINITY
  const wide = kernel[kernel.length - 1]
  return ((windows / wide) * outputChannels * vectors(wide * inputChannels) * directShare) / narrowShare
}

/** Slots of a convolution, or of its adjoint in the input, as a sum of products. */
export function directSlots(spec: ConvSpec, use: FilterUse, target: Target): number {
  const { batch, groups, kernel, inputSize, outputSize, stride } = spec
  const { lanes, caches } = target
  const adjoint = use === 'adjoint'
  const channels = [spec.inputChannels / groups, spec.outputChannels / groups]
  const [inputs, outputs] = adjoint ? channels.reverse() : channels
  const pairs = liftAxes(spec).reduce((product, axis) => product * pairsInside(axis), batch)
  const taps = sizeOf(kernel)
  const all = batch * taps * (adjoint ? sizeOf(inputSize) / sizeOf(stride) : sizeOf(outputSize))
  const windows = all * insideTime(Math.min(1, pairs / all))
  if (inputs * outputs === 1) {
    // The phases of a stride have channels in their lanes, and no pixels besides.
    const phases = adjoint && sizeOf(stride) > 1
    return (windows * (phases ? Math.ceil(groups / lanes) : groups / lanes)) / depthwiseShare
  }
  const vectors = Math.ceil(outputs / lanes)
  const products = groups * windows * inputs * vectors
  const computed = Math.min(products, fewOutputsSlots(spec, windows, use, target)) / directShare
  const filterBytes = taps * groups * inputs * vectors * lanes * 4
  return Math.max(computed, filterBytes > caches.second ? filterBytes / bytesPerSlot(filterBytes) : 0)
}
