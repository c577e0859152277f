// The update rules. g is the gradient, θ the parameter, t the step, counted from 1.

import { check, show } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type BaseOptions, createOptimizer, type Optimizer, type ParameterGroup } from './optimizer.ts'

type Given<O> = readonly Tensor[] | readonly ParameterGroup<O>[]

function checkShares(kind: string, shares: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(shares)) {
    check(value >= 0 && value < 1, () => `${kind}: ${name} is ${show(value)}; it must be 0 or more and below 1.`)
  }
}

/** The options of `SGD`. The learning rate is 0.01 when not given. */
export interface SGDOptions extends BaseOptions {
  /** Share of the last step that the next repeats: 0 when not given. */
  readonly momentum: number
  /** Share of the gradient kept out of the momentum; 0 when not given. */
  readonly dampening: number
  /** Looks ahead along the momentum (Sutskever et al. 2013). Default false. */
  readonly nesterov: boolean
  /** L2 penalty: weightDecay·θ is added to the gradient. 0 when not given. */
  readonly weightDecay: number
}

/** b ← momentum·b + (1 − dampening)·g, θ ← θ − rate·b; with `nesterov` θ ← θ − rate·(g + momentum·b). */
export function SGD(parameters: Given<SGDOptions>, options: Partial<SGDOptions> = {}): Optimizer {
  const defaults = { learningRate: 0.01, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }
  return createOptimizer<SGDOptions>('SGD', parameters, defaults, options, {
    rule: ({ momentum, nesterov }) => ({ kind: 'sgd', momentum: momentum !== 0, nesterov }),
    memories: ({ momentum }) => (momentum === 0 ? [] : [{ name: 'velocity' }]),
    // The first gradient enters whole, as in PyTorch.
    coefficients: ({ options: { momentum, dampening, weightDecay }, rate, first }) => [
      ...[weightDecay, rate],
      ...[momentum, first ? 1 : 1 - dampening, momentum],
    ],
  })
}

/** The options of `Adam` and `AdamW`. The learning rate is 0.001 when not given. */
export interface AdamOptions extends BaseOptions {
  /** Shares kept of the averages of g and g²; [0.9, 0.999] when not given. */
  readonly betas: readonly [number, number]
  /** Added to the divisor: 1e-8 when not given. */
  readonly epsilon: number
  /**
   * `Adam`: weightDecay·θ is added to the gradient, 0 when not given. `AdamW`: θ shrinks by rate·weightDecay·θ, 0.01
   * when not given.
   */
  readonly weightDecay: number
  /** Divides by the largest average of g² so far (Reddi et al. 2018). Default false. */
  readonly amsgrad: boolean
}

function adam(
  kind: 'Adam' | 'AdamW',
  parameters: Given<AdamOptions>,
  defaults: AdamOptions,
  given: Partial<AdamOptions>,
) {
  const [beta1, beta2] = given.betas ?? defaults.betas
  checkShares(kind, { 'the first beta': beta1, 'the second beta': beta2 })
  return createOptimizer<AdamOptions>(kind, parameters, defaults, given, {
    rule: ({ amsgrad }) => ({ kind: 'adam', amsgrad }),
    memories: ({ amsgrad }) => [{ name: 'first' }, { name: 'second' }, ...(amsgrad ? [{ name: 'largest' }] : [])],
    coefficients: ({ options: { betas, epsilon, weightDecay }, rate, step }) => {
      const [first, second] = betas
      const corrected = [1 - first ** step, 1 / Math.sqrt(1 - second ** step)]
      // Adam penalises through the gradient; AdamW shrinks the parameter itself (Loshchilov & Hutter 2019).
      const [decay, shrink] = kind === 'Adam' ? [weightDecay, 1] : [0, 1 - rate * weightDecay]
      return [decay, rate / corrected[0], first, 1 - first, second, 1 - second, corrected[1], epsilon, shrink]
    },
  })
}

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · m̂ / (√v̂ + ε) (Kingma & Ba 2015). */
export const Adam = (parameters: Given<AdamOptions>, options: Partial<AdamOptions> = {}): Optimizer =>
  adam(
    'Adam',
    parameters,
    { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0, amsgrad: false },
    options,
  )

/** Adam with decoupled weight decay, 0.01 when not given (Loshchilov & Hutter 2019). */
export const AdamW = (parameters: Given<AdamOptions>, options: Partial<AdamOptions> = {}): Optimizer =>
  adam(
    'AdamW',
    parameters,
    { learningRate: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 1e-2, amsgrad: false },
    options,
  )

