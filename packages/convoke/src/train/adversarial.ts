// Training a generator against a discriminator (Goodfellow et al. 2014), with the generator's loss that does not
// saturate and one-sided label smoothing (Salimans et al. 2016).

import { scope, valueAndGradients } from '../autodiff/gradients.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import { batches, disposeBatch } from '../data/batches.ts'
import type { ClassifiedPicture, Dataset } from '../data/dataset.ts'
import { binaryCrossEntropy } from '../nn/losses.ts'
import type { Module } from '../nn/module.ts'
import { add } from '../ops/index.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import { check, show } from '../shapes/error.ts'
import type { StopSignal } from '../shapes/host.ts'
import { full } from '../tensor/create.ts'
import { deriveSeed, randomNormal } from '../tensor/random.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { gatherState, type Progress, partOfState, type TrainingState } from './checkpoint.ts'
import { findNonFinite } from './diagnose.ts'
import { notFinite } from './step.ts'

/** What `fitAdversarial` tells while it runs. */
export type AdversarialEvent =
  | {
      /** After each step. */
      readonly type: 'step'
      /** The epoch, counted from 1. */
      readonly epoch: number
      /** Steps taken so far. */
      readonly step: number
      /** The batch in its epoch, counted from 1. */
      readonly batch: number
      /** Batches of an epoch. */
      readonly batches: number
      /** −log of the chance with which the generator fools the discriminator. */
      readonly generatorLoss: number
      /** Binary cross-entropy of the real pictures plus that of the generated ones. */
      readonly discriminatorLoss: number
    }
  | {
      /** After each epoch. */
      readonly type: 'epoch'
      /** The epoch, counted from 1. */
      readonly epoch: number
      /** Mean over the epoch's steps; of an epoch that was resumed, over those since. */
      readonly generatorLoss: number
      /** Mean over the epoch's steps. */
      readonly discriminatorLoss: number
    }

/** The options of `fitAdversarial`. */
export interface AdversarialOptions<E extends Pick<ClassifiedPicture, 'image'>> {
  /** Random vectors `[batch, latent]` to pictures. */
  readonly generator: Module
  /** Pictures to one logit each, `[batch]`. */
  readonly discriminator: Module
  /** Length of the random vectors that pictures are made from. */
  readonly latent: number
  /** Adam with rate 2e-4 and betas 0.5 and 0.999 in Radford et al. 2016. */
  readonly optimizers: {
    /** Over the generator's parameters. */
    readonly generator: Optimizer
    /** Over the discriminator's parameters. */
    readonly discriminator: Optimizer
  }
  /** Pictures from −1 to 1, of the generator's shape. */
  readonly train: Dataset<E>
  /** Times that all pictures are gone through, 1 or more. */
  readonly epochs: number
  /** Pictures in a batch: 64 when not given. */
  readonly batchSize?: number | undefined
  /** Determines order and random vectors: 0 when not given. */
  readonly seed?: number | undefined
  /** Real pictures are to be called 1 − smoothing; 0.1 when not given. */
  readonly smoothing?: number | undefined
  /** Receives the state after each epoch and when interrupted. */
  readonly save?: ((state: TrainingState) => void | Promise<void>) | undefined
  /** Goes on from a state that `save` received. */
  readonly resume?: TrainingState | undefined
  /** Receives what happens. Training waits for it. */
  readonly onEvent?: ((event: AdversarialEvent) => void | Promise<void>) | undefined
  /** Ends training after the step in progress, with a checkpoint. */
  readonly signal?: StopSignal | undefined
}

interface Side {
  readonly name: 'generator' | 'discriminator'
  readonly model: Module
  readonly optimizer: Optimizer
}

