// A convolution as tiles: which tile, which panels of the filter, which tasks.

import { sameShape, sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { copySteps } from '../copy/copy.ts'
import type { Derived, KernelPlan } from '../plan.ts'
import { tileChoices } from './choose-tile.ts'
import { gatherPixels } from './gather.ts'
import { cutColumns, type Geometry, pixelAxis } from './geometry.ts'
import { type Packing, packSteps, panelAt, panelBytes, panelsOf } from './panels.ts'
import { fitsGrouped, groupedSpan, isDepthwise, type Reduction } from './reduction.ts'
import { encodeTable } from './tables.ts'
import { type PanelWork, tileSteps } from './tile-steps.ts'
import { type TileOrder, tileConvolution } from './tiling.ts'

export interface DirectQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  readonly target: Target
  readonly threads: number
  /** Which of the tiles there are, the best by the model being 0; that one when not given, or when there are fewer. */
  readonly tile?: number
}

/** Vector operations to add up a sum across the lanes and put it in its place. */
const dotFinish = 10

/** Whether so few outputs of so many inputs are better summed with lanes along the inputs. */
function fitsDot({ kernel, inputChannels, outputChannels, groups }: ConvSpec, { lanes }: Target): boolean {
  if (groups > 1 || inputChannels % lanes !== 0 || outputChannels > lanes / 2) return false
  const products = sizeOf(kernel) * inputChannels
  return outputChannels * (products / lanes + dotFinish) < products
}

export function reductionOf(conv: ConvSpec, target: Target): Reduction {
  const { inputChannels, outputChannels, groups } = conv
  if (fitsDot(conv, target)) return { kind: 'dot', outputs: outputChannels }
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  const single = inputs === 1 && outputs === 1
  return (groups > 1 || single) && fitsGrouped(target, inputs, outputs)
    ? { kind: 'grouped', inputs, outputs }
    : { kind: 'dense' }
}

/** Whether each output depends on one pixel, and the pixels are all of them in order (output padding adds some). */
export const isPointwise = ({ kernel, stride, padding, inputSize, outputSize }: ConvSpec): boolean =>
  kernel.every((size) => size === 1) &&
  stride.every((step) => step === 1) &&
  padding.every(([before, after]) => before === 0 && after === 0) &&
  sameShape(inputSize, outputSize)

/** Whether the only window of an image is all of it. */
const isWhole = ({ kernel, inputSize, dilation, padding, groups }: ConvSpec): boolean =>
  groups === 1 &&
  kernel.every((size, axis) => size === inputSize[axis] && (size === 1 || dilation[axis] === 1)) &&
  padding.every(([before, after]) => before === 0 && after === 0)

export function geometryOf(conv: ConvSpec, reduction: Reduction, { lanes }: Target): Geometry {
  const { inputChannels, outputChannels, groups, batch } = conv
  /** Reduction steps of so many inputs. */
  const stepsOf = (inputs: number): number => {
    if (reduction.kind === 'grouped') return 1
    return reduction.kind === 'dot' ? inputs / lanes : inputs
  }
  const oneRow = (count: number): Geometry['axes'] => [pixelAxis(1), pixelAxis(1), pixelAxis(count)]
  const inputStep = reduction.kind === 'dot' ? lanes * 4 : 4
  const base = { batch: 1, inputPitch: inputChannels, outputPitch: outputChannels, inputStep, tapsFollow: false }
  if (isWhole(conv)) {
    const inputs = sizeOf(conv.kernel) * inputChannels
    return {
      ...base,
      axes: oneRow(batch),
      inputPitch: inputs,
      steps: reduction.kind === 'dot' ? inputs / lanes : inputs,
    }
  }
  const steps = stepsOf(inputChannels / groups)
  if (isPointwise(conv)) return { ...base, axes: oneRow(batch * sizeOf(conv.outputSize)), steps }
  const axes = liftAxes(conv)
  const { dilation } = axes[2]
  // A step is a tap where lanes hold several groups, and where there is one channel, or one vector of them.
  const byTap = steps === 1
  return {
    ...{ ...base, axes, batch, steps },
    inputStep: byTap ? dilation * inputChannels * 4 : inputStep,
    tapsFollow: byTap || (dilation === 1 && groups === 1),
  }
}

