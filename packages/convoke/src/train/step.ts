// From gradients to changed weights.

import { scope } from '../autodiff/gradients.ts'
import { clipByValue, clippingFactor, globalNorm } from '../optim/gradients.ts'
import { ConvokeError } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { findNonFiniteGradient } from './diagnose.ts'
import type { FitOptions } from './options.ts'
import type { ReducedStep } from './reducer.ts'

export interface StepPlace {
  /** Counted from 1, the step being taken. */
  readonly step: number
  readonly epoch: number
}

/** The refusal to go on with numbers that are not finite. */
export class NotFinite extends ConvokeError {}

export const notFinite = (what: string, where: string, { step, epoch }: StepPlace): NotFinite =>
  new NotFinite(
    `fit: ${what} at step ${step} (epoch ${epoch}); the first that is not finite is ${where}. The weights are those of the step before. Lower the learning rate, clip gradients with clipNorm, or look for broken values in the data.`,
  )

/** Clips, and changes the weights. Takes over the gradients, which `scale` multiplies first. Returns their norm before clipping. */
export async function takeStep<E extends object, O>(
  options: FitOptions<E, O>,
  { gradients, scale }: ReducedStep,
  factor: number,
  place: StepPlace,
): Promise<number> {
  const { optimizer, clipNorm, clipValue, average, afterStep, model } = options
  const limited = clipValue === undefined ? gradients : replace(gradients, (all) => clipByValue(all, clipValue / scale))
  const norm = globalNorm(limited)
  const length = (await norm.data())[0] * scale
  norm.dispose()
  if (!Number.isFinite(length)) {
    const names = new Map(Object.entries(model.namedParameters()).map(([name, value]) => [value, name]))
    const named = optimizer.parameters.map((parameter) => names.get(parameter) ?? 'a parameter')
    const found = await findNonFiniteGradient(named, limited)
    for (const gradient of limited) gradient.dispose()
    throw notFinite('a gradient is not finite', `that of ${found ?? 'all together: their norm overflows'}`, place)
  }
  const gradientFactor = (clipNorm === undefined ? 1 : clippingFactor(length, clipNorm)) * scale
  optimizer.step(limited, { factor, gradientFactor })
  for (const gradient of limited) gradient.dispose()
  average?.update()
  afterStep?.()
  return length
}

/** New gradients in place of old ones, which are freed. */
function replace(old: readonly Tensor[], make: (old: readonly Tensor[]) => readonly Tensor[]): readonly Tensor[] {
  const fresh = scope(() => make(old))
  for (const value of old) value.dispose()
  return fresh.map(keep)
}
