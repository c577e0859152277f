// The filter, transformed and laid out as the products read it, by vector programs: a filter that is being trained
// changes with every step, and packing it must not cost what the algorithm gains.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import { copySteps } from '../copy/copy.ts'
import { grainsOf, grainUnits } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { type CallArguments, place, stepOf } from '../step.ts'
import { filterBlock, type WinogradLayout } from './layout.ts'

/** Taps that registers hold at once; those of larger kernels are loaded at each use. */
const mostHeld = 9

/** Which taps and channels of the filter at hand a convolution uses. */
export type FilterUse = 'forward' | 'adjoint'

/**
 * The convolution that computes the adjoint of `spec` in its input: from the gradient at the output, with the filter flipped
 * and its channels swapped (`packSteps` with 'adjoint'). Stride 1, any padding; a negative one crops.
 */
export function adjointSpec(spec: ConvSpec): ConvSpec {
  return Object.freeze({
    ...spec,
    inputSize: spec.outputSize,
    outputSize: spec.inputSize,
    inputChannels: spec.outputChannels,
    outputChannels: spec.inputChannels,
    padding: spec.padding.map(([before], axis) => {
      const flipped = (spec.kernel[axis] - 1) * spec.dilation[axis] - before
      return Object.freeze([flipped, spec.inputSize[axis] - spec.outputSize[axis] + before] as const)
    }),
  })
}

/** A block of output channels: `vectors` of them, `tail` channels in the last. */
interface Block {
  readonly vectors: number
  readonly tail: number
}

/** G g Gᵀ in float32. Arguments: from (the block's first channel of the first input channel), to, channels (input). */
function packProgram(layout: WinogradLayout, { vectors, tail }: Block, use: FilterUse, target: Target): Program {
  const { inputChannels, outputChannels, algorithm } = layout
  const { size, taps, filter: matrix, outputs } = algorithm
  const name = `winograd F(${outputs}x${outputs},${taps}x${taps}) filter ${vectors} ${use}`
  const tapBytes = 4 * inputChannels * outputChannels
  const positionBytes = 4 * inputChannels * vectors * target.lanes
  return vectorProgram(name, target, (b) => {
    const [from, to] = [b.pointer('from'), b.pointer('to')]
    const rowSum = (row: readonly number[], value: (k: number) => Vector): Vector => {
      const terms = row.map((coefficient, k) => ({ coefficient, k })).filter((term) => term.coefficient !== 0)
      const [first, ...others] = terms
      const start = value(first.k)
      const sum = first.coefficient === 1 ? b.copy(start) : b.mul(start, b.constant(first.coefficient))
      return others.reduce((total, { coefficient, k }) => b.fma(total, value(k), b.constant(coefficient)), sum)
    }
    b.loop(b.integer('channels'), () => {
      for (let v = 0; v < vectors; v++) {
        const count = v === vectors - 1 ? tail : b.lanes
        const load = (tap: number): Vector => {
          const at = use === 'forward' ? tap : taps * taps - 1 - tap
          return b.load(from, at * tapBytes + v * b.bytes, count === b.lanes ? undefined : b.tail(count))
        }
        const held = taps * taps > mostHeld ? null : Array.from({ length: taps * taps }, (_, tap) => load(tap))
        const given = (tap: number): Vector => held?.[tap] ?? load(tap)
        matrix.forEach((row, i) => {
          const half = Array.from({ length: taps }, (_, j) => rowSum(row, (k) => given(k * taps + j)))
          matrix.forEach((column, j) => {
            b.store(
              to,
              (i * size + j) * positionBytes + v * b.bytes,
              rowSum(column, (k) => half[k]),
            )
          })
        })
      }
      b.advance(from, 4 * outputChannels)
      b.advance(to, b.bytes * vectors)
    })
  })
}

/** Floats of the packed filter, and behind it those of the room that `packSteps` needs. */
export function packedFloats(
  layout: WinogradLayout,
  use: FilterUse,
): { readonly packed: number; readonly room: number } {
  const { fullBlocks, restVectors, vectors, inputChannels, outputChannels, algorithm } = layout
  return {
    packed: fullBlocks * filterBlock(layout, vectors) + filterBlock(layout, restVectors),
    room: use === 'forward' ? 0 : algorithm.taps ** 2 * inputChannels * outputChannels,
  }
}

/**
 * G g Gᵀ for every pair of channels, in the layout of `layout.ts`: steps from buffer `filter`, `[...kernel, in, out]` of the
 * forward convolution, to buffer `packed` of `packedFloats`. For 'adjoint' (with the layout of `adjointSpec`) the filter
 * is read flipped and with its channels swapped.
 */
export function packSteps(
  layout: WinogradLayout,
  use: FilterUse,
  target: Target,
  buffers: { readonly filter: number; readonly packed: number },
): KernelStep[] {
  const { inputChannels, outputChannels, fullBlocks, restVectors, restLanes, vectors, algorithm } = layout
  const { packed } = packedFloats(layout, use)
  const tap = inputChannels * outputChannels
  // For the adjoint, channels change places first.
  const swap = {
    shape: [algorithm.taps ** 2, inputChannels, outputChannels],
    ...{ inputOffset: 0, inputStrides: [tap, 1, inputChannels] },
    ...{ outputOffset: packed, outputStrides: [tap, outputChannels, 1] },
  }
  const swapSteps = use === 'forward' ? [] : copySteps(swap, 'float32', target, buffers.filter, buffers.packed)
  const [source, start] = use === 'forward' ? [buffers.filter, 0] : [buffers.packed, 4 * packed]
  const stepFor = (block: Block, first: number, count: number): KernelStep => {
    const width = vectors * target.lanes
    const grains = grainsOf(
      inputChannels,
      grainUnits(inputChannels, algorithm.size ** 2 * block.vectors * target.lanes),
    )
    const calls = Array.from({ length: count }, (_, i) => first + i).flatMap((index) =>
      grains.map(
        ({ start: channel, count: channels }): CallArguments => ({
          from: place(source, start + 4 * (channel * outputChannels + index * width)),
          to: place(
            buffers.packed,
            4 * (index * filterBlock(layout, vectors) + channel * block.vectors * target.lanes),
          ),
          channels,
        }),
      ),
    )
    return stepOf(packProgram(layout, block, use, target), calls)
  }
  return [
    ...swapSteps,
    ...(fullBlocks > 0 ? [stepFor({ vectors, tail: target.lanes }, 0, fullBlocks)] : []),
    ...(restVectors > 0 ? [stepFor({ vectors: restVectors, tail: restLanes }, fullBlocks, 1)] : []),
  ]
}
