// Convolution as deep learning means it (a correlation), any spatial rank, and the three bilinear maps that are each
// other's gradients:
//
//   y = conv(x, f)              ∂x = adjoint(∂y, f)     ∂f = filterGradient(x, ∂y)
//   x = adjoint(y, f)           ∂y = conv(∂x, f)        ∂f = filterGradient(∂x, y)
//   f = filterGradient(x, y)    ∂x = adjoint(y, ∂f)     ∂y = conv(x, ∂f)

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive, type Reach, type Thunk } from '../autodiff/primitive.ts'
import { isTracked } from '../autodiff/tape.ts'
import type { ConvDemand, Epilogue, Kernel, KernelSpecs, Planning, Precision } from '../backends/backend.ts'
import { currentPlanning } from '../backends/current.ts'
import * as kernels from '../backends/kernels/index.ts'
import { specText } from '../backends/spec-text.ts'
import {
  type ConvGeometry,
  type ConvSpec,
  type ConvTransposeGeometry,
  convShapes,
  convSpec,
  convTransposeSpec,
} from '../shapes/conv-spec.ts'
import { check, checkOptions, showShape } from '../shapes/error.ts'
import { createKnownBy } from '../shapes/known.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type ActivationOption, activate, activationGradient, fromResult, resolveActivation } from './activations.ts'
import { checkChoice, floatTensor } from './arguments.ts'
import { reshape, sum } from './stretch.ts'

/** What is added and applied to the result of a convolution, in this order: bias, residual, activation. */
export interface EpilogueOptions {
  /** One value an output channel, shape `[out]`. */
  readonly bias?: TensorLike | undefined
  /** A tensor of the result's shape, added before the activation. */
  readonly residual?: Tensor | undefined
  /** Applied to the sum: a name, or a name with its constants, as in `{ kind: 'leakyRelu', alpha: 0.1 }`. None when not given. */
  readonly activation?: ActivationOption | null | undefined
  /**
   * 'exact' rules out algorithms that round more than a plain sum does, by how large the numbers around are, and that pass an
   * infinity or a NaN on to neighbouring results of the same example (Winograd, FFT). Defaults to 'fast'.
   */
  readonly precision?: Precision | undefined
  /**
   * 'measure' tries the algorithms and tiles that could run, the first time a shape is met, and keeps to the fastest; in
   * Node the choice is kept on disk. Takes from milliseconds to a second once. Results differ by rounding from one
   * algorithm to another. 'model' asks a model of the machine and takes no time. Defaults to what `useBackend` was told.
   */
  readonly plan?: Planning | undefined
}

/** The options of `conv`, `conv1d`, `conv2d` and `conv3d`. */
export interface ConvOptions extends ConvGeometry, EpilogueOptions {}
/** The options of `convTranspose` and its forms for one, two and three axes. */
export interface ConvTransposeOptions extends ConvTransposeGeometry, EpilogueOptions {}

/** The options of `conv`. */
export const convKeys = [
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'residual',
  'activation',
  'precision',
  'plan',
]
const transposeKeys = [...convKeys, 'outputPadding', 'outputSize']

interface Prepared {
  readonly x: Tensor
  readonly filter: Tensor
  /** Gives the result the batch axis the caller left out, or leaves it. */
  readonly restore: (y: Tensor) => Tensor
}

