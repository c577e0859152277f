// A Winograd convolution as a plan of the engine: in one step where there are blocks of tiles enough for every thread, else
// in two, the second of which shares out the output channels too.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { epilogueArguments } from '../epilogue.ts'
import type { ArgumentValue, Derived, KernelPlan, KernelStep } from '../plan.ts'
import { place } from '../step.ts'
import type { OutputTile } from './cook-toom.ts'
import { filterBlock, patchFloats, tasksWanted, type WinogradLayout, winogradLayout } from './layout.ts'
import { fusedProgram, outputsProgram, windowsProgram } from './program.ts'
import { tileRecordBytes, tileTable } from './tiles.ts'

interface WinogradSpec {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
}

/** Tiles [first, end) and blocks of output channels [firstBlock, endBlock). */
interface Share {
  readonly first: number
  readonly end: number
  readonly firstBlock: number
  readonly endBlock: number
}

/** The step that runs `program` once for each share; `windowOffset` is where the windows of a share begin, in floats. */
function stepOf(
  program: Program,
  { conv: spec, epilogue }: WinogradSpec,
  layout: WinogradLayout,
  at: Readonly<Record<string, number>>,
  shares: readonly Share[],
  windowOffset: (share: Share) => number,
): KernelStep {
  const { lanes } = program.target
  const { fullBlocks, vectors, inputChannels, outputChannels, dilation } = layout
  const argumentsOf = (task: number): ArgumentValue[] => {
    const share = shares[task]
    const { first, end, firstBlock, endBlock } = share
    const channels = firstBlock * vectors * lanes * 4
    const offsets: Readonly<Record<string, number>> = {
      filter: firstBlock * filterBlock(layout, vectors) * 4,
      ...{ bias: channels, residual: channels, y: channels },
      tiles: first * tileRecordBytes,
      windows: windowOffset(share) * 4,
    }
    const numbers: Readonly<Record<string, number>> = {
      tileCount: end - first,
      fullBlocks: Math.min(endBlock, fullBlocks) - Math.min(firstBlock, fullBlocks),
      restBlocks: endBlock > fullBlocks ? 1 : 0,
      ...epilogueArguments(epilogue),
      inputRowBytes: dilation[0] * spec.inputSize[1] * inputChannels * 4,
      outputRowBytes: dilation[0] * spec.outputSize[1] * outputChannels * 4,
    }
    return program.arguments.map(({ name, kind }) =>
      kind === 'pointer' ? place(at[name], offsets[name] ?? 0) : numbers[name],
    )
  }
  return { program, tasks: shares.length, argumentsOf }
}

/** [0, total) in pieces of `size`. */
const pieces = (total: number, size: number): [number, number][] =>
  Array.from({ length: Math.ceil(total / size) }, (_, i) => [i * size, Math.min(total, (i + 1) * size)])

/** What is derived from the filter, but for which input that is: `packSteps` into buffer `packed`. */
export type PackFilter = (buffers: { readonly filter: number; readonly packed: number }) => Omit<Derived, 'input'>

/**
 * The plan of `conv` with `tile`×`tile` outputs a window. Buffers: x, the filter, bias and residual where the epilogue has them;
 * then y. Without `pack` the filter is given as `packSteps` lays it out. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planWinograd(spec: WinogradSpec, tile: OutputTile, target: Target, pack?: PackFilter): KernelPlan {
  const { conv, epilogue } = spec
  const layout = winogradLayout(conv, tile, target)
  const { tiles, blockTiles, fullBlocks, restVectors, windowRow, productRow } = layout
  const blocks = fullBlocks + (restVectors > 0 ? 1 : 0)
  const tileBlocks = pieces(tiles, blockTiles)
  const fused = tileBlocks.length >= tasksWanted || blocks === 1
  const windowBytes = (count: number): number => count * windowRow * 4
  const { at, own } = nameBuffers({
    given: ['x', 'filter', ...epilogueNames(epilogue), 'y'],
    scratch: { windows: fused ? undefined : windowBytes(tileBlocks.length * blockTiles) },
    tables: { tiles: tileTable(conv, layout) },
    threads: {
      ...(fused && { windows: windowBytes(blockTiles) }),
      products: blockTiles * productRow * 4,
      patch: patchFloats(layout, target) * 4,
    },
    derived: ['packed'],
  })
  const kept = pack && { derived: [{ ...pack({ filter: at.filter, packed: at.packed }), input: at.filter }] }
  const read = pack === undefined ? at : { ...at, filter: at.packed }
  const step = (program: Program, shares: readonly Share[], windowOffset: (share: Share) => number) =>
    stepOf(program, spec, layout, read, shares, windowOffset)
  if (fused) {
    const shares = tileBlocks.map(([first, end]) => ({ first, end, firstBlock: 0, endBlock: blocks }))
    const program = fusedProgram(layout, epilogue, target)
    return Object.freeze({ name: program.name, steps: [step(program, shares, () => 0)], ...own, ...kept })
  }
  const windowShares = pieces(tiles, Math.ceil(tiles / (2 * tasksWanted))).map(([first, end]) => ({
    ...{ first, end, firstBlock: 0, endBlock: 0 },
  }))
  const perShare = Math.max(1, Math.floor((blocks * tileBlocks.length) / (2 * tasksWanted)))
  // The same output channels one after another: their weights stay in cache from one block of tiles to the next.
  const outputShares = pieces(blocks, perShare).flatMap(([firstBlock, endBlock]) =>
    tileBlocks.map(([first, end]) => ({ first, end, firstBlock, endBlock })),
  )
  const program = outputsProgram(layout, epilogue, target)
  const windowOffset = ({ first }: Share): number => first * windowRow
  const steps = [
    step(windowsProgram(layout, target), windowShares, windowOffset),
    step(program, outputShares, windowOffset),
  ]
  return Object.freeze({ name: program.name, steps, ...own, ...kept })
}
