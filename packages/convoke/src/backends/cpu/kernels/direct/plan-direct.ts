// A convolution as tiles: which tile, which panels of the filter, which tasks.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { type Axis, liftAxes } from '../../../reference/conv.ts'
import type { Target } from '../../program/index.ts'
import type { Derived, KernelPlan } from '../plan.ts'
import { chooseTile } from './choose-tile.ts'
import { packSteps, panelAt, panelBytes, panelsOf } from './panels.ts'
import { fitsGrouped, groupedSpan, type Reduction } from './reduction.ts'
import { encodeTable } from './tables.ts'
import { type PanelWork, tileSteps } from './tile-steps.ts'
import { type Geometry, tileConvolution } from './tiling.ts'

export interface DirectQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly target: Target
  readonly threads: number
}

const productOf = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1)

/** Which buffers of the plan are what. */
function buffersOf(epilogue: Epilogue | null) {
  const bias = 2
  const residual = epilogue?.bias ? 3 : 2
  const output = 2 + (epilogue?.bias ? 1 : 0) + (epilogue?.residual ? 1 : 0)
  return { input: 0, filter: 1, bias, residual, output, table: output + 1, panels: output + 2 }
}

export function reductionOf({ inputChannels, outputChannels, groups }: ConvSpec, target: Target): Reduction {
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  return groups > 1 && fitsGrouped(target, inputs, outputs) ? { kind: 'grouped', inputs, outputs } : { kind: 'dense' }
}

/** Whether each output depends on one pixel, and the pixels are all of them in order. */
const isPointwise = ({ kernel, stride, padding }: ConvSpec): boolean =>
  kernel.every((size) => size === 1) &&
  stride.every((step) => step === 1) &&
  padding.every(([before, after]) => before === 0 && after === 0)

/** Whether the only window of an image is all of it. */
const isWhole = ({ kernel, inputSize, dilation, padding, groups }: ConvSpec): boolean =>
  groups === 1 &&
  kernel.every((size, axis) => size === inputSize[axis] && (size === 1 || dilation[axis] === 1)) &&
  padding.every(([before, after]) => before === 0 && after === 0)

/** An axis of so many pixels, each looked at alone. */
const pixels = (count: number): Axis => ({ input: count, output: count, kernel: 1, stride: 1, before: 0, dilation: 1 })

function geometryOf(conv: ConvSpec, reduction: Reduction): Geometry {
  const { inputChannels, outputChannels, groups, batch } = conv
  const perGroup = inputChannels / groups
  const oneRow = (count: number): Geometry['axes'] => [pixels(1), pixels(1), pixels(count)]
  const base = { batch: 1, inputPitch: inputChannels, outputPitch: outputChannels, inputStep: 4, tapsFollow: false }
  if (isWhole(conv)) {
    const inputs = productOf(conv.kernel) * inputChannels
    return { ...base, axes: oneRow(batch), inputPitch: inputs, steps: inputs }
  }
  const steps = reduction.kind === 'grouped' ? 1 : perGroup
  if (isPointwise(conv)) return { ...base, axes: oneRow(batch * productOf(conv.outputSize)), steps }
  const axes = liftAxes(conv)
  const { dilation } = axes[2]
  // A step is a tap where lanes hold several groups, and where there is one channel.
  const byTap = steps === 1
  return {
    ...{ ...base, axes, batch, steps },
    inputStep: byTap ? dilation * inputChannels * 4 : 4,
    tapsFollow: byTap || (dilation === 1 && groups === 1),
  }
}

/** The filter's panels, where their input and output begin, and where they stand when packed. */
function panelsOfFilter(conv: ConvSpec, target: Target, reduction: Reduction, most: number, rows: number): PanelWork[] {
  const { inputChannels, outputChannels } = conv
  const groups = reduction.kind === 'grouped' ? 1 : conv.groups
  const columns = outputChannels / groups
  const vectors = Math.ceil(columns / target.lanes)
  return Array.from({ length: groups }, (_, group) =>
    panelsOf(target.lanes, columns, most, group * columns, group * vectors).map((panel): PanelWork => {
      const first =
        reduction.kind === 'grouped'
          ? panel.start * groupedSpan(target.lanes, reduction)
          : group * (inputChannels / groups)
      return { panel, input: first * 4, filter: panelAt(target, rows, panel), output: panel.first * 4 }
    }),
  ).flat()
}

export function planDirect({ conv, epilogue, target, threads }: DirectQuestion): KernelPlan {
  const reduction = reductionOf(conv, target)
  const geometry = geometryOf(conv, reduction)
  const groups = reduction.kind === 'grouped' ? 1 : conv.groups
  const columns = conv.outputChannels / groups
  const choice = chooseTile({ target, threads, reduction, geometry, columns, groups })
  const tiling = tileConvolution(geometry, choice.cut, choice.unroll)
  const buffers = buffersOf(epilogue)
  const rows = productOf(conv.kernel) * (conv.inputChannels / conv.groups)
  const panels = panelsOfFilter(conv, target, reduction, choice.vectors, rows)
  const steps = tileSteps({
    ...{ target, threads, reduction, geometry, tiling, epilogue, panels, work: choice.work },
    name: nameOf(conv, reduction),
    buffers: { ...buffers, filter: buffers.panels },
  })
  const list = panels.map(({ panel }) => panel)
  const derived: Derived = {
    input: buffers.filter,
    bytes: Math.max(4, panelBytes(target, rows, list)),
    key: `panels ${target.lanes} ${rows} ${list.map(({ first, vectors }) => `${first}:${vectors}`).join()}`,
    steps: packSteps({
      ...{ target, panels: list, rows, columns: conv.outputChannels },
      ...{ from: buffers.filter, to: buffers.panels },
    }),
  }
  return Object.freeze({
    name: steps[0].program.name,
    steps,
    scratch: [],
    tables: [encodeTable(tiling.table)],
    derived: [derived],
  })
}

function nameOf(conv: ConvSpec, reduction: Reduction): string {
  if (reduction.kind === 'grouped') return reduction.inputs * reduction.outputs === 1 ? 'depthwise' : 'grouped'
  return conv.kernel.every((size) => size === 1) ? 'pointwise' : 'direct'
}