/** Tensors of ranks that fit together; an input without a batch axis becomes a batch of one. */
export function prepare(op: string, input: TensorLike, filterLike: TensorLike, rank: number | null): Prepared {
  const x = floatTensor(op, 'the input', input)
  const filter = floatTensor(op, 'the filter', filterLike)
  const spatial = rank ?? filter.rank - 2
  check(
    filter.rank === spatial + 2 && spatial >= 1 && spatial <= 3,
    () =>
      `${op}: the filter has rank ${filter.rank} (shape ${showShape(filter.shape)}); it must be [...kernel, in / groups, out], rank ${rank === null ? '3 to 5' : rank + 2}.`,
  )
  const wanted = ['batch', ...['depth', 'height', 'width'].slice(3 - spatial), 'channels'].join(', ')
  check(
    x.rank === spatial + 2 || x.rank === spatial + 1,
    () =>
      `${op}: the input has rank ${x.rank} (shape ${showShape(x.shape)}); it must be [${wanted}], the batch axis may be left out.`,
  )
  if (x.rank === spatial + 2) return { x, filter, restore: (y) => y }
  return { x: reshape(x, [1, ...x.shape]), filter, restore: (y) => reshape(y, y.shape.slice(1)) }
}

type KernelSpec = KernelSpecs['conv']

/** What the kernels take: the same object for the same question, so that a backend knows it at sight. Constants of activations could be any number. */
const kernelSpecs = /* @__PURE__ */ createKnownBy<ConvSpec, KernelSpec>(64)

function kernelSpecOf({ conv, epilogue, demand }: Convolving): KernelSpec {
  const { precision, training, plan } = demand
  const key = `${precision} ${training} ${plan}${epilogue === null ? '' : specText(epilogue)}`
  return kernelSpecs(conv, key, () => {
    const made = epilogue && {
      ...epilogue,
      activation: epilogue.activation && Object.freeze({ ...epilogue.activation }),
    }
    return Object.freeze({ conv, epilogue: made && Object.freeze(made), ...demand })
  })
}

/** Which of the three bilinear maps, of what, under which demand; and what happens to its result. */
interface Convolving {
  readonly conv: ConvSpec
  readonly demand: ConvDemand
  readonly epilogue: Epilogue | null
}

/** A convolution, or its adjoint in x. `toFactors` gives the gradients of both factors of the bilinear map; its epilogue adds the others. */
const bilinear = <K extends 'conv' | 'convTranspose'>(
  kernel: Kernel<K>,
  [result, reach]: readonly ['output' | 'input', Reach],
  toFactors: (spec: Convolving, g: Thunk, x: Tensor, filter: Tensor) => readonly Thunk[],
): Primitive<Convolving, K> => ({
  kernel,
  kernelSpec: kernelSpecOf,
  shape: ({ conv }) => convShapes(conv)[result],
  reach,
  saves: ([x, filter], outputs, { epilogue }) => (epilogue?.activation ? [x, filter, ...outputs] : [x, filter]),
  gradient: (gradient, [x, filter, y], spec) => {
    const { bias = false, residual = false, activation = null } = spec.epilogue ?? {}
    let before: Tensor | undefined
    const g = (): Tensor => {
      before ??= activation === null ? gradient : activationGradient(activation, gradient, y, y)
      return before
    }
    const toBias = () => sum(g(), { axes: gradient.shape.slice(0, -1).map((_, axis) => axis) })
    return [...toFactors(spec, g, x, filter), ...(bias ? [toBias] : []), ...(residual ? [g] : [])]
  },
})

/** The bilinear map y = conv(x, f), differentiable to any order. */
const convolving = /* @__PURE__ */ bilinear(kernels.conv, ['output', 'windows'], ({ conv, demand }, g, x, filter) => [
  () => convAdjoint(conv, g(), filter, demand),
  () => convFilterGradient(conv, x, g(), demand),
])

/** Its adjoint in x. */
const transposed = /* @__PURE__ */ bilinear(
  kernels.convTranspose,
  ['input', 'adjoint'],
  ({ conv, demand }, g, y, filter) => [
    () => convForward(conv, g(), filter, demand),
    () => convFilterGradient(conv, g(), y, demand),
  ],
)

/** Its adjoint in f. */
const filterGradient: Primitive<Convolving, 'convFilterGradient'> = {
  kernel: kernels.convFilterGradient,
  kernelSpec: ({ conv, demand: { training, ...asked } }) => ({ conv, ...asked }),
  shape: ({ conv }) => convShapes(conv).filter,
  gradient: (g, [x, y], { conv, demand }) => [
    () => convAdjoint(conv, y, g, { ...demand, training: true }),
    () => convForward(conv, x, g, { ...demand, training: true }),
  ],
}

