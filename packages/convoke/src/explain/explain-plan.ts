// What the planner chooses, in words.

import type { Backend, Epilogue, PlanExplanation } from '../backends/backend.ts'
import { currentBackend, currentPlanning } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import { resolveActivation } from '../ops/activations.ts'
import { checkChoice } from '../ops/arguments.ts'
import { type ConvOptions, convKeys } from '../ops/conv.ts'
import { computedOf, convolveKeys, isSeparableKernel, pictureSpec, slidingOf } from '../ops/signal.ts'
import type { ConvolveOptions } from '../ops/signal-options.ts'
import { checkShape, sizeOf } from '../shapes/broadcast.ts'
import { convShapes, convSpec } from '../shapes/conv-spec.ts'
import { checkOptions } from '../shapes/error.ts'
import { Tensor } from '../tensor/tensor.ts'

export type { PlanExplanation }

/** The options of `explainPlan`: those of the convolution. */
export interface ExplainOptions extends ConvOptions {
  /** Explains the gradient in the filter, as a training step computes it, in place of the convolution itself. */
  readonly gradient?: 'filter' | undefined
}

const floats = (shape: readonly number[]) => ({ dtype: 'float32', length: sizeOf(shape) }) as const

/**
 * How the current backend would compute `conv(input, filter, options)` for an input of shape `[batch, ...spatial, in]`
 * and a filter of shape `[...kernel, in / groups, out]`, or a filter itself: where it is a column times a row, two passes
 * take its place. Throws `ConvokeError` when they do not fit together.
 *
 * @example
 * await useBackend('wasm')
 * explainPlan([1, 56, 56, 64], [3, 3, 64, 64], { stride: 2 }).algorithm  // 'direct'
 * explainPlan([8, 56, 56, 64], [3, 3, 64, 64], { gradient: 'filter' }).algorithm  // 'winograd'
 */
export function explainPlan(
  inputShape: readonly number[],
  filterLike: readonly number[] | Tensor,
  options: ExplainOptions = {},
): PlanExplanation {
  checkShape('explainPlan', inputShape)
  const given = filterLike instanceof Tensor ? filterLike : null
  const filterShape = filterLike instanceof Tensor ? filterLike.shape : filterLike
  checkShape('explainPlan', filterShape)
  checkOptions('explainPlan', options, [...convKeys, 'gradient'], ['activation'])
  const conv = convSpec('explainPlan', inputShape, filterShape, options)
  const activation = resolveActivation('explainPlan', options.activation)
  const precision = options.precision ?? 'fast'
  checkChoice('explainPlan', 'the precision', precision, ['fast', 'exact'])
  const [bias, residual] = [options.bias !== undefined, options.residual !== undefined]
  const epilogue: Epilogue | null = bias || residual || activation !== null ? { bias, residual, activation } : null
  const backend = currentBackend()
  if (backend.explain === undefined) return oneWay(backend)
  const plan = options.plan ?? currentPlanning()
  checkChoice('explainPlan', 'the plan', plan, ['model', 'measure'])
  const { input, filter, output } = convShapes(conv)
  const measured = plan === 'measure' ? { plan } : {}
  if (options.gradient !== undefined) {
    checkChoice('explainPlan', 'the gradient', options.gradient, ['filter'])
    const spec = { conv, precision, ...measured }
    return backend.explain(kernels.convFilterGradient, spec, [input, output].map(floats), [floats(filter)])
  }
  const spec = { conv, epilogue, precision, ...measured }
  const others = [...(bias ? [[conv.outputChannels]] : []), ...(residual ? [output] : [])].map(floats)
  return backend.explain(
    kernels.conv,
    spec,
    [floats(input), known(given, backend) ?? floats(filter), ...others],
    [floats(output)],
  )
}

/**
 * How the current backend would compute `correlate(input, kernel, options)`, or `convolve`, for an input of this shape and
 * a kernel, its shape, or one rank-1 tensor per axis; without gradients. Throws `ConvokeError` when they do not fit together.
 *
 * @example
 * await useBackend('wasm')
 * explainCorrelate([1080, 1920, 3], [5, 5], { mode: 'same', boundary: 'mirror' }).algorithm  // 'picture'
 */
export function explainCorrelate(
  inputShape: readonly number[],
  kernel: readonly number[] | Tensor | readonly Tensor[],
  options: ConvolveOptions = {},
): PlanExplanation {
  const op = 'explainCorrelate'
  checkShape(op, inputShape)
  checkOptions(op, options, convolveKeys)
  const parts = isSeparableKernel(kernel) ? kernel : null
  const sizes = parts?.map(({ size }) => size) ?? (kernel instanceof Tensor ? kernel.shape : (kernel as number[]))
  checkShape(op, sizes)
  const spec = pictureSpec(op, computedOf(slidingOf(op, inputShape, sizes, parts !== null, options)))
  const backend = currentBackend()
  if (backend.explain === undefined) return oneWay(backend)
  if (spec === null) {
    const reason = 'strides, three axes and many channels are padded, then convolved channel by channel'
    return { algorithm: 'composed', kernel: 'pad, then conv', reason, others: [] }
  }
  const { input, output } = convShapes(spec.conv)
  const weights = spec.factors ? sizes.map((size) => floats([size])) : [known(kernel, backend) ?? floats(sizes)]
  return backend.explain(kernels.correlate, spec, [floats(input), ...weights], [floats(output)])
}

/** The buffer of a tensor that lives on this backend. */
const known = (value: unknown, backend: Backend) =>
  value instanceof Tensor && value.storage.backend === backend ? value.storage.buffer : undefined

const oneWay = ({ name }: Backend): PlanExplanation => ({
  algorithm: 'loops',
  kernel: name,
  reason: `the ${name} backend has one way`,
  others: [],
})
