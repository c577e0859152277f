// What every way of keeping boxes gives, before pictures are brought to one size.

import type { data } from 'convoke'
import type { PartName } from './place.ts'

export type Boxed = data.Dataset<data.BoxedPicture>
export type BoxedSets = Partial<Record<PartName, Boxed>>

export interface BoxedParts {
  readonly kind: string
  readonly sets: BoxedSets
  readonly classes: readonly string[]
  readonly problems: readonly string[]
  readonly notes: readonly string[]
  /** Boxes that count, in all parts. */
  readonly boxes: number
  /** Boxes marked as crowds or difficult. */
  readonly ignored: number
  /** What is said of each picture without an annotation. */
  readonly strays?: readonly string[]
  /** What is said of pictures in two parts. */
  readonly warnings?: readonly string[]
}