const convForward = (conv: ConvSpec, x: Tensor, filter: Tensor, demand: ConvDemand): Tensor =>
  apply(convolving, { conv, demand, epilogue: null }, [x, filter])

const convAdjoint = (conv: ConvSpec, y: Tensor, filter: Tensor, demand: ConvDemand): Tensor =>
  apply(transposed, { conv, demand, epilogue: null }, [y, filter])

const convFilterGradient = (conv: ConvSpec, x: Tensor, y: Tensor, demand: ConvDemand): Tensor =>
  apply(filterGradient, { conv, demand, epilogue: null }, [x, y])

/** Runs a convolution with its epilogue. */
function runEpilogue(
  op: string,
  primitive: Primitive<Convolving>,
  conv: ConvSpec,
  x: Tensor,
  filter: Tensor,
  options: EpilogueOptions,
): Tensor {
  const shapes = convShapes(conv)
  const shape = primitive === convolving ? shapes.output : shapes.input
  const channels = shape[shape.length - 1]
  const activation = resolveActivation(op, options.activation)
  const bias = options.bias === undefined ? null : floatTensor(op, 'the bias', options.bias)
  check(
    bias === null || (bias.rank === 1 && bias.size === channels),
    () =>
      `${op}: the bias has shape ${showShape(bias?.shape ?? [])}; the result has ${channels} channels. Use shape [${channels}].`,
  )
  const residual = options.residual === undefined ? null : fitResidual(op, options.residual, shape)
  const precision = options.precision ?? 'fast'
  checkChoice(op, 'the precision', precision, ['fast', 'exact'])
  const plan = options.plan ?? currentPlanning()
  checkChoice(op, 'the plan', plan, ['model', 'measure'])
  const inputs = [x, filter, ...(bias === null ? [] : [bias]), ...(residual === null ? [] : [residual])]
  // An activation whose derivative needs more than its result is an op of its own where somebody differentiates it.
  const fused = activation === null || fromResult(activation) || !isTracked(inputs) ? activation : null
  const plain = bias === null && residual === null && fused === null
  const epilogue: Epilogue | null = plain
    ? null
    : { bias: bias !== null, residual: residual !== null, activation: fused }
  const measured = plan === 'measure' ? { plan } : {}
  const demand: ConvDemand = { precision, training: isTracked([filter]), ...measured }
  const y = apply(primitive, { conv, demand, epilogue }, inputs)
  return activation !== null && fused === null ? activate(activation, y) : y
}

function fitResidual(op: string, value: Tensor, shape: readonly number[]): Tensor {
  const residual = floatTensor(op, 'the residual', value)
  const batched = residual.rank === shape.length - 1 ? reshape(residual, [1, ...residual.shape]) : residual
  check(
    batched.shape.join() === shape.join(),
    () =>
      `${op}: the residual has shape ${showShape(residual.shape)}, the result ${showShape(shape)}. They must be equal.`,
  )
  return batched
}

/** `conv` under the name a caller used; a null rank is that of the filter. */
export function runConv(
  op: string,
  rank: number | null,
  input: TensorLike,
  filterLike: TensorLike,
  options: ConvOptions,
): Tensor {
  return scope(() => {
    checkOptions(op, options, convKeys, ['activation'])
    const { x, filter, restore } = prepare(op, input, filterLike, rank)
    const spec = convSpec(op, x.shape, filter.shape, options)
    return restore(runEpilogue(op, convolving, spec, x, filter, options))
  })
}

