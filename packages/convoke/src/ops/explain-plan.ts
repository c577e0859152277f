// What the planner chooses, in words.

import type { Epilogue } from '../backends/backend.ts'
import { isCpuBackend, isSeparable } from '../backends/cpu/backend.ts'
import type { EngineBuffer } from '../backends/cpu/engine-buffer.ts'
import { asksForFactors, type Planned } from '../backends/cpu/plan/index.ts'
import { currentBackend, currentPlanning } from '../backends/current.ts'
import * as kernels from '../backends/kernels.ts'
import { checkShape, sizeOf } from '../shapes/broadcast.ts'
import { convShapes, convSpec } from '../shapes/conv-spec.ts'
import { checkOptions } from '../shapes/error.ts'
import { Tensor } from '../tensor/tensor.ts'
import { resolveActivation } from './activations.ts'
import { checkChoice } from './arguments.ts'
import { type ConvOptions, convKeys } from './conv.ts'
import { type ConvolveOptions, computedOf, convolveKeys, isSeparableKernel, pictureSpec, slidingOf } from './signal.ts'

export interface PlanExplanation {
  /** `direct`, `pointwise`, `depthwise`, `winograd`, …; `loops` where plain TypeScript computes it. */
  readonly algorithm: string
  /** The kernel that runs, with its tile and its instruction set: `direct 6x4 avx512`. */
  readonly kernel: string
  /** Why, for a person. */
  readonly reason: string
}

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
  if (!isCpuBackend(backend)) {
    return { algorithm: 'loops', kernel: backend.name, reason: `the ${backend.name} backend has one way` }
  }
  const { runtime } = backend
  const plan = options.plan ?? currentPlanning()
  checkChoice('explainPlan', 'the plan', plan, ['model', 'measure'])
  const { input, filter, output } = convShapes(conv)
  const measured = plan === 'measure' ? { plan } : {}
  if (options.gradient !== undefined) {
    checkChoice('explainPlan', 'the gradient', options.gradient, ['filter'])
    return inWords(
      backend.explain({
        kernel: kernels.convFilterGradient,
        spec: { conv, precision, ...measured },
        inputs: [input, output].map(floats),
        outputs: [floats(filter)],
        runtime,
      }),
    )
  }
  const spec = { conv, epilogue, precision, ...measured }
  const looksAt = given !== null && given.storage.backend === backend && asksForFactors(kernels.conv, spec)
  const planned = backend.explain({
    kernel: kernels.conv,
    spec,
    inputs: [input, filter, ...(bias ? [[conv.outputChannels]] : []), ...(residual ? [output] : [])].map(floats),
    outputs: [floats(output)],
    runtime,
    separable: looksAt && isSeparable('conv', given.storage.buffer as EngineBuffer, conv),
  })
  return inWords(planned)
}

/**
 * How the current backend would compute `correlate(input, kernel, options)`, or `convolve`, for an input of this shape and
 * a kernel, its shape, or one rank-1 tensor an axis; without gradients. Throws `ConvokeError` when they do not fit together.
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
  if (!isCpuBackend(backend)) {
    return { algorithm: 'loops', kernel: backend.name, reason: `the ${backend.name} backend has one way` }
  }
  if (spec === null) {
    const reason = 'strides, three axes and many channels are padded, then convolved channel by channel'
    return { algorithm: 'composed', kernel: 'pad, then conv', reason }
  }
  const looksAt =
    kernel instanceof Tensor && kernel.storage.backend === backend && asksForFactors(kernels.correlate, spec)
  const { input, output } = convShapes(spec.conv)
  return inWords(
    backend.explain({
      kernel: kernels.correlate,
      spec,
      inputs: [input, ...(spec.factors ? sizes.map((size) => [size]) : [sizes])].map(floats),
      outputs: [floats(output)],
      runtime: backend.runtime,
      separable: looksAt && isSeparable('correlate', kernel.storage.buffer as EngineBuffer, spec.conv),
    }),
  )
}

function inWords(planned: Planned): PlanExplanation {
  if (!('plan' in planned)) return { algorithm: 'loops', kernel: 'TypeScript loops', reason: planned.fallback }
  const { name } = planned.plan
  return { algorithm: planned.algorithm ?? name, kernel: name, reason: planned.reason }
}
