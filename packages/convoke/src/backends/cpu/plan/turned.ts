// Convolutions of very many taps and few outputs, turned: taps and outputs change places, and with them strides and dilations,
// filter and y, images and the channels of a group of x. Plans write down each tap, but not each output.
//
//     asked for                 is, turned,
//     y of x and filter         the gradient of a filter, of x and y
//     x of y and filter         the adjoint, of filter and y
//     filter of x and y         a convolution, of x and filter

import { sizeOf } from '../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import { renumbered } from '../kernels/convolution/renumbered.ts'
import { planCopy } from '../kernels/copy/copy.ts'
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
  const scratch = [...plan.scratch, ...derived.map(({ bytes }) => bytes)]
  const operands = order.length
  const copied = (operand: Operand, from: number, to: number): KernelStep[] => {
    const { shape, strides } = layoutOf(conv, operand)
    const dense = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
    const back = from >= operands
    const copy = {
      ...{ shape, inputOffset: 0, inputStrides: back ? dense : strides },
      ...{ outputOffset: 0, outputStrides: back ? strides : dense },
    }
    return planCopy(copy, 'float32', target).steps.map((step) => renumbered(step, [from, to]))
  }
  /** Its buffer, turned: scratch where it lies otherwise. */
  const places = new Map(
    order.map((operand, buffer) => {
      const { shape, same } = layoutOf(conv, operand)
      return [operand, same ? buffer : operands + scratch.push(4 * sizeOf(shape)) - 1] as const
    }),
  )
  const placeOf = (operand: Operand): number => places.get(operand) as number
  const count = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i)
  const tables = operands + scratch.length
  const buffers = [
    ...own.map(placeOf),
    ...count(operands, plan.scratch.length),
    ...count(tables, plan.tables.length),
    ...count(tables + plan.tables.length, plan.workerScratch?.length ?? 0),
    ...count(operands + plan.scratch.length, derived.length),
  ]
  const moves = order.flatMap((operand, buffer) => (placeOf(operand) === buffer ? [] : [{ operand, buffer }]))
  const result = order[operands - 1]
  const steps = [
    ...moves.flatMap(({ operand, buffer }) => (operand === result ? [] : copied(operand, buffer, placeOf(operand)))),
    ...[...derived.flatMap((entry) => entry.steps ?? []), ...plan.steps].map((step) => renumbered(step, buffers)),
    ...moves.flatMap(({ operand, buffer }) => (operand === result ? copied(operand, placeOf(operand), buffer) : [])),
  ]
  return Object.freeze({
    ...{ name: plan.name, steps, scratch, tables: plan.tables },
    workerScratch: plan.workerScratch ?? [],
  })
}
