// The rules of optimisers on vectors, operation for operation as backend.ts writes them, without fused multiply-adds: the
// same numbers on every target. Coefficients are broadcast from memory where they are used.

import type { UpdateRule } from '../../../update-rule.ts'
import { type Builder, type Pointer, scalarAt, type Vector } from '../../program/index.ts'

/** The new θ and memories. */
type Step = (parameter: Vector, gradient: Vector, memories: readonly Vector[]) => readonly Vector[]

interface Arithmetic {
  readonly b: Builder
  /** x times the coefficient of this number. */
  readonly times: (x: Vector, coefficient: number) => Vector
  readonly plus: (x: Vector, coefficient: number) => Vector
  /** keep·a + share·b, by the numbers of the coefficients. */
  readonly average: (a: Vector, keep: number, b: Vector, share: number) => Vector
  /** scale·g + decay·θ. */
  readonly decayed: (g: Vector, parameter: Vector) => Vector
}

function arithmeticOn(b: Builder, coefficients: Pointer): Arithmetic {
  const times = (x: Vector, coefficient: number) => b.mul(x, scalarAt(coefficients, 4 * coefficient))
  const average = (a: Vector, keep: number, next: Vector, share: number) => b.add(times(a, keep), times(next, share))
  return {
    ...{ b, times, average },
    plus: (x, coefficient) => b.add(x, scalarAt(coefficients, 4 * coefficient)),
    decayed: (g, parameter) => average(g, 0, parameter, 1),
  }
}

type Maker<K extends UpdateRule['kind']> = (on: Arithmetic, rule: Extract<UpdateRule, { kind: K }>) => Step

const rate = 2

const makers: { readonly [K in UpdateRule['kind']]: Maker<K> } = {
  sgd:
    ({ b, times, average, decayed }, { momentum, nesterov }) =>
    (x, given, [velocity]) => {
      const g = decayed(given, x)
      if (!momentum) return [b.sub(x, times(g, rate))]
      const v = average(velocity, 3, g, 4)
      return [b.sub(x, times(nesterov ? b.add(g, times(v, 5)) : v, rate)), v]
    },
  adam:
    ({ b, times, plus, average, decayed }, { amsgrad }) =>
    (given, slope, [first, second, largest]) => {
      const x = times(given, 9)
      const g = decayed(slope, x)
      const m = average(first, 3, g, 4)
      const v = average(second, 5, b.mul(g, g), 6)
      const top = amsgrad ? b.select(b.notEqual(largest, largest), largest, b.max(largest, v)) : v
      const change = b.div(times(m, rate), plus(times(b.sqrt(top), 7), 8))
      return [b.sub(x, change), m, v, ...(amsgrad ? [top] : [])]
    },
  rmsprop:
    ({ b, times, plus, average, decayed }, { centered, momentum }) =>
    (x, given, [second, ...others]) => {
      const g = decayed(given, x)
      const v = average(second, 3, b.mul(g, g), 4)
      const a = centered ? [average(others[0], 3, g, 4)] : []
      const spread = centered ? b.sub(v, b.mul(a[0], a[0])) : v
      const d = b.div(g, plus(b.sqrt(spread), 5))
      const u = momentum ? [b.add(times(others[a.length], 6), d)] : []
      return [b.sub(x, times(momentum ? u[0] : d, rate)), v, ...a, ...u]
    },
  adagrad:
    ({ b, times, plus, decayed }) =>
    (x, given, [total]) => {
      const g = decayed(given, x)
      const v = b.add(total, b.mul(g, g))
      return [b.sub(x, b.div(times(g, rate), plus(b.sqrt(v), 3))), v]
    },
  adadelta:
    ({ b, times, plus, average, decayed }) =>
    (x, given, [second, changes]) => {
      const g = decayed(given, x)
      const v = average(second, 3, b.mul(g, g), 4)
      const d = b.mul(b.div(b.sqrt(plus(changes, 5)), b.sqrt(plus(v, 5))), g)
      return [b.sub(x, times(d, rate)), v, average(changes, 3, b.mul(d, d), 4)]
    },
  average:
    ({ average }) =>
    (x, newest) => [average(x, 0, newest, 1)],
}

/** One step of a rule with its coefficients in memory. */
export const ruleOn = (b: Builder, rule: UpdateRule, coefficients: Pointer): Step =>
  (makers[rule.kind] as Maker<UpdateRule['kind']>)(arithmeticOn(b, coefficients), rule as never)
