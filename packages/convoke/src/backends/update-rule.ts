// The rules by which optimisers change tensors.

/**
 * How an optimiser changes each element θ given its gradient g, what it remembers (in this order), and the coefficients it
 * takes (in this order). All but `average` first make g ← scale·g + decay·θ.
 */
export type UpdateRule =
  /** v ← keep·v + fresh·g, θ ← θ − rate·d, d = v, with `nesterov` g + ahead·v, without `momentum` g.
   * [velocity?], (scale, decay, rate, keep, fresh, ahead) */
  | {
      /** Which rule. */
      readonly kind: 'sgd'
      /** Whether a velocity is remembered. */
      readonly momentum: boolean
      /** Whether the step looks ahead along the velocity. */
      readonly nesterov: boolean
    }
  /** θ ← shrink·θ before g is made; m ← β₁m + share₁·g, v ← β₂v + share₂·g², θ ← θ − rate·m / (correction·√v + ε), with
   * `amsgrad` the largest v so far. [m, v, largest?], (scale, decay, rate, β₁, share₁, β₂, share₂, correction, ε, shrink) */
  | {
      /** Which rule. */
      readonly kind: 'adam'
      /** Whether the largest v so far divides. */
      readonly amsgrad: boolean
    }
  /** v ← αv + share·g², a ← αa + share·g, d = g / (√v + ε), `centered` g / (√(v − a²) + ε); with `momentum` d is u ← keep·u + d;
   * θ ← θ − rate·d. [v, a?, u?], (scale, decay, rate, α, share, ε, keep) */
  | {
      /** Which rule. */
      readonly kind: 'rmsprop'
      /** Whether the deviation of g divides, in place of its root mean square. */
      readonly centered: boolean
      /** Whether a velocity is remembered. */
      readonly momentum: boolean
    }
  /** v ← v + g², θ ← θ − rate·g / (√v + ε). [v], (scale, decay, rate, ε) */
  | {
      /** Which rule. */
      readonly kind: 'adagrad'
    }
  /** v ← ρv + share·g², d = g·√(u + ε) / √(v + ε), u ← ρu + share·d², θ ← θ − rate·d. [v, u], (scale, decay, rate, ρ, share, ε) */
  | {
      /** Which rule. */
      readonly kind: 'adadelta'
    }
  /** θ ← keep·θ + share·g. [], (keep, share) for each tensor in turn */
  | {
      /** Which rule. */
      readonly kind: 'average'
    }

/** How many memories a rule keeps for each element. */
export function memoriesOf(rule: UpdateRule): number {
  switch (rule.kind) {
    case 'sgd':
      return Number(rule.momentum)
    case 'adam':
      return 2 + Number(rule.amsgrad)
    case 'rmsprop':
      return 1 + Number(rule.centered) + Number(rule.momentum)
    case 'adagrad':
      return 1
    case 'adadelta':
      return 2
    case 'average':
      return 0
  }
}
