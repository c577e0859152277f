// One op at one size: how Convoke runs it, and the same of its peers.

import type { Tensor } from 'convoke'

/** What an input is filled with: numbers about 0, above 0, or whole numbers below `below`. */
export type Filling = 'normal' | 'positive' | { readonly below: number }

export interface OpInput {
  readonly shape: readonly number[]
  /** Where the peers hold it otherwise, as channels first. */
  readonly peer?: readonly number[]
  readonly filling?: Filling
}

export interface OnnxOp {
  readonly operator: string
  /** A list of whole numbers, a whole number, `{ float }` or a text. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>
  /** Whole numbers or float32, passed after the inputs; null is an input left out. */
  readonly constants?: readonly (
    | { readonly int64: readonly number[] }
    | { readonly float32: readonly number[] }
    | null
  )[]
  /** float32 when not given. */
  readonly outputs?: readonly ('float32' | 'int64' | 'bool')[]
}

export interface OpCase {
  readonly op: string
  readonly size: string
  readonly inputs: readonly OpInput[]
  readonly run: (inputs: readonly Tensor[]) => Tensor | readonly Tensor[]
  /** Whether gradients of the sum of the (first) result are timed as well; true when not given. */
  readonly backward?: boolean
  readonly onnx?: OnnxOp
  /** A Python expression over x0, x1, …; F is torch.nn.functional. */
  readonly torch?: string
}

export const nameOf = ({ op, size }: OpCase): string => `${op} ${size}`
