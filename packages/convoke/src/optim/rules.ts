// The update rules. g is the gradient, θ the parameter, t the step, counted from 1.

import { add, divide, maximum, multiply, sqrt, square, subtract } from '../ops/index.ts'
import { check, show } from '../shapes/error.ts'
import { zeros } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type BaseOptions, createOptimizer, type Optimizer, type ParameterGroup } from './optimizer.ts'

type Given<O> = readonly Tensor[] | readonly ParameterGroup<O>[]

/** a + (b − a)·weight, as decaying averages are: (1 − weight)·a + weight·b. */
const average = (a: Tensor, b: Tensor, keepShare: number): Tensor =>
  add(multiply(a, keepShare), multiply(b, 1 - keepShare))

/** g + λ·θ: the gradient of an L2 penalty. */
const decayed = (gradient: Tensor, parameter: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : add(gradient, multiply(parameter, weightDecay))

function checkShares(kind: string, shares: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(shares)) {
    check(value >= 0 && value < 1, () => `${kind}: ${name} is ${show(value)}; it must be 0 or more and below 1.`)
  }
}

export interface SGDOptions extends BaseOptions {
  /** 0 when not given. */
  readonly momentum: number
  /** Share of the gradient kept out of the momentum; 0 when not given. */
  readonly dampening: number
  /** Looks ahead along the momentum (Sutskever et al. 2013). */
  readonly nesterov: boolean
  /** L2 penalty; 0 when not given. */
  readonly weightDecay: number
}

/** b ← momentum·b + (1 − dampening)·g, θ ← θ − rate·b; with `nesterov` θ ← θ − rate·(g + momentum·b). */
export function SGD(parameters: Given<SGDOptions>, options: Partial<SGDOptions> = {}): Optimizer {
  const defaults = { learningRate: 0.01, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }
  return createOptimizer<SGDOptions>('SGD', parameters, defaults, options, (update) => {
    const { parameter, memory, rate } = update
    const { momentum, dampening, nesterov, weightDecay } = update.options
    const gradient = decayed(update.gradient, parameter, weightDecay)
    if (momentum === 0) return { parameter: subtract(parameter, multiply(gradient, rate)), memory: {} }
    const fresh = dampening === 0 ? gradient : multiply(gradient, 1 - dampening)
    // The first gradient enters whole, as in PyTorch.
    const velocity = memory.velocity === undefined ? gradient : add(multiply(memory.velocity, momentum), fresh)
    const direction = nesterov ? add(gradient, multiply(velocity, momentum)) : velocity
    return { parameter: subtract(parameter, multiply(direction, rate)), memory: { velocity } }
  })
}

