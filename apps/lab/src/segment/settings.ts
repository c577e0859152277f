// What can be chosen in the view, and its limits.

export type LossName = 'cross-entropy' | 'dice' | 'both'
export const lossNames: readonly LossName[] = ['cross-entropy', 'dice', 'both']

/** Which networks are trained: with skip connections, without, or one of each side by side. */
export type SkipChoice = 'with' | 'without' | 'both'
export const skipChoices: readonly SkipChoice[] = ['with', 'without', 'both']

export interface SegmentSettings {
  readonly skips: SkipChoice
  /** How often the picture is halved on the way down. */
  readonly depth: number
  /** Channels of the first level, doubled at each level below it. */
  readonly width: number
  /** Side of the kernels. */
  readonly kernel: number
  readonly loss: LossName
  readonly rate: number
  readonly batch: number
  /** Pictures to train on. */
  readonly examples: number
  /** Side of the pictures. */
  readonly side: number
  /** After which training pauses by itself. */
  readonly epochs: number
  /** Whether pictures are mirrored at random. */
  readonly flip: boolean
}

export const depths = [1, 2, 3, 4] as const
export const widths = [4, 8, 16, 32] as const
export const kernels = [1, 3, 5, 7] as const
export const rates = [0.0003, 0.001, 0.003, 0.01, 0.03] as const
export const batchSizes = [4, 8, 16, 32] as const
export const exampleCounts = [100, 200, 400, 800] as const
export const sides = [32, 48, 64] as const
export const mostEpochs = 200

export const firstSettings: SegmentSettings = {
  ...{ skips: 'with', depth: 3, width: 8, kernel: 3, loss: 'both', rate: 0.01, batch: 8 },
  ...{ examples: 200, side: 32, epochs: 20, flip: true },
}

/** Whether each network that is trained has skip connections. */
export const networksOf = ({ skips }: Pick<SegmentSettings, 'skips'>): readonly boolean[] =>
  skips === 'both' ? [true, false] : [skips === 'with']

/** One network trains alike under settings for which this is equal. */
export const trainingKey = (settings: SegmentSettings, skips: boolean): string => {
  const { depth, width, kernel, loss, rate, batch, examples, side, flip } = settings
  return JSON.stringify([skips, depth, width, kernel, loss, rate, batch, examples, side, flip])
}

export const seed = 0

/** Held-out pictures that are seen at once. */
export const shownPictures = 6