/** The options of `RMSprop`. The learning rate is 0.01 when not given. */
export interface RMSpropOptions extends BaseOptions {
  /** Share kept of the average of g²; 0.99 when not given. */
  readonly alpha: number
  /** Added to the divisor: 1e-8 when not given. */
  readonly epsilon: number
  /** L2 penalty: weightDecay·θ is added to the gradient. 0 when not given. */
  readonly weightDecay: number
  /** Share of the last step that the next repeats: 0 when not given. */
  readonly momentum: number
  /** Divides by the deviation instead of the root mean square (Graves 2013). Default false. */
  readonly centered: boolean
}

/** v ← αv + (1 − α)g², θ ← θ − rate · g / (√v + ε) (Tieleman & Hinton 2012). */
export function RMSprop(parameters: Given<RMSpropOptions>, options: Partial<RMSpropOptions> = {}): Optimizer {
  const defaults = { learningRate: 1e-2, alpha: 0.99, epsilon: 1e-8, weightDecay: 0, momentum: 0, centered: false }
  checkShares('RMSprop', { alpha: options.alpha ?? defaults.alpha })
  return createOptimizer<RMSpropOptions>('RMSprop', parameters, defaults, options, {
    rule: ({ centered, momentum }) => ({ kind: 'rmsprop', centered, momentum: momentum !== 0 }),
    memories: ({ centered, momentum }) => [
      { name: 'second' },
      ...(centered ? [{ name: 'first' }] : []),
      ...(momentum === 0 ? [] : [{ name: 'velocity' }]),
    ],
    coefficients: ({ options: { alpha, epsilon, weightDecay, momentum }, rate }) => [
      ...[weightDecay, rate, alpha, 1 - alpha, epsilon, momentum],
    ],
  })
}

/** The options of `Adagrad`. The learning rate is 0.01 when not given. */
export interface AdagradOptions extends BaseOptions {
  /** At step t the rate is divided by 1 + (t − 1)·rateDecay: 0 when not given. */
  readonly rateDecay: number
  /** L2 penalty: weightDecay·θ is added to the gradient. 0 when not given. */
  readonly weightDecay: number
  /** What the sum of squares starts from: 0 when not given. */
  readonly initial: number
  /** Added to the divisor: 1e-10 when not given. */
  readonly epsilon: number
}

/** v ← v + g², θ ← θ − rate · g / (√v + ε) (Duchi et al. 2011). */
export function Adagrad(parameters: Given<AdagradOptions>, options: Partial<AdagradOptions> = {}): Optimizer {
  const defaults = { learningRate: 1e-2, rateDecay: 0, weightDecay: 0, initial: 0, epsilon: 1e-10 }
  return createOptimizer<AdagradOptions>('Adagrad', parameters, defaults, options, {
    rule: () => ({ kind: 'adagrad' }),
    memories: ({ initial }) => [{ name: 'total', initial }],
    coefficients: ({ options: { rateDecay, weightDecay, epsilon }, rate, step }) => [
      ...[weightDecay, rate / (1 + (step - 1) * rateDecay), epsilon],
    ],
  })
}

/** The options of `Adadelta`. The learning rate is 1 when not given. */
export interface AdadeltaOptions extends BaseOptions {
  /** Share kept of both averages; 0.9 when not given. */
  readonly rho: number
  /** Added to both averages under the roots: 1e-6 when not given. */
  readonly epsilon: number
  /** L2 penalty: weightDecay·θ is added to the gradient. 0 when not given. */
  readonly weightDecay: number
}

/** v ← ρv + (1 − ρ)g², Δ = g·√(u + ε)/√(v + ε), u ← ρu + (1 − ρ)Δ², θ ← θ − rate·Δ (Zeiler 2012); the rate is 1 when not given. */
export function Adadelta(parameters: Given<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}): Optimizer {
  const defaults = { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 }
  checkShares('Adadelta', { rho: options.rho ?? defaults.rho })
  return createOptimizer<AdadeltaOptions>('Adadelta', parameters, defaults, options, {
    rule: () => ({ kind: 'adadelta' }),
    memories: () => [{ name: 'second' }, { name: 'changes' }],
    coefficients: ({ options: { rho, epsilon, weightDecay }, rate }) => [weightDecay, rate, rho, 1 - rho, epsilon],
  })
}
