// A reduction as stages, one for each axis to reduce, the innermost first. A long axis is cut into pieces of a size that
// depends on the shape alone, reduced to scratch and from there: never by thread.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { AxisSpec, DType } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import type { KernelStep } from '../plan.ts'
import { programFor, stepOf } from '../step.ts'
import { columnCalls, wideColumns, writeColumns } from './by-columns.ts'
import { rowCalls, writeRows } from './by-rows.ts'
import type { ReduceOp } from './reduction.ts'
import type { Computed, Finish, Operand, Stage } from './stage.ts'

export interface AxisPieces {
  readonly axis: AxisSpec
  /** Elements of the axis in a piece. */
  readonly piece: number
}

/** Elements of the axis in a piece, or all of it where there is work enough to share without cutting. */
function pieceLength({ outer, length, inner }: AxisSpec, lanes: number): number {
  const tasks = outer * Math.ceil(inner / (wideColumns * lanes))
  const piece = grainUnits(length, inner)
  return tasks < 8 && length >= 2 * piece ? piece : length
}

/** [outer, length, inner] → [outer, pieces, inner]. */
function stageStep(stage: Stage, piece: number): KernelStep {
  const rows = stage.inner === 1
  const { op, dtype, target, operands, computed, finish } = stage
  const shapes = operands.map(({ length, inner }) => `${Math.min(length, 1)}${rows ? '' : Math.min(inner, 1)}`).join()
  const name = computed === undefined ? '' : ` of ${computed.name} (${shapes})`
  const end = finish === undefined ? '' : finish.root ? ', root' : ', scaled'
  const title = `${op} of ${dtype} ${rows ? 'rows' : 'columns'}${name}${end}`
  const program = programFor(`${title} ${target.name}`, () =>
    rows ? writeRows(stage, title) : writeColumns(stage, title),
  )
  const grains = grainsOf(stage.length, piece)
  const calls = grains.flatMap((grain, index) => {
    const pieces = { ...grain, piece: index, pieces: grains.length }
    return rows ? rowCalls(stage, pieces) : columnCalls(stage, pieces)
  })
  const floats = { ...computed?.floats, ...(finish === undefined || finish.root ? {} : { scale: finish.scale }) }
  return stepOf(
    program,
    calls.map((call) => ({ ...call, ...floats })),
  )
}

/** The axes to reduce, the innermost first, each with the length of its pieces. */
export function stagesOf(sizes: readonly number[], kept: readonly boolean[], lanes: number): AxisPieces[] {
  const at = kept.lastIndexOf(false)
  if (at < 0) return []
  const [before, after] = [sizes.slice(0, at), sizes.slice(at + 1)]
  const axis = { outer: sizeOf(before), length: sizes[at], inner: sizeOf(after) }
  const piece = pieceLength(axis, lanes)
  const pieces = Math.ceil(axis.length / piece)
  const again = pieces === 1 ? [] : [{ axis: { ...axis, length: pieces }, piece: pieces }]
  return [{ axis, piece }, ...again, ...stagesOf([...before, ...after], kept.toSpliced(at, 1), lanes)]
}

export interface Reducing {
  readonly op: ReduceOp
  readonly dtype: DType
  readonly target: Target
  /** The buffers of the plan where the input and the output are, and the first of those between stages. */
  readonly from: number
  readonly to: number
  readonly scratch: number
  /** What the first stage reads in place of the elements of `from`. */
  readonly operands?: readonly Operand[]
  readonly computed?: Computed
  /** What is made of the totals. */
  readonly finish?: Finish | undefined
}

/** The elements of a buffer, row-major. */
const plain = (buffer: number, { length, inner }: AxisSpec): readonly Operand[] => [
  { buffer, outer: length * inner, length: inner, inner: 1 },
]

/** The steps of the stages, and the bytes of what lies between them. */
export function stepsOf(
  stages: readonly AxisPieces[],
  { op, dtype, target, from, to, scratch, operands, computed, finish }: Reducing,
): { readonly steps: readonly KernelStep[]; readonly scratch: readonly number[] } {
  const steps = stages.map(({ axis, piece }, index) => {
    const [first, last] = [index === 0, index === stages.length - 1]
    const stage: Stage = {
      ...axis,
      ...{ op, dtype, target, to: last ? to : scratch + index },
      operands: first ? (operands ?? plain(from, axis)) : plain(scratch + index - 1, axis),
      computed: first ? computed : undefined,
      finish: last ? finish : undefined,
    }
    return stageStep(stage, piece)
  })
  const bytes = stages.slice(0, -1).map(({ axis, piece }) => {
    const elements = axis.outer * Math.ceil(axis.length / piece) * axis.inner
    return 4 * Math.ceil((elements * bytesOf(dtype)) / 4)
  })
  return { steps, scratch: bytes }
}
