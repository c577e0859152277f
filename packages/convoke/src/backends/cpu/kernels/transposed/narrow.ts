// Few channels of x, as where a decoder makes pictures: a vector of x would be mostly empty. The taps along the width
// and the channels of x together fill vectors: [kd, kh, kw, ci, co] is, element by element, the filter [kd, kh, 1,
// kw·ci, co] of a convolution that does not slide along the width. Its results are the columns of a fold along the width.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import type { KernelPlan } from '../plan.ts'
import { planFold } from './fold.ts'
import { planTransposed } from './plan.ts'

const filled = (channels: number, lanes: number): number => channels / (lanes * Math.ceil(channels / lanes))

/** Whether the way over columns is worth its second pass. */
export function isNarrow(spec: ConvSpec, { lanes }: Target): boolean {
  const [, , width] = liftAxes(spec)
  const together = width.kernel * spec.inputChannels
  const enough = spec.outputChannels >= 16 && together <= 4 * lanes
  return spec.groups === 1 && enough && filled(together, lanes) > 1.8 * filled(spec.inputChannels, lanes)
}

/** The convolution that does not slide along the width, and the one that does nothing else. */
function splitWidth(spec: ConvSpec): readonly [ConvSpec, ConvSpec] {
  const [depth, height, width] = liftAxes(spec)
  const across: ConvSpec = {
    ...{ rank: 3, batch: spec.batch, groups: 1 },
    inputSize: [depth.input, height.input, width.output],
    outputSize: [depth.output, height.output, width.output],
    inputChannels: width.kernel * spec.inputChannels,
    outputChannels: spec.outputChannels,
    kernel: [depth.kernel, height.kernel, 1],
    stride: [depth.stride, height.stride, 1],
    padding: [
      [depth.before, 0],
      [height.before, 0],
      [0, 0],
    ],
    dilation: [depth.dilation, height.dilation, 1],
  }
  const along: ConvSpec = {
    ...{ rank: 1, batch: spec.batch * depth.input * height.input, groups: 1 },
    ...{ inputSize: [width.input], outputSize: [width.output], kernel: [width.kernel], stride: [width.stride] },
    ...{ padding: [[width.before, 0]], dilation: [width.dilation] },
    ...{ inputChannels: spec.inputChannels, outputChannels: spec.outputChannels },
  }
  return [across, along]
}

/** [y, filter, bias?, residual?] → [x], in two steps over a scratch of columns. */
export function planNarrow(spec: ConvSpec, epilogue: Epilogue | null, target: Target, threads: number): KernelPlan {
  const [across, along] = splitWidth(spec)
  const [first, second] = [planTransposed(across, null, target, threads), planFold(along, epilogue, target, threads)]
  const extras = epilogueNames(epilogue)
  const { at, own, part } = nameBuffers({
    given: ['y', 'filter', ...extras, 'x'],
    scratch: { columns: 4 * spec.batch * sizeOf(across.inputSize) * across.inputChannels },
    parts: [first, second],
  })
  const products = part(0, [at.y, at.filter, at.columns])
  const sums = part(1, [at.columns, ...extras.map((name) => at[name]), at.x])
  return Object.freeze({
    name: `${first.name}, ${second.name}`,
    steps: [...products.steps, ...sums.steps],
    ...own,
    derived: products.derived,
  })
}
