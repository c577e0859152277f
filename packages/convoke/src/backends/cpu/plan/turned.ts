// Convolutions of very many taps and few outputs, turned: taps and outputs change places, and with them strides and dilations,
// filter and y, images and the channels of a group of x. Plans write down each tap, but not each output.
//
//     asked for                 is, turned,
//     y of x and filter         the gradient of a filter, of x and y
//     x of y and filter         the adjoint, of filter and y
//     filter of x and y         a convolution, of x and filter

import { sizeOf } from '../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import { nameBuffers } from '../kernels/buffers.ts'
import { copySteps } from '../kernels/copy/copy.ts'
import type { KernelPlan, KernelStep } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'

/** Taps from which on they are too many to write down. */
const manyTaps = 2 ** 13

export const hasManyTaps = ({ kernel, outputSize }: ConvSpec): boolean =>
  sizeOf(kernel) >= manyTaps && sizeOf(kernel) > sizeOf(outputSize)

export function turned(conv: ConvSpec): ConvSpec {
  const { batch, groups, inputSize, outputSize, kernel, stride, dilation, padding } = conv
  return {
    ...conv,
    ...{ batch: conv.inputChannels / groups, inputChannels: groups * batch },
    ...{ kernel: outputSize, outputSize: kernel, stride: dilation, dilation: stride },
    padding: padding.map(([before], axis) => {
      const extent = (kernel[axis] - 1) * dilation[axis] + (outputSize[axis] - 1) * stride[axis] + 1
      return [before, Math.max(0, extent - before - inputSize[axis])]
    }),
  }
}

type Operand = 'x' | 'y' | 'filter'

/** How an operand lies as asked for, [along][shape], and turned: the axes of the turned one, from the outermost. */
interface Layout {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** Whether both are the same. */
  readonly same: boolean
}

function layoutOf(conv: ConvSpec, operand: Operand): Layout {
  const { batch, groups, inputChannels, outputChannels } = conv
  const inner = inputChannels / groups
  const [inputs, outputs, taps] = [sizeOf(conv.inputSize), sizeOf(conv.outputSize), sizeOf(conv.kernel)]
  if (operand === 'x') {
    const strides = [1, inputChannels, inner, inputs * inputChannels]
    return { shape: [inner, inputs, groups, batch], strides, same: batch === 1 && inner === 1 }
  }
  if (operand === 'y') {
    const strides = [outputChannels, outputs * outputChannels, 1]
    return { shape: [outputs, batch, outputChannels], strides, same: batch === 1 }
  }
  return {
    shape: [inner, taps, outputChannels],
    strides: [outputChannels, inner * outputChannels, 1],
    same: inner === 1,
  }
}

/** The order of the operands of a plan: what it reads, then what it writes. */
type Order = readonly [Operand, Operand, Operand]

/** `order` is that of the plan asked for, `own` that of `planOf` by what its operands are turned: see above. */
export function planTurned(
  conv: ConvSpec,
  { order, own }: { readonly order: Order; readonly own: Order },
  planOf: (conv: ConvSpec) => KernelPlan,
  target: Target,
): KernelPlan {
  const plan = planOf(turned(conv))
  const derived = plan.derived ?? []
  const result = order[order.length - 1]
  const moved = order.filter((operand) => !layoutOf(conv, operand).same)
  const nameOf = (operand: Operand): string => (moved.includes(operand) ? `${operand} turned` : operand)
  const buffers = nameBuffers({
    given: order,
    scratch: Object.fromEntries([
      ...moved.map((operand) => [nameOf(operand), 4 * sizeOf(layoutOf(conv, operand).shape)]),
      ...derived.map(({ bytes }, i) => [`derived ${i}`, bytes]),
    ]),
    parts: [plan],
  })
  const { at } = buffers
  const copied = (operand: Operand): readonly KernelStep[] => {
    const { shape, strides } = layoutOf(conv, operand)
    const dense = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
    const back = operand === result
    const copy = {
      ...{ shape, inputOffset: 0, inputStrides: back ? dense : strides },
      ...{ outputOffset: 0, outputStrides: back ? strides : dense },
    }
    const [asked, held] = [at[operand], at[nameOf(operand)]]
    return copySteps(copy, 'float32', target, back ? held : asked, back ? asked : held)
  }
  const inside = buffers.part(
    0,
    own.map((operand) => at[nameOf(operand)]),
    derived.map((_, i) => at[`derived ${i}`]),
  )
  const steps = [
    ...moved.flatMap((operand) => (operand === result ? [] : copied(operand))),
    ...inside.derived.flatMap((entry) => entry.steps ?? []),
    ...inside.steps,
    ...(moved.includes(result) ? copied(result) : []),
  ]
  return Object.freeze({ name: plan.name, steps, ...buffers.own })
}
