// Random expressions over inputs that broadcast. Those that add only take what has one sign, so that nothing cancels.

import { broadcastStrides, sizeOf } from '../../../../shapes/broadcast.ts'
import { drawShape, moderate } from './elementwise.ts'
import type { Draw, FuzzCase } from './fuzz-case.ts'

const texts = [
  'less x0 0\nmultiply x0 c0\nwhere t0 t1 x1',
  'square x0\nabs x1\nadd t0 t1\nmultiply t2 c0',
  'abs x0\nsqrt t0\nreciprocal t1\nmultiply x1 t2\nnegate t3',
  'greater x0 -1\nless x1 c0\nand t0 t1\nequal x0 x1\nor t2 t3\nwhere t4 x1 0.5',
  'maximum x0 x1\nminimum x0 x1\nsign t0\nmultiply t1 t2\ndivide t3 x0\nisFinite x1\nnot t5\nwhere t6 x0 t4',
] as const

export function drawExpression(draw: Draw): FuzzCase<'expression'> {
  const shape = drawShape(draw, 600)
  // Any axis of either input may be of size 1, as long as the other has it whole.
  const kept = shape.map(() => draw.below(6))
  const shapes = [0, 1].map((which) => shape.map((size, axis) => (kept[axis] === which ? 1 : size)))
  return {
    kernel: 'expression',
    spec: {
      ...{ text: draw.pick(texts), constants: [draw.pick([-2, 0.25, 8])], shape },
      strides: shapes.map((own) => broadcastStrides(own, shape)),
    },
    inputs: shapes.map((own) => moderate(draw, sizeOf(own))),
    outputs: [{ dtype: 'float32', length: sizeOf(shape) }],
    // Up to four roundings, one after the other.
    allowance: { kind: 'ulps', ulps: 4 },
  }
}
