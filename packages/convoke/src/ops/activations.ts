// Activations, each with the paper that named it. As ops, and by name in the epilogue of a convolution.

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { Activation, InvertibleActivation } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { derivatives } from './activation-derivatives.ts'
import { checkChoice, checkFinite, floatTensor } from './arguments.ts'
import { elementwise, evaluate, type Parts } from './elementwise.ts'
import { isStretched } from './stretch.ts'

/** Activations that need no constants, by name. */
export type ActivationName = Exclude<Activation['kind'], 'clip'> | 'relu6'

/** What the option `activation` of a convolution accepts. */
export type ActivationOption = ActivationName | Activation

/** Whether the derivative follows from the result alone. */
export const fromResult = (activation: Activation): activation is InvertibleActivation =>
  ['relu', 'clip', 'sigmoid', 'tanh', 'hardSigmoid'].includes(activation.kind) ||
  (activation.kind === 'leakyRelu' && activation.alpha > 0)

/** In one pass where it need not be differentiated itself. Of x, or y where that is enough, in place of both. */
export const activationGradient = (activation: Activation, g: Tensor, x: Tensor, y: Tensor): Tensor =>
  fromResult(activation) && !isStretched(g)
    ? apply(gradientFromResult, activation, [g, y])
    : gradientByFormula(activation, g, x, y)

const gradientByFormula = (activation: Activation, g: Tensor, x: Tensor, y: Tensor): Tensor =>
  evaluate(derivatives[activation.kind], [g, x, y], constantsOf(activation))

const gradientFromResult: Primitive<InvertibleActivation, 'activationGradient'> = {
  kernel: kernels.activationGradient,
  kernelSpec: (activation) => ({ activation }),
  composition: (activation, [g, y]) => [() => gradientByFormula(activation, g, y, y)],
}

const constantsOf = (activation: Activation): readonly number[] =>
  'alpha' in activation ? [activation.alpha] : 'low' in activation ? [activation.low, activation.high] : []

const activating: Primitive<Activation, 'unary'> = {
  name: 'activation',
  kernel: kernels.unary,
  kernelSpec: (activation) => ({ op: activation.kind, activation }),
  // Where y is enough, x need not be kept.
  saves: ([x], [y], activation) => (fromResult(activation) ? [y, y] : [x, y]),
  gradient: (g, [x, y], spec) => [() => activationGradient(spec, g, x, y)],
}

/** An activation with its constants, applied. */
export const activate = (activation: Activation, value: TensorLike): Tensor =>
  scope(() => apply(activating, activation, [floatTensor(activation.kind, 'x', value)]))

/** max(x, 0) (Nair & Hinton 2010). */
export const relu = (x: TensorLike): Tensor => activate({ kind: 'relu' }, x)

/** x for x ≥ 0, alpha·x below (Maas et al. 2013). */
export function leakyRelu(
  x: TensorLike,
  options: {
    /** Slope for x below 0: 0.01 when not given. */
    alpha?: number | undefined
  } = {},
): Tensor {
  checkOptions('leakyRelu', options, ['alpha'])
  return activate(withConstants('leakyRelu', options), x)
}

const preluParts: Parts = {
  formula: (o, [x, alpha]) => o.where(o.less(x, 0), o.multiply(x, alpha), x),
  gradients: [
    (o, [g, x, alpha]) => o.where(o.less(x, 0), o.multiply(g, alpha), g),
    (o, [g, x]) => o.where(o.less(x, 0), o.multiply(g, x), 0),
  ],
}

/** x for x ≥ 0, alpha·x below, alpha being a tensor that broadcasts, one value a channel as a rule (He et al. 2015). */
export function prelu(x: TensorLike, alpha: TensorLike): Tensor {
  return scope(() => {
    const inputs = [floatTensor('prelu', 'x', x), floatTensor('prelu', 'alpha', alpha)]
    return apply(elementwise, { ...preluParts, constants: [] }, inputs)
  })
}

/** x for x > 0, alpha·(eˣ − 1) below (Clevert et al. 2015). */
export function elu(
  x: TensorLike,
  options: {
    /** The result tends to −alpha as x falls: 1 when not given. */
    alpha?: number | undefined
  } = {},
): Tensor {
  checkOptions('elu', options, ['alpha'])
  return activate(withConstants('elu', options), x)
}

/** ELU with the constants that keep mean 0 and variance 1 (Klambauer et al. 2017). */
export const selu = (x: TensorLike): Tensor => activate({ kind: 'selu' }, x)

/** x·Φ(x), Φ the normal distribution function; `approximate: 'tanh'` for the tanh form (Hendrycks & Gimpel 2016). */
export function gelu(
  x: TensorLike,
  options: {
    /** 'none', when not given, for the exact function; 'tanh' for the approximation by a tanh. */
    approximate?: 'none' | 'tanh' | undefined
  } = {},
): Tensor {
  checkOptions('gelu', options, ['approximate'])
  const { approximate = 'none' } = options
  checkChoice('gelu', 'approximate', approximate, ['none', 'tanh'])
  return activate({ kind: approximate === 'tanh' ? 'geluTanh' : 'gelu' }, x)
}

