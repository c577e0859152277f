// The filter as a transposed convolution reads it: for each block of vectors, tap by tap and channel of y by channel of
// y, the block's vectors of channels of x, whole.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import type { Lanewise } from '../convolution/operand.ts'
import { copySteps } from '../copy/copy.ts'
import { fillStep } from '../elementwise/fill.ts'
import type { Derived, KernelStep } from '../plan.ts'
import type { TransposedCover } from './tile.ts'

/** The vectors of x that a tile covers. */
export interface VectorBlock {
  readonly group: number
  /** First channel of x, of all groups. */
  readonly first: number
  readonly vectors: number
  /** Channels in the last vector. */
  readonly tail: number
  /** Element of the packed filter at which the block begins. */
  readonly packed: number
}

export interface Packing {
  readonly blocks: readonly VectorBlock[]
  /** Elements of the packed filter. */
  readonly size: number
}

/** Channels of y for each output channel of x. */
export const innerChannels = ({ outputChannels, groups }: ConvSpec): number => outputChannels / groups

export function packingOf(spec: ConvSpec, cover: TransposedCover, { lanes }: Target): Packing {
  const { operand, elements, vectors, channels } = cover
  const groups = operand.kind === 'lanewise' ? 1 : spec.groups
  const step = elements * vectors
  const each = sizeOf(spec.kernel) * innerChannels(spec) * lanes
  const blocks: VectorBlock[] = []
  let packed = 0
  for (let group = 0; group < groups; group++) {
    for (let first = 0; first < channels; first += step) {
      const some = Math.min(vectors, Math.ceil((channels - first) / elements))
      const tail = Math.min(elements, channels - first - (some - 1) * elements)
      blocks.push({ group, first: group * channels + first, vectors: some, tail, packed })
      packed += each * some
    }
  }
  return { blocks, size: packed }
}

/** Lane by lane, since neighbouring lanes take from different groups. Such filters are small. */
function packLanes(
  spec: ConvSpec,
  { elements }: TransposedCover,
  operand: Lanewise,
  blocks: readonly VectorBlock[],
  lanes: number,
) {
  const { outer, inner } = operand
  const { inputChannels, outputChannels, kernel } = spec
  const taps = sizeOf(kernel)
  return (source: Float32Array, target: Float32Array): void => {
    target.fill(0)
    for (const { first, vectors, packed } of blocks) {
      const end = Math.min(first + vectors * elements, inputChannels)
      for (let channel = first; channel < end; channel++) {
        const [v, lane] = [Math.floor((channel - first) / elements), (channel - first) % elements]
        const [group, row] = [Math.floor(channel / outer), channel % outer]
        for (let tap = 0; tap < taps; tap++) {
          for (let j = 0; j < inner; j++) {
            target[packed + ((tap * inner + j) * vectors + v) * lanes + lane] =
              source[(tap * outer + row) * outputChannels + group * inner + j]
          }
        }
      }
    }
  }
}

/** Blocks of equal width in a row, as one copy; they are `count` from `block` on. */
function blockSteps(
  spec: ConvSpec,
  block: VectorBlock,
  { count, width }: { readonly count: number; readonly width: number },
  target: Target,
  buffers: Buffers,
): readonly KernelStep[] {
  const { outputChannels, groups } = spec
  const [inner, outer, taps] = [innerChannels(spec), spec.inputChannels / groups, sizeOf(spec.kernel)]
  const row = block.vectors * target.lanes
  const copy = {
    shape: [count, taps, inner, width],
    inputOffset: block.group * inner + (block.first - block.group * outer) * outputChannels,
    inputStrides: [row * outputChannels, outer * outputChannels, 1, outputChannels],
    outputOffset: block.packed,
    outputStrides: [taps * inner * row, inner * row, row, 1],
  }
  return copySteps(copy, 'float32', target, buffers.filter, buffers.packed)
}

interface Buffers {
  readonly filter: number
  readonly packed: number
}

/** The packed filter, derived from input `filter`, which will be buffer `packed`. */
export function packFilter(
  spec: ConvSpec,
  cover: TransposedCover,
  { blocks, size }: Packing,
  target: Target,
  buffers: Buffers,
): Derived {
  const { operand, elements, vectors } = cover
  const inner = innerChannels(spec)
  const common = {
    input: buffers.filter,
    bytes: 4 * size,
    key: `transposed ${target.name} ${operand.kind} ${elements}x${vectors} ${spec.kernel.join('×')} ${spec.inputChannels / spec.groups} ${spec.outputChannels} ${spec.groups}`,
  }
  if (operand.kind === 'lanewise') {
    return { ...common, compute: packLanes(spec, cover, operand, blocks, target.lanes) }
  }
  const steps: KernelStep[] = []
  const each = sizeOf(spec.kernel) * inner * target.lanes
  for (let i = 0; i < blocks.length; ) {
    const block = blocks[i]
    const width = (block.vectors - 1) * elements + block.tail
    const whole = width === block.vectors * elements
    let count = 1
    if (whole) {
      const alike = ({ group, vectors: some, tail }: VectorBlock): boolean =>
        group === block.group && some === block.vectors && tail === block.tail
      while (i + count < blocks.length && alike(blocks[i + count])) count++
    } else {
      // What lies beyond the last channel is multiplied too, and dropped: it must only not be slow.
      steps.push(fillStep(0, 'float32', each * block.vectors, target, buffers.packed, block.packed))
    }
    for (const step of blockSteps(spec, block, { count, width }, target, buffers)) steps.push(step)
    i += count
  }
  return { ...common, steps }
}
