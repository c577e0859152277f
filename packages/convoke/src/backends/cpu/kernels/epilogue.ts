// What a convolution does to its sums before they are stored: bias, residual, activation.

import type { Activation, Epilogue } from '../../backend.ts'
import { type Builder, type Pointer, type Tail, type Vector, vectorAt } from '../program/index.ts'
import { activationArguments, emitActivation } from './math/activation.ts'

const light: readonly Activation['kind'][] = ['relu', 'leakyRelu', 'clip']

/** Whether an activation needs so few registers that it can be applied while a whole tile of sums waits in the others. */
export const isLight = (activation: Activation | null): boolean =>
  activation === null || light.includes(activation.kind)

/** sum + what `from` points at, in the register of the sum. */
export const addInPlace = (b: Builder, sum: Vector, from: Pointer, displacement: number, tail?: Tail): Vector =>
  b.add(sum, tail ? b.load(from, displacement, tail) : vectorAt(from, displacement), sum)

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