/** x·sigmoid(x), also called swish (Elfwing et al. 2017). */
export const silu = (x: TensorLike): Tensor => activate({ kind: 'silu' }, x)
/** x·tanh(softplus(x)) (Misra 2019). */
export const mish = (x: TensorLike): Tensor => activate({ kind: 'mish' }, x)
/** log(1 + eˣ) (Dugas et al. 2001). */
export const softplus = (x: TensorLike): Tensor => activate({ kind: 'softplus' }, x)
/** x / (1 + |x|) (Turian et al. 2009). */
export const softsign = (x: TensorLike): Tensor => activate({ kind: 'softsign' }, x)
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: TensorLike): Tensor => activate({ kind: 'sigmoid' }, x)
/** x·clip(x + 3, 0, 6) / 6 (Howard et al. 2019, MobileNetV3). */
export const hardSwish = (x: TensorLike): Tensor => activate({ kind: 'hardSwish' }, x)

/** clip(alpha·x + beta, 0, 1); alpha 1/6 and beta 1/2 as in MobileNetV3 (ONNX's default alpha is 0.2). */
export function hardSigmoid(
  x: TensorLike,
  options: {
    /** Slope between the two flat ends: 1/6 when not given. */
    alpha?: number | undefined
    /** Result for x = 0: 0.5 when not given. */
    beta?: number | undefined
  } = {},
): Tensor {
  checkOptions('hardSigmoid', options, ['alpha', 'beta'])
  return activate(withConstants('hardSigmoid', options), x)
}

/** x held between `low` and `high`. */
export function clip(x: TensorLike, low: number, high: number): Tensor {
  return activate(checkActivation('clip', { kind: 'clip', low, high }), x)
}

/** min(max(x, 0), 6) (Howard et al. 2017, MobileNets). */
export const relu6 = (x: TensorLike): Tensor => clip(x, 0, 6)

function withConstants(
  kind: 'leakyRelu' | 'elu' | 'hardSigmoid',
  options: { alpha?: number | undefined; beta?: number | undefined },
  op: string = kind,
): Activation {
  // With alpha 0 both are relu, which gives 0 below 0 at −∞, too.
  if (kind !== 'hardSigmoid' && options.alpha === 0) return { kind: 'relu' }
  if (kind === 'leakyRelu') return checkActivation(op, { kind, alpha: options.alpha ?? 0.01 })
  if (kind === 'elu') return checkActivation(op, { kind, alpha: options.alpha ?? 1 })
  return checkActivation(op, { kind, alpha: options.alpha ?? 1 / 6, beta: options.beta ?? 0.5 })
}

function checkActivation(op: string, activation: Activation): Activation {
  if ('alpha' in activation) checkFinite(op, 'alpha', activation.alpha)
  if (activation.kind === 'hardSigmoid') checkFinite(op, 'beta', activation.beta)
  if (activation.kind === 'clip') {
    const { low, high } = activation
    check(
      typeof low === 'number' && typeof high === 'number' && low <= high,
      () => `${op}: low ${show(low)} and high ${show(high)} must be numbers, and low no greater than high.`,
    )
  }
  return activation
}

const plain: readonly string[] = [
  'relu',
  'selu',
  'gelu',
  'geluTanh',
  'silu',
  'mish',
  'softplus',
  'softsign',
  'hardSwish',
  'sigmoid',
  'tanh',
]

/** The activation a user named, with its constants; null for none. Throws `ConvokeError` for an unknown name. */
export function resolveActivation(op: string, option: ActivationOption | null | undefined): Activation | null {
  if (option === null || option === undefined) return null
  if (option === 'relu6') return { kind: 'clip', low: 0, high: 6 }
  const given = typeof option === 'string' ? { kind: option } : option
  check(
    typeof given === 'object' && typeof given.kind === 'string',
    () =>
      `${op}: the activation is ${show(option)}; give its name, or an object such as { kind: 'leakyRelu', alpha: 0.1 }.`,
  )
  const { kind } = given
  checkOptions(`${op}: activation ${kind}`, given, ['kind', ...(constants[kind] ?? [])])
  if (kind === 'leakyRelu' || kind === 'elu' || kind === 'hardSigmoid') {
    return withConstants(kind, given as { alpha?: number | undefined; beta?: number | undefined }, op)
  }
  if (kind === 'clip' && 'low' in given) return checkActivation(op, given)
  check(
    plain.includes(kind),
    () =>
      `${op}: activation ${show(kind)} is not known. Use one of ${[...plain, 'leakyRelu', 'elu', 'hardSigmoid', 'relu6'].join(', ')}, or { kind: 'clip', low, high }.`,
  )
  return { kind } as Activation
}

/** The constants each kind takes. */
const constants: Readonly<Record<string, readonly string[]>> = {
  leakyRelu: ['alpha'],
  elu: ['alpha'],
  hardSigmoid: ['alpha', 'beta'],
  clip: ['low', 'high'],
}
