// What all elementwise kernels share: rows of vectors over broadcast operands, whole vectors first, then the rest of the
// row under a tail, or one by one where bytes are read or written.

import { stridesOf } from '../../../../shapes/broadcast.ts'
import type { DType } from '../../../backend.ts'
import { type Builder, type Pointer, type Tail, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import {
  bytesOf,
  collapse,
  emitNest,
  type Nest,
  type NestOperand,
  nestArguments,
  splitNest,
  withUnitRows,
} from '../nest.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, rowArguments, stepOf } from '../step.ts'

/** An elementwise kernel: float32 operands come and go as floats, all other dtypes as int32 lanes. */
export interface Elementwise {
  /** Everything that `compute` depends on besides dtypes and target. */
  readonly name: string
  readonly target: Target
  readonly inputs: readonly DType[]
  readonly output: DType
  readonly shape: readonly number[]
  /** Of each input, in elements, 0 along broadcast axes. */
  readonly strides: readonly (readonly number[])[]
  /** Row-major when not given. */
  readonly outputStrides?: readonly number[]
  /** Where each input and the output starts, in elements. */
  readonly offsets?: readonly number[]
  /** The plan's buffers that hold them; the inputs first and the output next when not given. */
  readonly buffers?: readonly number[]
  /** Float arguments that `compute` reads. */
  readonly floats?: Readonly<Record<string, number>>
  readonly compute: (b: Builder, inputs: readonly Vector[]) => Vector
}

/** Which elements an access touches: a whole vector, one, or those of a tail. */
export type Part = 'all' | 'one' | Tail

const tailOf = (b: Builder, part: Part): Tail | undefined =>
  part === 'all' ? undefined : part === 'one' ? b.tail(1) : part

/** Lanes of `dtype` at `pointer`; bytes come as int32, for 'all' or 'one'. */
export const loadPart = (b: Builder, dtype: DType, pointer: Pointer, part: Part): Vector =>
  bytesOf(dtype) === 1 ? b.loadBytes(pointer, 0, part === 'one' ? 1 : b.lanes) : b.load(pointer, 0, tailOf(b, part))

export function storePart(b: Builder, dtype: DType, pointer: Pointer, value: Vector, part: Part): void {
  if (bytesOf(dtype) === 1) b.storeBytes(pointer, 0, value, part === 'one' ? 1 : b.lanes)
  else b.store(pointer, 0, value, tailOf(b, part))
}

/** One element in every lane. */
export function loadEveryLane(b: Builder, dtype: DType, pointer: Pointer): Vector {
  if (bytesOf(dtype) === 4) return b.broadcast(pointer)
  const one = b.loadBytes(pointer, 0, 1)
  return b.shuffle(one, one, new Array<number>(b.lanes).fill(0))
}

interface Operand {
  readonly name: string
  readonly dtype: DType
  /** Whether a row reads one element over and over. */
  readonly fixed: boolean
}

/** A row of `vectors` whole vectors and `rest` elements; moves every pointer that is not fixed past what it has read. */
export function emitRow(b: Builder, bytes: boolean, advance: (elements: number) => void, step: (part: Part) => void) {
  b.loop(b.integer('vectors'), () => {
    step('all')
    advance(b.lanes)
  })
  const rest = b.integer('rest')
  if (bytes) {
    b.loop(rest, () => {
      step('one')
      advance(1)
    })
  } else b.when(rest, 'gt', 0, () => step(b.tail(rest)))
}

/** Elements past which `emitRow` moves a pointer: a tail does not move it. */
export const rowConsumes = (lanes: number, bytes: boolean, elements: number): number =>
  bytes ? elements : elements - (elements % lanes)

function operandsOf({ inputs, output }: Elementwise, nest: Nest): Operand[] {
  const fixed = nest.strides.map((list) => list[list.length - 1] === 0)
  return [...inputs, output].map((dtype, k) => ({
    name: k === inputs.length ? 'y' : `x${k}`,
    dtype,
    fixed: fixed[k],
  }))
}

function writeProgram(kernel: Elementwise, operands: readonly Operand[], depth: number, title: string) {
  const bytes = operands.some(({ dtype }) => bytesOf(dtype) === 1)
  return vectorProgram(title, kernel.target, (b) => {
    const pointers = Object.fromEntries(operands.map(({ name }) => [name, b.pointer(name)]))
    const sources = operands.slice(0, -1)
    const row = () => {
      const held = sources.map(({ name, dtype, fixed }) =>
        fixed ? loadEveryLane(b, dtype, pointers[name]) : undefined,
      )
      const advance = (elements: number) => {
        for (const { name, dtype, fixed } of operands) {
          if (!fixed) b.advance(pointers[name], elements * bytesOf(dtype))
        }
      }
      emitRow(b, bytes, advance, (part) => {
        const values = sources.map(({ name, dtype }, k) => held[k] ?? loadPart(b, dtype, pointers[name], part))
        storePart(b, kernel.output, pointers['y'], kernel.compute(b, values), part)
      })
    }
    emitNest(b, depth, pointers, row)
  })
}

/** The step that runs `kernel`. */
export function elementwiseStep(kernel: Elementwise): KernelStep {
  const { target, shape } = kernel
  const offsets = kernel.offsets ?? [...kernel.inputs, kernel.output].map(() => 0)
  const nest = withUnitRows(collapse(shape, [...kernel.strides, kernel.outputStrides ?? stridesOf(shape)]))
  const operands = operandsOf(kernel, nest)
  const bytes = operands.some(({ dtype }) => bytesOf(dtype) === 1)
  const split = splitNest(nest)
  const nested: NestOperand[] = operands.map(({ name, dtype, fixed }) => ({
    name,
    bytes: bytesOf(dtype),
    consumed: (elements) => (fixed ? 0 : rowConsumes(target.lanes, bytes, elements) * bytesOf(dtype)),
  }))
  const dtypes = operands.map(({ dtype, fixed }) => `${dtype}${fixed ? ' fixed' : ''}`).join(', ')
  const title = `${kernel.name} (${dtypes}) depth ${split.depth}`
  const program = programFor(`${title} ${target.name}`, () => writeProgram(kernel, operands, split.depth, title))
  const calls = split.runs.map(
    (run): CallArguments => ({
      ...Object.fromEntries(
        nested.map(({ name, bytes }, k) => [
          name,
          place(kernel.buffers?.[k] ?? k, (offsets[k] + run.starts[k]) * bytes),
        ]),
      ),
      ...nestArguments(split, run, nested),
      ...kernel.floats,
      ...rowArguments(target.lanes, run.sizes[split.depth]),
    }),
  )
  return stepOf(program, calls)
}

export const elementwisePlan = (kernel: Elementwise): KernelPlan => planOf([elementwiseStep(kernel)])
