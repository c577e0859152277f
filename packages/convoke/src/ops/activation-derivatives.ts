// gradient · f′(x) of every activation, as formulas of the gradient, x and y = f(x), and of the activation's constants.

import type { Activation } from '../backends/backend.ts'
import { seluAlpha, seluScale } from '../shapes/constants.ts'
import type { Algebra, Formula } from './formula.ts'

/** x held where its derivative has long been that of ±∞, for which the formulas would multiply ∞ by 0. */
const within = <T>(o: Algebra<T>, x: T, limit: number): T => o.minimum(o.maximum(x, -limit), limit)

/** min(x, 0): keeps the exponential of the side not taken from overflowing. */
const minZero = <T>(o: Algebra<T>, x: T): T => o.where(o.less(x, 0), x, 0)

export const derivatives: Readonly<Record<Activation['kind'], Formula>> = {
  relu: (o, [g, x]) => o.where(o.greater(x, 0), g, 0),
  leakyRelu: (o, [g, x], [alpha]) => o.where(o.less(x, 0), o.multiply(g, alpha), g),
  elu: (o, [g, x], [alpha]) => o.multiply(g, o.where(o.greater(x, 0), 1, o.multiply(alpha, o.exp(minZero(o, x))))),
  selu: (o, [g, x]) =>
    o.multiply(g, o.where(o.greater(x, 0), seluScale, o.multiply(seluScale * seluAlpha, o.exp(minZero(o, x))))),
  gelu: (o, [g, x]) => o.multiply(g, o.geluSlope(x)),
  geluTanh: (o, [g, x]) => {
    const scale = Math.sqrt(2 / Math.PI)
    const h = within(o, x, 20)
    const t = o.tanh(o.multiply(scale, o.add(h, o.multiply(0.044715, o.multiply(h, o.square(h))))))
    const inner = o.multiply(scale, o.add(1, o.multiply(3 * 0.044715, o.square(h))))
    return o.multiply(
      g,
      o.multiply(0.5, o.add(o.add(1, t), o.multiply(o.multiply(h, o.subtract(1, o.square(t))), inner))),
    )
  },
  silu: (o, [g, x]) => {
    const h = within(o, x, 120)
    const s = o.sigmoid(h)
    return o.multiply(g, o.multiply(s, o.add(1, o.multiply(h, o.subtract(1, s)))))
  },
  mish: (o, [g, x]) => {
    const h = within(o, x, 120)
    const t = o.tanh(o.softplus(h))
    return o.multiply(g, o.add(t, o.multiply(o.multiply(h, o.subtract(1, o.square(t))), o.sigmoid(h))))
  },
  softplus: (o, [g, x]) => o.multiply(g, o.sigmoid(x)),
  softsign: (o, [g, x]) => o.divide(g, o.square(o.add(1, o.abs(x)))),
  sigmoid: (o, [g, , y]) => o.multiply(g, o.multiply(y, o.subtract(1, y))),
  tanh: (o, [g, , y]) => o.multiply(g, o.subtract(1, o.square(y))),
  hardSwish: (o, [g, x]) =>
    o.multiply(g, o.where(o.less(x, -3), 0, o.where(o.greater(x, 3), 1, o.divide(o.add(o.multiply(x, 2), 3), 6)))),
  hardSigmoid: (o, [g, , y], [alpha]) => o.where(o.and(o.greater(y, 0), o.less(y, 1)), o.multiply(g, alpha), 0),
  clip: (o, [g, x], [low, high]) => o.where(o.and(o.greater(x, low), o.less(x, high)), g, 0),
}
