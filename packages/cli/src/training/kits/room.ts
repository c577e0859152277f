// How large a network the examples and the time have room for.

import { currentBackend, models, nn, threads } from 'convoke'

export interface Room {
  /** Seconds that the run is to fill; undefined where no time is set. */
  readonly seconds: number | undefined
}

/** A network with its options, `widths` among them. */
export interface Widened {
  readonly name: models.ModelName
  readonly options: Readonly<Record<string, unknown>> & { readonly widths: readonly number[] }
}

export interface Examples {
  /** Of one example, `[height, width, channels]`. */
  readonly shape: readonly number[]
  readonly examples: number
}

/** Passes over the examples that a network should have time for, and steps of a usual batch where examples are few. */
const [leastPasses, leastSteps, usualBatch] = [10, 1500, 32]

/** Examples from which on a larger network pays where no time is set. */
const many = 10_000

/** Forward, and backward to the values and to the weights: multiply-adds of a training step over those of a forward pass. */
const trainingFactor = 3

const macsOf = ({ name, options }: Widened, shape: readonly number[]): number =>
  nn.summary(models.build(name, options as models.ModelOptions<typeof name>), [1, ...shape]).macs

/** Seconds of a pass over the examples at the peak of the machine in GFLOP/s, which Winograd's products and their losses about even out. */
const secondsPerPass = (network: Widened, { shape, examples }: Examples, peak: number): number =>
  (2 * trainingFactor * macsOf(network, shape) * examples) / (1e9 * peak * threads())

const widened = ({ name, options }: Widened, factor: number): Widened => ({
  name,
  options: { ...options, widths: options.widths.map((width) => factor * width) },
})

/**
 * The network for these pictures of some that are listed from the plainest to the strongest: the strongest, wider by half or
 * twice, for which there are the examples and the time; else the plainest as it is.
 */
export function networkFor(networks: readonly Widened[], examples: Examples, room: Room | undefined): Widened {
  const [plainest] = networks
  if (room === undefined) return plainest
  const { seconds } = room
  if (seconds === undefined) {
    if (examples.examples < many) return plainest
    return networks.length === 1 ? widened(plainest, 2) : networks[networks.length - 1]
  }
  const peak = currentBackend().fmaPeak?.()
  if (peak === undefined) return plainest
  const passes = Math.max(leastPasses, (leastSteps * usualBatch) / examples.examples)
  const fits = (network: Widened): boolean => passes * secondsPerPass(network, examples, peak) <= seconds
  const larger = networks.toReversed().flatMap((network) => [2, 1.5, 1].map((factor) => widened(network, factor)))
  return larger.find(fits) ?? plainest
}
