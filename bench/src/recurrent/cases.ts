// Recurrent layers that are measured: PyTorch's names for what they are, batch × steps × features → units.

export type Kind = 'LSTM' | 'GRU'

export interface RecurrentCase {
  readonly kind: Kind
  readonly batch: number
  readonly steps: number
  readonly features: number
  readonly units: number
  /** Forward alone, or with the gradients of input and weights. */
  readonly training: boolean
}

const sizes = [
  [16, 100, 128, 256],
  [64, 50, 64, 128],
  [32, 28, 28, 64],
  [1, 200, 128, 256],
] as const

/** PyTorch's time over ours that is asked of the first size, native code and one thread. */
export const required = 1.2

export const recurrentCases: readonly RecurrentCase[] = sizes.flatMap(([batch, steps, features, units]) =>
  (['LSTM', 'GRU'] as const).flatMap((kind) =>
    [false, true].map((training) => ({ kind, batch, steps, features, units, training })),
  ),
)

export const isAsked = ({ batch }: RecurrentCase): boolean => batch === sizes[0][0]

export const nameOf = ({ kind, batch, steps, features, units, training }: RecurrentCase): string =>
  `${kind} ${batch}×${steps}×${features} → ${units}${training ? ', with backward' : ''}`

/** Multiply-adds: of the input's product and the state's, once forward and twice more backward. */
export function macsOf({ kind, batch, steps, features, units, training }: RecurrentCase): number {
  const columns = (kind === 'LSTM' ? 4 : 3) * units
  return (training ? 3 : 1) * batch * steps * columns * (features + units)
}
