// From gradients to changed weights.

import { scope } from '../autodiff/gradients.ts'
import { clipByValue, clippingFactor, globalNorm } from '../optim/gradients.ts'
import { ConvokeError } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { findNonFiniteGradient } from './diagnose.ts'
import { fromFlatBuffers, type TrainingWorld, toFlatBuffers } from './flat.ts'
import type { FitOptions } from './options.ts'

export interface StepPlace {
  /** Counted from 1, the step being taken. */
  readonly step: number
  readonly epoch: number
}

/** The refusal to go on with numbers that are not finite. */
export const notFinite = (what: string, where: string, { step, epoch }: StepPlace): ConvokeError =>
  new ConvokeError(
    `fit: ${what} at step ${step} (epoch ${epoch}); the first that is not finite is ${where}. The weights are those of the step before. Lower the learning rate, clip gradients with clipNorm, or look for broken values in the data.`,
  )

/** Reduces over processes, clips, and changes the weights. Takes over the gradients. Returns their norm before clipping. */
export async function takeStep<E extends object, O>(
  options: FitOptions<E, O>,
  gradients: readonly Tensor[],
  factor: number,
  place: StepPlace,
): Promise<number> {
  const { optimizer, clipNorm, clipValue, average, afterStep, world, model } = options
  const reduced = await allReduce(gradients, world)
  const limited = clipValue === undefined ? reduced : replace(reduced, (all) => clipByValue(all, clipValue))
  const norm = globalNorm(limited)
  const length = (await norm.data())[0]
  norm.dispose()
  if (!Number.isFinite(length)) {
    const names = new Map(Object.entries(model.namedParameters()).map(([name, value]) => [value, name]))
    const named = optimizer.parameters.map((parameter) => names.get(parameter) ?? 'a parameter')
    const found = await findNonFiniteGradient(named, limited)
    for (const gradient of limited) gradient.dispose()
    throw notFinite('a gradient is not finite', `that of ${found ?? 'all together: their norm overflows'}`, place)
  }
  const gradientFactor = clipNorm === undefined ? 1 : clippingFactor(length, clipNorm)
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

async function allReduce(gradients: readonly Tensor[], world: TrainingWorld | undefined): Promise<readonly Tensor[]> {
  if (world?.allReduce === undefined) return gradients
  const buffers = await toFlatBuffers(gradients)
  await world.allReduce(buffers)
  return replace(gradients, (all) =>
    fromFlatBuffers(
      buffers,
      all.map(({ shape }) => shape),
    ),
  )
}
