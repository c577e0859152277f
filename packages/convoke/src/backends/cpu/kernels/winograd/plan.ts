// A Winograd convolution as a plan of the engine.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { ArgumentValue, KernelPlan } from '../plan.ts'
import type { OutputTile } from './cook-toom.ts'
import { filterBlock, scratchOf, type WinogradLayout, winogradLayout } from './layout.ts'
import { winogradProgram } from './program.ts'
import { tileRecordBytes, tileTable } from './tiles.ts'

/** Tasks worth having, so that a few threads finish together. */
const tasksWanted = 8

/** Blocks of output channels a task does: all of them unless there are too few blocks of tiles to share out. */
function channelBlocksPerTask(layout: WinogradLayout): number {
  const blocks = layout.fullBlocks + (layout.restVectors > 0 ? 1 : 0)
  const tileBlocks = Math.ceil(layout.tiles / layout.blockTiles)
  const shares = Math.min(blocks, Math.ceil(tasksWanted / Math.max(tileBlocks, 1)))
  return Math.ceil(blocks / shares)
}

/**
 * The plan of `conv` with `tile`×`tile` outputs a window. Buffers: x, the filter as `packFilter` lays it out, bias and
 * residual where the epilogue has them; then y. Throws `ConvokeError` where the algorithm does not apply.
 */
export function planWinograd(
  { conv: spec, epilogue }: { readonly conv: ConvSpec; readonly epilogue: Epilogue | null },
  tile: OutputTile,
  target: Target,
): KernelPlan {
  const layout = winogradLayout(spec, tile, target)
  const program = winogradProgram(layout, epilogue, target)
  const { fullBlocks, restVectors, vectors, blockTiles, tiles, inputChannels, outputChannels } = layout
  const blocks = fullBlocks + (restVectors > 0 ? 1 : 0)
  const perTask = channelBlocksPerTask(layout)
  const shares = Math.ceil(blocks / perTask)
  const fullBytes = filterBlock(layout, vectors, target) * 4

  const names = [
    'x',
    'filter',
    ...(epilogue?.bias ? ['bias'] : []),
    ...(epilogue?.residual ? ['residual'] : []),
    'y',
    'tiles',
    'scratch',
  ]
  const argumentsOf = (task: number): ArgumentValue[] => {
    const [tileBlock, share] = [Math.floor(task / shares), task % shares]
    const [first, end] = [share * perTask, Math.min(blocks, (share + 1) * perTask)]
    const channelOffset = first * vectors * target.lanes * 4
    const offsets: Readonly<Record<string, number>> = {
      filter: first * fullBytes,
      ...{ bias: channelOffset, residual: channelOffset, y: channelOffset },
      tiles: tileBlock * blockTiles * tileRecordBytes,
    }
    const numbers: Readonly<Record<string, number>> = {
      tileCount: Math.min(blockTiles, tiles - tileBlock * blockTiles),
      fullBlocks: Math.min(end, fullBlocks) - Math.min(first, fullBlocks),
      restBlocks: end > fullBlocks ? 1 : 0,
      inputRowBytes: spec.inputSize[1] * inputChannels * 4,
      outputRowBytes: spec.outputSize[1] * outputChannels * 4,
    }
    return program.arguments.map(({ name, kind }) =>
      kind === 'pointer' ? { buffer: names.indexOf(name), offset: offsets[name] ?? 0 } : numbers[name],
    )
  }
  return Object.freeze({
    name: program.name,
    steps: [{ program, tasks: Math.ceil(tiles / blockTiles) * shares, argumentsOf }],
    scratch: [],
    tables: [tileTable(spec, layout)],
    workerScratch: [scratchOf(layout, target).bytes],
  })
}
