// How the channels of one tensor of a convolution meet the vectors of another. Vectors hold output channels of the
// product; the other operand is either one channel for all lanes, or, where groups are narrow, the channel of each
// lane's own group, so that several groups fill a vector.

import type { Target } from '../../program/index.ts'

/** Every lane takes the same channel. */
export interface Broadcast {
  readonly kind: 'broadcast'
}

/** Lane l takes channel ⌊l / outer⌋·inner + j for the j-th of `inner` products. */
export interface Lanewise {
  readonly kind: 'lanewise'
  /** Channels a group has on the vector's side. */
  readonly outer: number
  /** Channels a group has on the other side: products a lane. */
  readonly inner: number
  /** Elements of a whole vector: whole groups. */
  readonly elements: number
  /** Channels of the other side that a whole vector meets. */
  readonly span: number
}

export type Operand = Broadcast | Lanewise

export const broadcast: Broadcast = Object.freeze({ kind: 'broadcast' })

/**
 * The lanewise operand where it fills vectors better than one group at a time does, else undefined. The channels it
 * meets must lie within two vectors, which one shuffle reaches.
 */
export function lanewiseFor(groups: number, outer: number, inner: number, { lanes }: Target): Lanewise | undefined {
  if (groups === 1 || inner > lanes) return undefined
  const side = Math.min(Math.floor(lanes / outer), Math.floor((2 * lanes) / inner), groups)
  if (side < 2) return undefined
  return Object.freeze({ kind: 'lanewise', outer, inner, elements: side * outer, span: side * inner })
}

/** Whether the channels lie as the lanes do, so that memory is the operand. */
export const isPlainOperand = ({ outer, inner }: Lanewise): boolean => outer === 1 && inner === 1
