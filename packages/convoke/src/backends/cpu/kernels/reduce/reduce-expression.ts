// A reduction of an expression in one pass, where one axis goes that every input steps along evenly. Otherwise the values are
// written out first.

import { sizeOf, stridesOf } from '../../../../shapes/broadcast.ts'
import type { KernelSpecs } from '../../../backend.ts'
import { type ExpressionOp, expressionSteps } from '../../../expression.ts'
import type { Target } from '../../program/index.ts'
import { elementwiseStep } from '../elementwise/elementwise.ts'
import { emitExpression } from '../elementwise/expression.ts'
import { fillStep } from '../elementwise/fill.ts'
import { collapse, type Nest } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { keptShapeOf, keptStridesOf } from './reduce.ts'
import { identities } from './reduction.ts'
import type { Computed, Finish, Operand } from './stage.ts'
import { stagesOf, stepsOf } from './stages.ts'

const short: readonly ExpressionOp[] = [
  ...(['negate', 'abs', 'square', 'add', 'subtract', 'multiply', 'maximum', 'minimum'] as const),
]
const mostShort = 4

type Spec = KernelSpecs['reduceExpression']

function computedOf({ text, constants }: Spec): Computed {
  const steps = expressionSteps(text)
  return {
    name: text === '' ? 'x0' : text.replaceAll('\n', '; '),
    floats: Object.fromEntries(constants.map((value, i) => [`c${i}`, value])),
    emit: (b, values) => emitExpression(b, steps, values),
    long: steps.length > mostShort || steps.some(({ op }) => !short.includes(op)),
  }
}

/** The stride of an operand over several axes as one, or undefined where it has none. */
function evenStride(sizes: readonly number[], strides: readonly number[]): number | undefined {
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    if (strides[axis - 1] !== strides[axis] * sizes[axis]) return undefined
  }
  return strides.at(-1) ?? 0
}

/** The inputs along [outer, length, inner] around the only axis that goes; undefined where vectors cannot be read there. */
function operandsAround({ sizes, strides }: Nest, at: number): readonly Operand[] | undefined {
  const operands: Operand[] = []
  const rows = at === sizes.length - 1
  for (const [buffer, list] of strides.slice(2).entries()) {
    const outer = evenStride(sizes.slice(0, at), list.slice(0, at))
    const inner = rows ? 1 : evenStride(sizes.slice(at + 1), list.slice(at + 1))
    const length = list[at]
    const lanes = rows ? length : inner
    if (outer === undefined || inner === undefined || (lanes !== 0 && lanes !== 1)) return undefined
    operands.push({ buffer, outer, length, inner })
  }
  const moves = operands.some(({ length, inner }) => (rows ? length : inner) === 1)
  return moves ? operands : undefined
}

/** [x0, x1, …] → [y of the axes kept]. */
export function planReduceExpression(spec: Spec, target: Target): KernelPlan {
  const { op, shape, axes, strides, scale, root } = spec
  const inputs = strides.length
  const finish: Finish | undefined = root || scale !== 1 ? { root, scale } : undefined
  const kept = sizeOf(keptShapeOf(shape, axes))
  if (shape.includes(0)) {
    const total = root ? Math.sqrt(identities[op]) : identities[op] * scale
    return planOf([fillStep(total, 'float32', kept, target, inputs)])
  }
  const computed = computedOf(spec)
  const reducing = { op, dtype: 'float32', target, to: inputs, finish } as const
  const nest = collapse(shape, [stridesOf(shape), keptStridesOf(shape, axes), ...strides])
  const going = nest.strides[1].flatMap((stride, axis) => (stride === 0 && nest.sizes[axis] > 1 ? [axis] : []))
  const operands = going.length === 1 ? operandsAround(nest, going[0]) : undefined
  if (operands !== undefined) {
    const keeps = nest.sizes.map((_, axis) => axis !== going[0])
    const { steps, scratch } = stepsOf(stagesOf(nest.sizes, keeps, target.lanes), {
      ...{ ...reducing, from: 0, scratch: inputs + 1 },
      ...{ operands, computed },
    })
    return planOf(steps, scratch)
  }
  const written = elementwiseStep({
    ...{ name: computed.name, target, output: 'float32', shape, strides, floats: computed.floats },
    inputs: strides.map(() => 'float32' as const),
    buffers: [...strides.map((_, k) => k), inputs + 1],
    compute: computed.emit,
  })
  const whole = collapse(shape, [stridesOf(shape), keptStridesOf(shape, axes)])
  const stages = stagesOf(
    whole.sizes,
    whole.strides[1].map((stride, axis) => stride !== 0 && whole.sizes[axis] > 0),
    target.lanes,
  )
  const first = stages.length === 0 ? [{ axis: { outer: sizeOf(shape), length: 1, inner: 1 }, piece: 1 }] : stages
  const { steps, scratch } = stepsOf(first, { ...reducing, from: inputs + 1, scratch: inputs + 2 })
  return planOf([written, ...steps], [4 * sizeOf(shape), ...scratch])
}
