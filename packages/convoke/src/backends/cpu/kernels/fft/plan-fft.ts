// The plan of a convolution by FFT, in the tiles that cost least.

import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import type { TileSize } from './blocks.ts'
import type { FftChoice } from './cost.ts'
import type { Rounding } from './error-bound.ts'
import { fftLayout } from './layout.ts'
import { planFftBlocks } from './plan-blocks.ts'
import { type FftSpec, planFftTiles } from './plan-tiles.ts'
import type { FilterUse } from './taps.ts'

/** `filter` says how the taps of `conv` stand in the filter given. Buffers: x, the filter, bias and residual where the epilogue has them; then y. */
export function planFft(
  { conv, epilogue }: FftSpec,
  choice: FftChoice,
  target: Target,
  filter: FilterUse = { spec: conv, turned: false, single: false },
): KernelPlan {
  if (choice.kind === 'tiles') return planFftTiles({ conv, epilogue }, filter, target)
  const { problem, blocking } = choice
  return planFftBlocks({ problem, blocking, epilogue, filter }, target)
}

/** What its error depends on. */
export function roundingOf({ conv }: Pick<FftSpec, 'conv'>, choice: FftChoice, target: Target): Rounding {
  const summands = conv.inputChannels / conv.groups
  if (choice.kind === 'blocks') return { size: choice.blocking.size, summands }
  const { down, across } = fftLayout(conv, target)
  return { size: { depth: 1, height: down.length, width: across.length, split: false }, summands }
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Tiles and memory, for people: `2 tiles in pairs of 1280×2304, 23.8 MiB of scratch, 22.5 MiB kept with the filter`. */
export function fftInWords(size: TileSize, tiles: number, plan: KernelPlan): string {
  const { depth, height, width, split } = size
  const lengths = split
    ? `${height * width} (${height}·${width})`
    : [...(depth > 1 ? [depth] : []), height, width].join('×')
  const sum = (list: readonly number[]): number => list.reduce((total, bytes) => total + bytes, 0)
  const scratch = mebibytes(sum(plan.scratch))
  const kept = sum((plan.derived ?? []).map(({ bytes }) => bytes))
  return `${tiles} ${tiles === 1 ? 'tile' : 'tiles'} in pairs of ${lengths}, ${scratch} of scratch${kept > 0 ? `, ${mebibytes(kept)} kept with the filter` : ''}`
}

/** Tiles of a channel, of all images together. */
export function tilesOf({ conv }: Pick<FftSpec, 'conv'>, choice: FftChoice, target: Target): number {
  if (choice.kind === 'tiles') {
    const { tilesHigh, tilesWide } = fftLayout(conv, target)
    return conv.batch * tilesHigh * tilesWide
  }
  const { tiles } = choice.blocking
  return choice.problem.images * tiles[0] * tiles[1] * tiles[2]
}