/** Trains both networks in turn, a step each for every batch. Repeats and resumes to the bit, as `fit` does. */
export async function fitAdversarial<E extends Pick<ClassifiedPicture, 'image'>>(
  options: AdversarialOptions<E>,
): Promise<{
  /** Whether all epochs were trained, or `signal` ended training before. */
  readonly reason: 'finished' | 'interrupted'
  /** The current progress. */
  readonly progress: Progress
}> {
  const { generator, discriminator, epochs, batchSize = 64, seed = 0, signal } = options
  check(
    Number.isInteger(epochs) && epochs >= 1,
    () => `fitAdversarial: epochs is ${show(epochs)}; it must be a whole number of 1 or more.`,
  )
  let progress = options.resume === undefined ? start(seed, batchSize) : restore(options, options.resume)
  while (progress.epoch < epochs && !signal?.aborted) {
    const { epoch, batch: skip } = progress
    const loader = batches(options.train, { size: batchSize, shuffle: true, dropLast: true, seed, epoch, skip })
    check(
      loader.length > 0,
      () =>
        `fitAdversarial: ${options.train.length === 1 ? 'one picture makes' : `${options.train.length} pictures make`} no batch of ${batchSize}.`,
    )
    // The generator's losses take the place of a second measure.
    let generatorTotal = 0
    for await (const batch of loader) {
      try {
        const place = { step: progress.step + 1, epoch: epoch + 1 }
        const losses = await trainPair(options, batch.image as Tensor, progress, place)
        generatorTotal += losses.generator
        progress = {
          ...progress,
          ...{ batch: progress.batch + 1, step: place.step },
          ...{ lossTotal: progress.lossTotal + losses.discriminator, lossCount: progress.lossCount + 1 },
        }
        const shown = { generatorLoss: losses.generator, discriminatorLoss: losses.discriminator }
        await options.onEvent?.({ type: 'step', ...place, batch: progress.batch, batches: loader.length, ...shown })
      } finally {
        disposeBatch(batch)
      }
      if (signal?.aborted) break
    }
    if (progress.batch === loader.length) {
      const discriminatorLoss = progress.lossTotal / progress.lossCount
      const generatorLoss = generatorTotal / (loader.length - skip)
      progress = { ...progress, epoch: epoch + 1, batch: 0, lossTotal: 0, lossCount: 0 }
      await options.onEvent?.({ type: 'epoch', epoch: epoch + 1, generatorLoss, discriminatorLoss })
    }
    await save(options, progress)
  }
  generator.eval()
  discriminator.eval()
  return { reason: progress.epoch < epochs ? 'interrupted' : 'finished', progress }
}

const start = (seed: number, batchSize: number): Progress => {
  const counts = { epoch: 0, batch: 0, step: 0, lossTotal: 0, lossCount: 0 }
  return { version: 1, seed, batchSize, ...counts, history: [], best: null }
}

type AnyOptions = AdversarialOptions<Pick<ClassifiedPicture, 'image'>>

function restore(
  options: Pick<AnyOptions, 'generator' | 'discriminator' | 'optimizers'>,
  state: TrainingState,
): Progress {
  const { generator, discriminator, optimizers } = options
  const load = (name: string, into: { loadState(part: Record<string, Tensor>): unknown }): void => {
    const part = partOfState(state, name)
    into.loadState(part)
    for (const value of Object.values(part)) value.dispose()
  }
  load('generator', generator)
  load('discriminator', discriminator)
  load('generatorOptimizer', optimizers.generator)
  load('discriminatorOptimizer', optimizers.discriminator)
  return state.progress
}

async function save(
  {
    generator,
    discriminator,
    optimizers,
    save: receive,
  }: Pick<AnyOptions, 'generator' | 'discriminator' | 'optimizers' | 'save'>,
  progress: Progress,
): Promise<void> {
  if (receive === undefined) return
  const parts = {
    generator: generator.state(),
    discriminator: discriminator.state(),
    generatorOptimizer: optimizers.generator.state(),
    discriminatorOptimizer: optimizers.discriminator.state(),
  }
  await receive(await gatherState(parts, progress))
}

async function trainPair(
  options: Pick<AnyOptions, 'generator' | 'discriminator' | 'optimizers' | 'latent' | 'seed' | 'smoothing'>,
  real: Tensor,
  progress: Progress,
  place: { readonly step: number; readonly epoch: number },
): Promise<{ readonly generator: number; readonly discriminator: number }> {
  const { generator, discriminator, optimizers, latent, seed = 0, smoothing = 0.1 } = options
  const count = real.shape[0]
  const draw = (turn: string): Tensor =>
    randomNormal([count, latent], { seed: deriveSeed(seed, 'latent', turn, progress.epoch, progress.batch) })
  const judge = (pictures: Tensor, answer: number): Tensor =>
    binaryCrossEntropy(discriminator(pictures), full([count], answer))
  const reseed = (turn: string): void => {
    for (const model of [generator, discriminator]) {
      model.train({ seed: deriveSeed(seed, 'step', turn, progress.epoch, progress.batch) })
    }
  }
  const sides: readonly (Side & { readonly loss: () => Tensor })[] = [
    {
      ...{ name: 'discriminator', model: discriminator, optimizer: optimizers.discriminator },
      loss() {
        reseed('discriminator')
        const fake = withoutGradients(() => scope(() => generator(draw('discriminator'))))
        return add(judge(real, 1 - smoothing), judge(fake, 0))
      },
    },
    {
      ...{ name: 'generator', model: generator, optimizer: optimizers.generator },
      loss() {
        reseed('generator')
        return judge(generator(draw('generator')), 1)
      },
    },
  ]
  const losses = { generator: 0, discriminator: 0 }
  for (const { name, model, optimizer, loss } of sides) {
    const { value, gradients } = valueAndGradients(loss, optimizer.parameters)
    losses[name] = (await value.data())[0]
    value.dispose()
    if (!Number.isFinite(losses[name])) {
      const where = await findNonFinite(model, loss)
      throw notFinite(`the loss of the ${name} is ${losses[name]}`, where ?? 'the loss itself', place)
    }
    optimizer.step(gradients)
    for (const gradient of gradients) gradient.dispose()
  }
  return losses
}
