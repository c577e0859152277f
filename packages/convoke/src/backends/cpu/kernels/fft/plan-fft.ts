// The plan of a convolution by FFT, in the tiles that cost least.

import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import type { Rounding } from './error-bound.ts'
import type { FftChoice } from './gain.ts'
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
