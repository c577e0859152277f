// Random reductions of expressions: all terms of one sign, so that nothing cancels.

import { broadcastStrides, sizeOf } from '../../../../shapes/broadcast.ts'
import { drawShape, moderate } from './elementwise.ts'
import type { Draw, FuzzCase } from './fuzz-case.ts'
import { sum } from './linear.ts'

const texts = [
  'abs x0\nabs x1\nadd t0 t1',
  'square x0\nabs x1\nadd t0 t1\nmultiply t2 c0',
  'abs x0\nabs x1\nmaximum t0 t1',
  'abs x0\nsigmoid x1\nmultiply t0 t1',
] as const

export function drawReduceExpression(draw: Draw): FuzzCase<'reduceExpression'> {
  const shape = drawShape(draw, draw.chance(0.1) ? 60_000 : 3000)
  const axes = shape.map((_, axis) => axis).filter(() => draw.chance(0.5))
  const terms = sizeOf(axes.map((axis) => shape[axis]))
  const stretched = shape.map(() => draw.below(4))
  const shapes = [0, 1].map((which) => shape.map((size, axis) => (stretched[axis] === which ? 1 : size)))
  return {
    kernel: 'reduceExpression',
    spec: {
      ...{ op: 'sum', text: draw.pick(texts), constants: [draw.pick([0.25, 8])], shape, axes },
      strides: shapes.map((own) => broadcastStrides(own, shape)),
      ...draw.pick([
        { root: true, scale: 1 },
        { root: false, scale: 1 },
        { root: false, scale: 1 / Math.max(1, terms) },
      ]),
    },
    inputs: shapes.map((own) => moderate(draw, sizeOf(own))),
    outputs: [{ dtype: 'float32', length: sizeOf(shape.filter((_, axis) => !axes.includes(axis))) }],
    // Beside the sum's, the roundings of the expression and of what is made of the total.
    allowance: sum(terms + 16),
  }
}