export interface AdamOptions extends BaseOptions {
  /** Shares kept of the averages of g and g²; [0.9, 0.999] when not given. */
  readonly betas: readonly [number, number]
  /** 1e-8 when not given. */
  readonly epsilon: number
  readonly weightDecay: number
  /** Divides by the largest average of g² so far (Reddi et al. 2018). */
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
  return createOptimizer<AdamOptions>(kind, parameters, defaults, given, (update) => {
    const { memory, rate, step } = update
    const { betas, epsilon, weightDecay, amsgrad } = update.options
    // Adam penalises through the gradient; AdamW shrinks the parameter itself (Loshchilov & Hutter 2019).
    const parameter =
      kind === 'AdamW' && weightDecay !== 0 ? multiply(update.parameter, 1 - rate * weightDecay) : update.parameter
    const gradient = kind === 'Adam' ? decayed(update.gradient, parameter, weightDecay) : update.gradient
    const none = zeros(parameter.shape)
    const first = average(memory.first ?? none, gradient, betas[0])
    const second = average(memory.second ?? none, square(gradient), betas[1])
    const largest = amsgrad ? maximum(memory.largest ?? none, second) : null
    const spread = multiply(sqrt(largest ?? second), 1 / Math.sqrt(1 - betas[1] ** step))
    const change = divide(multiply(first, rate / (1 - betas[0] ** step)), add(spread, epsilon))
    return {
      parameter: subtract(parameter, change),
      memory: { first, second, ...(largest === null ? {} : { largest }) },
    }
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

export interface RMSpropOptions extends BaseOptions {
  /** Share kept of the average of g²; 0.99 when not given. */
  readonly alpha: number
  readonly epsilon: number
  readonly weightDecay: number
  readonly momentum: number
  /** Divides by the deviation instead of the root mean square (Graves 2013). */
  readonly centered: boolean
}

/** v ← αv + (1 − α)g², θ ← θ − rate · g / (√v + ε) (Tieleman & Hinton 2012). */
export function RMSprop(parameters: Given<RMSpropOptions>, options: Partial<RMSpropOptions> = {}): Optimizer {
  const defaults = { learningRate: 1e-2, alpha: 0.99, epsilon: 1e-8, weightDecay: 0, momentum: 0, centered: false }
  checkShares('RMSprop', { alpha: options.alpha ?? defaults.alpha })
  return createOptimizer<RMSpropOptions>('RMSprop', parameters, defaults, options, (update) => {
    const { parameter, memory, rate } = update
    const { alpha, epsilon, weightDecay, momentum, centered } = update.options
    const gradient = decayed(update.gradient, parameter, weightDecay)
    const none = zeros(parameter.shape)
    const second = average(memory.second ?? none, square(gradient), alpha)
    const first = centered ? average(memory.first ?? none, gradient, alpha) : null
    const variance = first === null ? second : subtract(second, square(first))
    const change = divide(gradient, add(sqrt(variance), epsilon))
    const velocity = momentum === 0 ? null : add(multiply(memory.velocity ?? none, momentum), change)
    return {
      parameter: subtract(parameter, multiply(velocity ?? change, rate)),
      memory: { second, ...(first === null ? {} : { first }), ...(velocity === null ? {} : { velocity }) },
    }
  })
}

export interface AdagradOptions extends BaseOptions {
  /** The rate is divided by 1 + (t − 1)·rateDecay. */
  readonly rateDecay: number
  readonly weightDecay: number
  /** What the sum of squares starts from. */
  readonly initial: number
  readonly epsilon: number
}

/** v ← v + g², θ ← θ − rate · g / (√v + ε) (Duchi et al. 2011). */
export function Adagrad(parameters: Given<AdagradOptions>, options: Partial<AdagradOptions> = {}): Optimizer {
  const defaults = { learningRate: 1e-2, rateDecay: 0, weightDecay: 0, initial: 0, epsilon: 1e-10 }
  return createOptimizer<AdagradOptions>('Adagrad', parameters, defaults, options, (update) => {
    const { parameter, memory, step } = update
    const { rateDecay, weightDecay, initial, epsilon } = update.options
    const rate = update.rate / (1 + (step - 1) * rateDecay)
    const gradient = decayed(update.gradient, parameter, weightDecay)
    const total = add(memory.total ?? initial, square(gradient))
    const change = divide(multiply(gradient, rate), add(sqrt(total), epsilon))
    return { parameter: subtract(parameter, change), memory: { total } }
  })
}

export interface AdadeltaOptions extends BaseOptions {
  /** Share kept of both averages; 0.9 when not given. */
  readonly rho: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** v ← ρv + (1 − ρ)g², Δ = g·√(u + ε)/√(v + ε), u ← ρu + (1 − ρ)Δ², θ ← θ − rate·Δ (Zeiler 2012); the rate is 1 when not given. */
export function Adadelta(parameters: Given<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}): Optimizer {
  const defaults = { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 }
  checkShares('Adadelta', { rho: options.rho ?? defaults.rho })
  return createOptimizer<AdadeltaOptions>('Adadelta', parameters, defaults, options, (update) => {
    const { parameter, memory, rate } = update
    const { rho, epsilon, weightDecay } = update.options
    const gradient = decayed(update.gradient, parameter, weightDecay)
    const none = zeros(parameter.shape)
    const second = average(memory.second ?? none, square(gradient), rho)
    const changes = memory.changes ?? none
    const change = multiply(divide(sqrt(add(changes, epsilon)), sqrt(add(second, epsilon))), gradient)
    return {
      parameter: subtract(parameter, multiply(change, rate)),
      memory: { second, changes: average(changes, square(change), rho) },
    }
  })
}
