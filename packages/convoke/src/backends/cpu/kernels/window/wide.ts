// Windows over wide pixels: outputs as rows, and blocks of channels as the columns of a row, so that what is read and
// written lies side by side, and the calls do not grow with the channels.

import type { Target } from '../../program/index.ts'
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
  { kind, rows, channels, buffers }: Pick<WindowedKernel, 'kind' | 'rows' | 'channels' | 'buffers'>,
  target: Target,
): KernelPlan | null {
  const block = blockOf(target)
  const blocks = Math.floor(channels / block)
  const part = (columns: ListRun, own: number, before: number, table: number): KernelPlan | null =>
    planWindowed(
      {
        ...{ kind, rows, columns: [columns], width: 1, channels: own },
        ...{ within: { channels, before }, buffers: { ...buffers, table } },
      },
      target,
    )
  // Every block is of the same output.
  const whole = part({ ...singleRun(), repeats: blocks, step: 1, ownStep: 0 }, block, 0, buffers.table)
  const rest = channels - blocks * block
  const last = rest === 0 ? null : part(singleRun(), rest, blocks * block, buffers.table + 1)
  if (whole === null || (rest > 0 && last === null)) return null
  const steps = [...whole.steps, ...(last?.steps ?? []).map((step) => ({ ...step, joins: true }))]
  return planOf(steps, [], [...whole.tables, ...(last?.tables ?? [])])
}