/**
 * Deep learning's convolution (the kernel slides as it is) over 1 to 3 spatial axes:
 *
 *     y[b, o, co] = Σ_t Σ_ci x[b, o·stride − before + t·dilation, ci] · f[t, ci, co]
 *
 * Input `[batch, ...spatial, in]` (the batch axis may be left out), filter `[...kernel, in / groups, out]`, result
 * `[batch, ...output, out]`. Throws `ConvokeError` when shapes or options do not fit.
 *
 * @example
 * const x = ones([1, 5, 5, 3])
 * const filters = ones([3, 3, 3, 8])
 * conv(x, filters, { stride: 2, padding: 'same' }).shape  // [1, 3, 3, 8]
 */
export const conv = (input: TensorLike, filter: TensorLike, options: ConvOptions = {}): Tensor =>
  runConv('conv', null, input, filter, options)

/** {@link conv} over one axis: input `[batch, length, in]`, filter `[kernel, in / groups, out]`. */
export const conv1d = (input: TensorLike, filter: TensorLike, options: ConvOptions = {}): Tensor =>
  runConv('conv1d', 1, input, filter, options)

/**
 * {@link conv} over two axes: input `[batch, height, width, in]`, filter `[height, width, in / groups, out]`, result
 * `[batch, height, width, out]`.
 *
 * @example
 * const pictures = ones([8, 28, 28, 1])
 * conv2d(pictures, ones([5, 5, 1, 32]), { stride: 2, padding: 'same', activation: 'relu' }).shape  // [8, 14, 14, 32]
 */
export const conv2d = (input: TensorLike, filter: TensorLike, options: ConvOptions = {}): Tensor =>
  runConv('conv2d', 2, input, filter, options)

/** {@link conv} over three axes: input `[batch, depth, height, width, in]`, filter `[depth, height, width, in / groups, out]`. */
export const conv3d = (input: TensorLike, filter: TensorLike, options: ConvOptions = {}): Tensor =>
  runConv('conv3d', 3, input, filter, options)

function runConvTranspose(
  op: string,
  rank: number | null,
  input: TensorLike,
  filterLike: TensorLike,
  options: ConvTransposeOptions,
): Tensor {
  return scope(() => {
    checkOptions(op, options, transposeKeys, ['activation'])
    const { x, filter, restore } = prepare(op, input, filterLike, rank)
    const spec = convTransposeSpec(op, x.shape, filter.shape, options)
    return restore(runEpilogue(op, transposed, spec, x, filter, options))
  })
}

/**
 * The exact adjoint of `conv(·, filter)`, also called deconvolution: ⟨conv(x, f), y⟩ = ⟨x, convTranspose(y, f)⟩.
 * Input `[batch, ...spatial, in]`, filter `[...kernel, out / groups, in]`. Without `outputSize` the result has
 * (input − 1)·stride − before − after + dilation·(kernel − 1) + 1 + outputPadding elements an axis; with
 * `padding: 'same'`, input · stride.
 *
 * @example
 * convTranspose(ones([1, 4, 4, 8]), ones([2, 2, 3, 8]), { stride: 2 }).shape  // [1, 8, 8, 3]
 */
export const convTranspose = (input: TensorLike, filter: TensorLike, options: ConvTransposeOptions = {}): Tensor =>
  runConvTranspose('convTranspose', null, input, filter, options)

/** `convTranspose` over one axis. */
export const convTranspose1d = (input: TensorLike, filter: TensorLike, options: ConvTransposeOptions = {}): Tensor =>
  runConvTranspose('convTranspose1d', 1, input, filter, options)

/** `convTranspose` over two axes. */
export const convTranspose2d = (input: TensorLike, filter: TensorLike, options: ConvTransposeOptions = {}): Tensor =>
  runConvTranspose('convTranspose2d', 2, input, filter, options)

/** `convTranspose` over three axes. */
export const convTranspose3d = (input: TensorLike, filter: TensorLike, options: ConvTransposeOptions = {}): Tensor =>
  runConvTranspose('convTranspose3d', 3, input, filter, options)
