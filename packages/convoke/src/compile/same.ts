// Whether two programs are the same: kernel by kernel, value by value.

import { sameShape } from '../shapes/broadcast.ts'
import type { Cell, Program, Step } from './program.ts'

/** Frees what a program keeps of constants. */
export function disposeConstants({ steps, outputs }: Program): void {
  for (const cell of cellsOf(steps, outputs)) cell.constant?.dispose()
}

const cellsOf = (steps: readonly Step[], outputs: readonly Cell[]): ReadonlySet<Cell> =>
  new Set([...steps.flatMap((step) => [...step.inputs, ...step.outputs]), ...outputs])

/** Whether both run the same kernels on the same values, whatever seeds they draw. */
export function sameProgram(a: Program, b: Program): boolean {
  if (a.steps.length !== b.steps.length) return false
  const counterpart = new Map<Cell, Cell>()
  const sameCells = (ours: readonly Cell[], theirs: readonly Cell[]): boolean =>
    ours.length === theirs.length && ours.every((cell, i) => sameCell(cell, theirs[i]))
  const sameCell = (ours: Cell, theirs: Cell): boolean => {
    const known = counterpart.get(ours)
    if (known !== undefined) return known === theirs
    counterpart.set(ours, theirs)
    return ours.dtype === theirs.dtype && ours.length === theirs.length && sameConstant(ours, theirs)
  }
  return (
    sameCells(a.inputs, b.inputs) &&
    a.steps.every((step, i) => {
      const other = b.steps[i]
      return sameWork(step, other) && sameCells(step.inputs, other.inputs) && sameCells(step.outputs, other.outputs)
    }) &&
    sameCells(a.outputs, b.outputs)
  )
}

function sameWork(a: Step, b: Step): boolean {
  if (a.kernel === null || b.kernel === null)
    return a.kernel === b.kernel && JSON.stringify(rangeOf(a)) === JSON.stringify(rangeOf(b))
  return a.kernel === b.kernel && a.draw === b.draw && (a.spec === b.spec || textOf(a) === textOf(b))
}

const rangeOf = (step: Step): unknown => (step.kernel === null ? step.range : null)

/** A spec as text, numbers exactly; without the key that a draw takes the place of. */
const textOf = ({ spec, draw }: Exclude<Step, { readonly kernel: null }>): string =>
  JSON.stringify(spec, (name, value: unknown) => {
    if (draw !== undefined && name === 'key') return undefined
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
      return `number ${String(1 / value)} ${value}`
    return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>, String) : value
  })

function sameConstant({ constant: a }: Cell, { constant: b }: Cell): boolean {
  if (a === undefined || b === undefined || a.storage === b.storage) return (a === undefined) === (b === undefined)
  if (!sameShape(a.shape, b.shape)) return false
  const [ours, theirs] = [a.dataSync(), b.dataSync()]
  return ours.every((value, i) => Object.is(value, theirs[i]))
}