/** The filter's panels, where their input and output begin, and where they stand when packed. */
function panelsOfFilter(conv: ConvSpec, target: Target, reduction: Reduction, most: number, rows: number): PanelWork[] {
  const { inputChannels, outputChannels } = conv
  if (reduction.kind === 'dot') {
    const panel = { first: 0, vectors: 1, lastLanes: outputChannels, start: 0 }
    return [{ panel, input: 0, filter: 0, output: 0 }]
  }
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

/** A filter's panels, kept with it. */
export function packedFilter(packing: Packing): Derived {
  const { target, panels, rows, from } = packing
  const layout = panels.map(({ first, vectors }) => `${first}:${vectors}`).join()
  return {
    input: from,
    bytes: Math.max(4, panelBytes(target, rows, panels)),
    key: `panels ${target.lanes} ${rows} ${layout}`,
    steps: packSteps(packing),
  }
}

/** The filter with each output's inputs in a row, kept with it. */
function transposedFilter(conv: ConvSpec, target: Target, from: number, to: number): Derived {
  const { lanes } = target
  const { outputChannels: outputs } = conv
  const blocks = (sizeOf(conv.kernel) * conv.inputChannels) / lanes
  const copy = {
    shape: [blocks, outputs, lanes],
    ...{ inputOffset: 0, inputStrides: [lanes * outputs, 1, outputs] },
    ...{ outputOffset: 0, outputStrides: [outputs * lanes, lanes, 1] },
  }
  const steps = copySteps(copy, 'float32', target, from, to)
  return { input: from, bytes: blocks * outputs * lanes * 4, key: `rows ${lanes} ${blocks} ${outputs}`, steps }
}

/** Depthwise tiles of whole cache lines go down the picture: each line is met by so few products that fetching it counts. */
const orderOf = (reduction: Reduction, { lanes }: Target): TileOrder =>
  isDepthwise(reduction) && lanes === 16 ? 'down' : 'across'

/**
 * Where the tile below reads, from this one, in bytes: worth asking for where the input outgrows the second cache, which
 * then keeps what was asked for until the next row of tiles comes to it; else 0. Depthwise tiles that go down without a stride
 * share most of their rows with the tile above, and a single tap reads lines in order, which processors see by themselves.
 */
function aheadOf(
  { axes: [depth, height, width], inputPitch, batch }: Geometry,
  rows: number,
  reduction: Reduction,
  order: TileOrder,
  { addressBytes, caches }: Target,
): number {
  const row = width.input * inputPitch * 4
  const below = rows * height.stride * row
  const outgrows = batch * depth.input * height.input * row > caches.second
  if (addressBytes === 4 || !outgrows || reduction.kind === 'dot' || below > caches.second / 4) return 0
  const useful = isDepthwise(reduction)
    ? order === 'down' && height.stride > 1
    : depth.kernel * height.kernel * width.kernel > 1
  return useful ? below : 0
}

export function planDirect({ conv, epilogue, target, threads, tile = 0 }: DirectQuestion): KernelPlan {
  const reduction = reductionOf(conv, target)
  const gathered = reduction.kind === 'dense' ? gatherPixels(conv, target) : null
  const geometry = gathered?.geometry ?? geometryOf(conv, reduction, target)
  const groups = reduction.kind === 'grouped' ? 1 : conv.groups
  const columns = conv.outputChannels / groups
  const choices = tileChoices({ target, threads, reduction, geometry, columns, groups })
  const choice = choices[tile] ?? choices[0]
  const order = orderOf(reduction, target)
  const tiling = tileConvolution(geometry, cutColumns(geometry, choice.columns, choice.rows), choice.unroll, order)
  const { at, own } = nameBuffers({
    given: ['input', 'filter', ...epilogueNames(epilogue), 'output'],
    scratch: { pixels: gathered?.bytes },
    tables: { table: encodeTable(tiling.table) },
    derived: ['panels'],
  })
  const rows = sizeOf(conv.kernel) * (conv.inputChannels / conv.groups)
  const panels = panelsOfFilter(conv, target, reduction, choice.vectors, rows)
  const steps = tileSteps({
    ...{ target, threads, reduction, geometry, tiling, epilogue, panels, work: choice.work },
    panelBytes: rows * choice.vectors * target.lanes * 4,
    ahead: aheadOf(geometry, choice.rows, reduction, order, target),
    name: directKind({ conv, target }),
    buffers: { ...at, filter: at.panels, input: gathered === null ? at.input : at.pixels },
  })
  const list = { target, panels: panels.map(({ panel }) => panel), rows, columns: conv.outputChannels }
  const [from, to] = [at.filter, at.panels]
  const derived =
    reduction.kind === 'dot' ? transposedFilter(conv, target, from, to) : packedFilter({ ...list, from, to })
  return Object.freeze({
    name: steps[0].program.name,
    steps: gathered === null ? steps : [...gathered.stepsTo(at.pixels), ...steps],
    ...own,
    derived: [derived],
  })
}

/** What the kernel of `planDirect` is called. */
export function directKind({ conv, target }: Pick<DirectQuestion, 'conv' | 'target'>) {
  const reduction = reductionOf(conv, target)
  if (reduction.kind === 'dot') return 'dot'
  if (reduction.kind === 'grouped') return reduction.inputs * reduction.outputs === 1 ? 'depthwise' : 'grouped'
  return conv.kernel.every((size) => size === 1) ? 'pointwise' : 'direct'
}
