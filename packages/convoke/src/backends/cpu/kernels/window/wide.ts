// Windows over wide pixels: outputs as rows, and blocks of channels as the columns of a row, so that what is read and
// written lies side by side, and the calls do not grow with the channels.

import type { Target } from '../../program/index.ts'
import { nameBuffers } from '../buffers.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { type ListRun, singleRun } from './lists.ts'
import { widths } from './program.ts'
import { planWindowed, type WindowedKernel } from './step.ts'

const blockOf = ({ lanes }: Target): number => widths[0] * lanes

/** Whether there are more than so many blocks of channels. */
export const isWide = (channels: number, blocks: number, target: Target): boolean => channels > blocks * blockOf(target)

/** Rows are the outputs of all images, every axis in one, their inputs counted in pixels. */
export function planWide(
  { kind, rows, channels, operands }: Pick<WindowedKernel, 'kind' | 'rows' | 'channels' | 'operands'>,
  target: Target,
): KernelPlan | null {
  const block = blockOf(target)
  const blocks = Math.floor(channels / block)
  const planned = (columns: ListRun, own: number, before: number): KernelPlan | null =>
    planWindowed(
      {
        ...{ kind, rows, columns: [columns], width: 1, channels: own },
        ...{ within: { channels, before }, operands },
      },
      target,
    )
  const rest = channels - blocks * block
  const parts = [
    // Every block is of the same output.
    planned({ ...singleRun(), repeats: blocks, step: 1, ownStep: 0 }, block, 0),
    ...(rest === 0 ? [] : [planned(singleRun(), rest, blocks * block)]),
  ].filter((plan) => plan !== null)
  if (parts.length < (rest === 0 ? 1 : 2)) return null
  const { at, own, part } = nameBuffers({ given: operands, parts })
  const steps = parts.flatMap((_, i) =>
    part(
      i,
      operands.map((name) => at[name]),
    ).steps.map((step) => (i === 0 ? step : { ...step, joins: true })),
  )
  return planOf(steps, own.scratch, own.tables)
}
