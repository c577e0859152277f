// One kernel over all channels by FFT: channels last, a row of pixels is a row of one channel, and the kernel's taps lie as
// many places apart as there are channels.

import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { type Blocking, chooseBlocking } from './choose-blocks.ts'
import { blocksSlots } from './cost.ts'
import { framed, frameOf } from './frame.ts'
import { planFftBlocks } from './plan-blocks.ts'
import { type FftProblem, problemOf } from './problem.ts'

type CorrelateSpec = KernelSpecs['correlate']

export interface CorrelateChoice {
  readonly problem: FftProblem
  readonly blocking: Blocking
  readonly slots: number
}

/** The problem without its boundary. */
function pictureProblem({ conv }: CorrelateSpec): FftProblem | null {
  const problem = problemOf(conv)
  if (problem === null) return null
  const channels = conv.inputChannels
  const [depth, height, width] = problem.axes
  const flat = {
    ...{ input: width.input * channels, output: width.output * channels, before: width.before * channels },
    extent: (width.extent - 1) * channels + 1,
  }
  return { ...problem, axes: [depth, height, flat], groups: 1, inputs: 1, outputs: 1 }
}

const isEmpty = ({ axes, images }: FftProblem): boolean =>
  images === 0 || axes.some(({ input, output }) => input === 0 || output === 0)

/** The tiles that cost least, with slots for all; null where the algorithm does not apply. */
export function chooseCorrelateFft(spec: CorrelateSpec, target: Target): CorrelateChoice | null {
  const bare = pictureProblem(spec)
  if (bare === null || isEmpty(bare) || (spec.factors && spec.conv.rank > 2)) return null
  const { boundary, conv } = spec
  const problem = boundary === 'zero' ? bare : framed(bare, frameOf(bare, boundary, conv.inputChannels))
  const blocking = chooseBlocking(problem, target)
  return blocking === undefined ? null : { problem, blocking, slots: blocksSlots(problem, blocking, target) }
}

/** Buffers: x and the kernel, or its two factors; then y. */
export function planCorrelateFft(
  spec: CorrelateSpec,
  { problem, blocking }: CorrelateChoice,
  target: Target,
): KernelPlan {
  const { conv, boundary, factors, turned = false } = spec
  const channels = conv.inputChannels
  const dilation = conv.dilation.map((step, axis) => (axis === conv.rank - 1 ? step * channels : step))
  const filter = { spec: { ...conv, dilation }, turned, single: true, factors }
  const bare = pictureProblem(spec)
  const frame =
    boundary === 'zero' || bare === null
      ? {}
      : {
          frame: {
            frame: frameOf(bare, boundary, channels),
            imageFloats: bare.axes.reduce((size, { input }) => size * input, 1),
          },
        }
  return planFftBlocks({ problem, blocking, filter, epilogue: null, ...frame }, target)
}
