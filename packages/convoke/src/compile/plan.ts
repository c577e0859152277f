// A program made ready to run: its values laid out in one block, its buffers made, its results fresh at each run.

import type { Buffer } from '../backends/backend.ts'
import { inRange } from '../ops/arguments.ts'
import { keep } from '../tensor/scope.ts'
import { allocateStorage, letGo, retain, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type Layout, layOut, livesOf } from './arena.ts'
import type { Cell, Program, Step } from './program.ts'

/** Where a step finds a value at a run: always in the same buffer, or in one of that run. */
type Place =
  | { readonly buffer: Buffer }
  | { readonly input: number }
  | { readonly output: number }
  | { readonly slot: number }

interface Ready {
  readonly step: Step
  readonly inputs: readonly Place[]
  readonly outputs: readonly Place[]
  /** Whether all places are buffers. */
  readonly fixed: readonly [inputs: readonly Buffer[], outputs: readonly Buffer[]] | null
  /** Values made for this run alone that nobody reads afterwards. */
  readonly last: readonly number[]
}

export interface Plan {
  readonly program: Program
  /** Bytes of the block that values of a run lie in; 0 where each has memory of its own. */
  readonly blockBytes: number
  /** Runs on storages of the plan's backend. The results are the caller's. */
  run(inputs: readonly Storage[], around?: (step: Step, run: () => void) => void): Storage[]
  dispose(): void
}

/** Makes a program ready. */
export function planOf(program: Program): Plan {
  const { backend, steps } = program
  const lives = livesOf(program)
  const layout: Layout | undefined = backend.part === undefined ? undefined : layOut(lives)
  const fits = layout !== undefined && layout.byteLength > 0 && layout.byteLength < 2 ** 31
  let block: Tensor | undefined = fits
    ? keep(new Tensor(allocateStorage(backend, 'uint8', layout.byteLength), [layout.byteLength]))
    : undefined
  const slots = new Map<Cell, number>()
  const buffers = new Map<Cell, Buffer>()
  const placeOf = (cell: Cell): Place => {
    if (cell.constant !== undefined) return { buffer: cell.constant.storage.buffer }
    const output = program.outputs.indexOf(cell)
    const input = program.inputs.indexOf(cell)
    if (input >= 0) return { input }
    if (output >= 0) return { output }
    const offset = layout?.offsets.get(cell)
    if (block !== undefined && offset !== undefined) {
      const made = buffers.get(cell) ?? backend.part?.(block.storage.buffer, offset, cell.dtype, cell.length)
      buffers.set(cell, made as Buffer)
      return { buffer: made as Buffer }
    }
    const slot = slots.get(cell) ?? slots.size
    slots.set(cell, slot)
    return { slot }
  }
  const ready = steps.map((step, index): Ready => {
    const [inputs, outputs] = [step.inputs.map(placeOf), step.outputs.map(placeOf)]
    const known = (places: readonly Place[]): Buffer[] =>
      places.flatMap((place) => ('buffer' in place ? [place.buffer] : []))
    const all = [known(inputs), known(outputs)] as const
    const fixed = all[0].length === inputs.length && all[1].length === outputs.length ? all : null
    const last = lives.flatMap(({ cell, last: end }) => {
      const slot = end === index ? slots.get(cell) : undefined
      return slot === undefined ? [] : [slot]
    })
    return { step, inputs, outputs, fixed, last }
  })
  const cellsOf = [...slots.keys()]

  const run = (given: readonly Storage[], around?: (step: Step, run: () => void) => void): Storage[] => {
    const own: (Storage | undefined)[] = cellsOf.map(() => undefined)
    const results: Storage[] = []
    try {
      for (const [i, cell] of program.outputs.entries()) {
        const first = program.outputs.indexOf(cell)
        const input = program.inputs.indexOf(cell)
        const shared = cell.constant?.storage ?? (input >= 0 ? given[input] : first < i ? results[first] : undefined)
        results.push(shared === undefined ? allocateStorage(backend, cell.dtype, cell.length) : retain(shared))
      }
      const bufferOf = (place: Place): Buffer => {
        if ('buffer' in place) return place.buffer
        if ('input' in place) return given[place.input].buffer
        if ('output' in place) return results[place.output].buffer
        const { slot } = place
        own[slot] ??= allocateStorage(backend, cellsOf[slot].dtype, cellsOf[slot].length)
        return (own[slot] as Storage).buffer
      }
      for (const one of ready) {
        const inputs = one.fixed?.[0] ?? one.inputs.map(bufferOf)
        const outputs = one.fixed?.[1] ?? one.outputs.map(bufferOf)
        if (around === undefined) perform(program, one.step, inputs, outputs)
        else around(one.step, () => perform(program, one.step, inputs, outputs))
        for (const slot of one.last) {
          const storage = own[slot]
          if (storage !== undefined) letGo(storage)
          own[slot] = undefined
        }
      }
      return results
    } catch (error) {
      for (const storage of results) letGo(storage)
      throw error
    } finally {
      for (const storage of own) if (storage !== undefined) letGo(storage)
    }
  }
  return {
    program,
    blockBytes: block?.size ?? 0,
    run,
    dispose: () => {
      block?.dispose()
      block = undefined
      for (const { inputs } of steps) for (const { constant } of inputs) constant?.dispose()
    },
  }
}

function perform({ backend }: Program, step: Step, inputs: readonly Buffer[], outputs: readonly Buffer[]): void {
  if (step.kernel !== null) {
    backend.run(step.kernel, step.spec, inputs, outputs)
    return
  }
  const values = backend.readSync?.(inputs[0])
  if (values !== undefined) backend.write(outputs[0], inRange(step.range, values))
}
