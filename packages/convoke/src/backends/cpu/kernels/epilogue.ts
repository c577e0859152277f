// What a convolution does to its sums before they are stored: bias, residual, activation.

import { check } from '../../../shapes/error.ts'
import type { Activation, Epilogue } from '../../backend.ts'
import type { Builder, Vector } from '../program/index.ts'

const fused: readonly Activation['kind'][] = ['relu', 'leakyRelu', 'clip']

/** Whether a convolution can end in `epilogue` without another pass over its output. */
export const isFused = (epilogue: Epilogue | null): boolean =>
  epilogue === null || epilogue.activation === null || fused.includes(epilogue.activation.kind)

function emitActivation(b: Builder, activation: Activation, x: Vector): Vector {
  switch (activation.kind) {
    case 'relu':
      // The second operand is the result when it is NaN.
      return b.max(b.zero(), x)
    case 'leakyRelu':
      return b.select(b.less(x, b.zero()), b.mul(x, b.constant(activation.alpha)), x)
    case 'clip':
      return b.min(b.constant(activation.high), b.max(b.constant(activation.low), x))
    default:
      check(
        false,
        () => `The activation ${activation.kind} is not fused into convolutions. Apply it in a step of its own.`,
      )
      return x
  }
}

/** activation(sum + bias + residual), with the operands the epilogue has. */
export function emitEpilogue(
  b: Builder,
  epilogue: Epilogue | null,
  sum: Vector,
  { bias, residual }: { readonly bias?: Vector | undefined; readonly residual?: Vector | undefined },
): Vector {
  const biased = bias === undefined ? sum : b.add(sum, bias)
  const total = residual === undefined ? biased : b.add(biased, residual)
  return epilogue?.activation ? emitActivation(b, epilogue.activation, total) : total
}
