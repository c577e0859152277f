// What a convolution does to its sums before they are stored: bias, residual, activation.

import type { Epilogue } from '../../backend.ts'
import type { Builder, Vector } from '../program/index.ts'
import { activationArguments, emitActivation } from './math/activation.ts'

/** The float arguments that a program with this epilogue takes. */
export const epilogueArguments = (epilogue: Epilogue | null): Readonly<Record<string, number>> =>
  activationArguments(epilogue?.activation ?? null)

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
