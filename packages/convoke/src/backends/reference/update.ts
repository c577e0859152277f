// update and sumOfSquares: the rules of optimisers as backend.ts has them.

import type { KernelSpecs, TypedArray } from '../backend.ts'
import { memoriesOf, type UpdateRule } from '../update-rule.ts'

/** The new θ and memories from (θ, g, …memories). */
type Step = (parameter: number, gradient: number, memories: readonly number[]) => readonly number[]

/** NaN if either is. */
const larger = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b))

function stepOf(rule: UpdateRule, coefficients: TypedArray): Step {
  const [scale, decay, rate, ...rest] = coefficients
  switch (rule.kind) {
    case 'sgd': {
      const [keep, fresh, ahead] = rest
      return (x, given, [velocity]) => {
        const g = scale * given + decay * x
        if (!rule.momentum) return [x - rate * g]
        const v = keep * velocity + fresh * g
        return [x - rate * (rule.nesterov ? g + ahead * v : v), v]
      }
    }
    case 'adam': {
      const [beta1, share1, beta2, share2, correction, epsilon, shrink] = rest
      return (given, slope, [first, second, largest]) => {
        const x = shrink * given
        const g = scale * slope + decay * x
        const m = beta1 * first + share1 * g
        const v = beta2 * second + share2 * g * g
        const top = rule.amsgrad ? larger(largest, v) : v
        const next = x - (rate * m) / (correction * Math.sqrt(top) + epsilon)
        return rule.amsgrad ? [next, m, v, top] : [next, m, v]
      }
    }
    case 'rmsprop': {
      const [alpha, share, epsilon, keep] = rest
      return (x, given, [second, ...others]) => {
        const g = scale * given + decay * x
        const v = alpha * second + share * g * g
        const a = rule.centered ? [alpha * others[0] + share * g] : []
        const d = g / (Math.sqrt(rule.centered ? v - a[0] * a[0] : v) + epsilon)
        const u = rule.momentum ? [keep * others[a.length] + d] : []
        return [x - rate * (rule.momentum ? u[0] : d), v, ...a, ...u]
      }
    }
    case 'adagrad': {
      const [epsilon] = rest
      return (x, given, [total]) => {
        const g = scale * given + decay * x
        const v = total + g * g
        return [x - (rate * g) / (Math.sqrt(v) + epsilon), v]
      }
    }
    case 'adadelta': {
      const [rho, share, epsilon] = rest
      return (x, given, [second, changes]) => {
        const g = scale * given + decay * x
        const v = rho * second + share * g * g
        const d = (g * Math.sqrt(changes + epsilon)) / Math.sqrt(v + epsilon)
        return [x - rate * d, v, rho * changes + share * d * d]
      }
    }
    case 'average': {
      const [keep, share] = coefficients
      return (x, newest) => [keep * x + share * newest]
    }
  }
}

export function update(
  { rule }: KernelSpecs['update'],
  [coefficients, ...inputs]: readonly TypedArray[],
  outputs: readonly TypedArray[],
): void {
  const memories = memoriesOf(rule)
  for (let k = 0; k * (1 + memories) < outputs.length; k++) {
    const step = stepOf(rule, rule.kind === 'average' ? coefficients.subarray(2 * k) : coefficients)
    const [x, g, ...kept] = inputs.slice(k * (2 + memories), (k + 1) * (2 + memories))
    const made = outputs.slice(k * (1 + memories), (k + 1) * (1 + memories))
    for (let i = 0; i < x.length; i++) {
      step(
        x[i],
        g[i],
        kept.map((memory) => memory[i]),
      ).forEach((value, j) => {
        made[j][i] = value
      })
    }
  }
}

export function sumOfSquares(
  _spec: KernelSpecs['sumOfSquares'],
  inputs: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  let total = 0
  for (const x of inputs) for (let i = 0; i < x.length; i++) total += x[i] * x[i]
  y[0] = total
}
