import type { InvertibleActivation, KernelSpecs } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import { activationArguments } from '../math/activation.ts'
import type { KernelPlan } from '../plan.ts'
import { elementwisePlan } from './elementwise.ts'

/** g where y lies above `low` and below `high`, else 0. */
const between = (b: Builder, y: Vector, low: Vector, high: Vector, g: Vector): Vector =>
  b.select(b.maskAnd(b.greater(y, low), b.less(y, high)), g, b.zero())

function gradientOf(b: Builder, kind: InvertibleActivation['kind'], g: Vector, y: Vector): Vector {
  switch (kind) {
    case 'relu': {
      const zero = b.zero()
      return b.select(b.greater(y, zero), g, zero)
    }
    case 'leakyRelu':
      return b.select(b.less(y, b.zero()), b.mul(g, b.float('activationAlpha')), g)
    case 'clip':
      return between(b, y, b.float('activationLow'), b.float('activationHigh'), g)
    case 'sigmoid':
      return b.mul(g, b.mul(y, b.sub(b.constant(1), y)))
    case 'tanh':
      return b.mul(g, b.sub(b.constant(1), b.mul(y, y)))
    case 'hardSigmoid':
      return between(b, y, b.zero(), b.constant(1), b.mul(g, b.float('activationAlpha')))
  }
}

/** [y gradient, y] → [x gradient]. */
export function planActivationGradient(
  { activation }: KernelSpecs['activationGradient'],
  size: number,
  target: Target,
): KernelPlan {
  return elementwisePlan({
    ...{ name: `${activation.kind} gradient`, target, inputs: ['float32', 'float32'], output: 'float32' },
    ...{ shape: [size], strides: [[1], [1]] },
    floats: activationArguments(activation),
    compute: (b, [g, y]) => gradientOf(b, activation.kind, g, y),
  })
}
