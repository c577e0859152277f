// What can be chosen in the view, and its limits.

export type Source = 'digits' | 'drawings' | 'pictures'
export const sources: readonly Source[] = ['digits', 'drawings', 'pictures']

/** What sets one network apart from another. */
export interface NetworkChoice {
  /** Side of the kernels. */
  readonly kernel: number
  /** Kernels of the first stage, doubled at each stage after it. */
  readonly count: number
  /** Stages, with pooling in between. */
  readonly depth: number
}

export interface TrainSettings extends NetworkChoice {
  readonly source: Source
  /** Digits to train on. */
  readonly examples: number
  readonly rate: number
  readonly batch: number
  /** After which training pauses by itself. */
  readonly epochs: number
  /** Whether pictures are turned, moved and scaled a little each time they are used. */
  readonly augment: boolean
  readonly compared: readonly NetworkChoice[]
  /** For which each network that is compared is trained. */
  readonly comparedEpochs: number
}

/** The least, the largest and what is set at first. */
export const kernels = [1, 3, 5, 7] as const
export const counts = [2, 4, 8, 16, 32] as const
export const depths = [1, 2, 3] as const
export const exampleCounts = [500, 1000, 2000, 4000] as const
export const rates = [0.0003, 0.001, 0.003, 0.01, 0.03] as const
export const batchSizes = [4, 8, 16, 32, 64] as const
export const mostEpochs = 200
export const mostCompared = 4
export const mostComparedEpochs = 30

export const firstSettings: TrainSettings = {
  ...{ source: 'digits', examples: 2000, kernel: 3, count: 8, depth: 3, rate: 0.003, batch: 32, epochs: 10 },
  augment: false,
  compared: [
    { kernel: 3, count: 4, depth: 2 },
    { kernel: 3, count: 8, depth: 3 },
    { kernel: 5, count: 8, depth: 2 },
  ],
  comparedEpochs: 3,
}

/** What suits a source: few pictures are seen more often, and never twice alike. */
export const suited = (source: Source): Pick<TrainSettings, 'source' | 'batch' | 'epochs' | 'augment'> =>
  source === 'digits'
    ? { source, batch: 32, epochs: 10, augment: false }
    : { source, batch: 8, epochs: 30, augment: true }

/** Widths of the stages. */
export const widthsOf = ({ count, depth }: NetworkChoice): number[] =>
  Array.from({ length: depth }, (_, stage) => count * 2 ** stage)

/** Two settings train alike when these are equal: a run can go on under one as it began under the other. */
export const trainingKey = ({ source, examples, kernel, count, depth, rate, batch, augment }: TrainSettings): string =>
  JSON.stringify([source, source === 'digits' ? examples : 0, kernel, count, depth, rate, batch, augment])

export const seed = 0
export const digitSide = 28
export const pictureSide = 32

/** Pictures of a class below which no part can be held out to measure by. */
export const leastOfClass = 5

/** Digits to measure by, over those to train on: as the command has them. */
export const digitShare = 0.2

/** Of every class, held out to measure by. */
export const heldOut = 0.2
