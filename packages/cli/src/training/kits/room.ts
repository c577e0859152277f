// How large a network the examples and the time have room for.

import { currentBackend, models, nn, threads } from 'convoke'

export interface Room {
  /** Seconds that the run is to fill; undefined where no time is set. */
  readonly seconds: number | undefined
}

export interface Sized {
  readonly name: models.ModelName
  readonly options: Readonly<Record<string, unknown>>
  /** Of one example, `[height, width, channels]`. */
  readonly shape: readonly number[]
  readonly examples: number
}

/** Passes over the examples that a network should have time for, and steps of a usual batch where examples are few. */
const [leastPasses, leastSteps, usualBatch] = [10, 1500, 32]

/** Examples from which on a wider network pays where no time is set. */
const many = 10_000

/** Forward, and backward to the values and to the weights: multiply-adds of a training step over those of a forward pass. */
const trainingFactor = 3

/** Seconds of a pass over the examples at the peak of the machine, which Winograd's products and their losses about even out; null where that is not known. */
function secondsPerPass({ name, options, shape, examples }: Sized): number | null {
  const peak = currentBackend().fmaPeak?.()
  if (peak === undefined) return null
  const { macs } = nn.summary(models.build(name, options as models.ModelOptions<typeof name>), [1, ...shape])
  return (2 * trainingFactor * macs * examples) / (1e9 * peak * threads())
}

/** The widths for these pictures: `usual`, or wider by half or twice where there are the examples and the time for it. */
export function widthsFor(usual: readonly number[], sized: Sized, room: Room | undefined): readonly number[] {
  if (room === undefined) return usual
  const { seconds } = room
  const times = (factor: number): readonly number[] => usual.map((width) => factor * width)
  if (seconds === undefined) return sized.examples >= many ? times(2) : usual
  const passes = Math.max(leastPasses, (leastSteps * usualBatch) / sized.examples)
  const fits = (widths: readonly number[]): boolean => {
    const pass = secondsPerPass({ ...sized, options: { ...sized.options, widths } })
    return pass !== null && passes * pass <= seconds
  }
  return [times(2), times(1.5)].find(fits) ?? usual
}
