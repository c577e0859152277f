// One axis of a reduction, between buffers of the plan.

import type { AxisSpec, DType } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import type { ReduceOp } from './reduction.ts'

/** What is read at [outer, length, inner], by strides in elements. */
export interface Operand {
  readonly buffer: number
  readonly outer: number
  readonly length: number
  readonly inner: number
}

/** What is reduced, a function of an element of each operand. */
export interface Computed {
  /** Everything that `emit` depends on. */
  readonly name: string
  readonly floats: Readonly<Record<string, number>>
  readonly emit: (b: Builder, values: readonly Vector[]) => Vector
  /** Whether it takes so long that the totals need not grow side by side. */
  readonly long: boolean
}

/** The total times `scale`, or its root. */
export interface Finish {
  readonly root: boolean
  readonly scale: number
}

export interface Stage extends AxisSpec {
  readonly op: ReduceOp
  readonly dtype: DType
  readonly operands: readonly Operand[]
  readonly computed: Computed | undefined
  readonly finish: Finish | undefined
  readonly to: number
  readonly target: Target
}

/** A piece of the axis, and which of how many it is. */
export interface Pieces {
  readonly start: number
  readonly count: number
  readonly piece: number
  readonly pieces: number
}

export const finished = (b: Builder, finish: Finish | undefined, total: Vector): Vector =>
  finish === undefined ? total : finish.root ? b.sqrt(total) : b.mul(total, b.float('scale'))
