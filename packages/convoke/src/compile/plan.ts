// A program made ready to run: its values laid out in one block, its buffers made, its results fresh at each run.

import type { Backend, Buffer } from '../backends/backend.ts'
import { streamKey } from '../backends/random-stream.ts'
import { inRange } from '../ops/arguments.ts'
import { Held } from '../tensor/held.ts'
import { allocateStorage, letGo, retain, type Storage } from '../tensor/storage.ts'
import { type Layout, type Life, layOut, livesOf } from './arena.ts'
import { type Cell, memoryOf, type Program, type Step } from './program.ts'

/** Where a step finds a value at a run: always in the same buffer, or in one of that run. */
type Place =
  | { readonly buffer: Buffer }
  | { readonly input: number }
  | { readonly output: number }
  | { readonly slot: number }
  /** A constant that is computed when it is first read. */
  | { readonly later: Cell }

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
  run(inputs: readonly Storage[], options?: RunOptions): Storage[]
  /** Whether it has to be made anew: packed weights are all that is left, and there are other threads than when they were packed. */
  isSpent(): boolean
  dispose(): void
}

export interface PlanOptions {
  /** Memory that the plan shares with others; a block of its own when not given. */
  readonly block?: Block | undefined
  /** Whether weights that were made for the program go once they are packed: then the plan lasts for as many threads only. */
  readonly settles?: boolean | undefined
}

export interface RunOptions {
  /** Called for each step, which it has to run. */
  readonly around?: ((step: Step, run: () => void) => void) | undefined
  /** The seeds of this run, in the order in which they were drawn when the program was captured. */
  readonly seeds?: readonly number[] | undefined
  /** Memory for results, by their places; others have memory of their own. What is no result of this run alone is left out. */
  readonly into?: readonly (Storage | undefined)[] | undefined
  /** Called after each step. */
  readonly after?: ((step: Step) => void) | undefined
}

/** Memory in which plans that run one after the other keep their values: as much as the largest of them needs. */
export class Block {
  readonly #backend: Backend
  #memory: Held | undefined

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Another buffer than before where more is needed than there was. */
  atLeast(bytes: number): Buffer {
    if (this.#memory === undefined || this.#memory.storage.buffer.length < bytes) {
      this.dispose()
      this.#memory = new Held(allocateStorage(this.#backend, 'uint8', bytes))
    }
    return this.#memory.storage.buffer
  }

  dispose(): void {
    this.#memory?.dispose()
    this.#memory = undefined
  }
}

/** Makes a program ready. */
export function planOf(program: Program, { block: shared, settles = false }: PlanOptions = {}): Plan {
  const { backend } = program
  let settledFor: number | undefined
  const lives = livesOf(program)
  const layout: Layout | undefined = backend.part === undefined ? undefined : layOut(lives)
  const fits = layout !== undefined && layout.byteLength > 0 && layout.byteLength < 2 ** 31
  const blockBytes = fits ? layout.byteLength : 0
  const block = shared ?? new Block(backend)
  let bound: { readonly memory: Buffer | undefined; readonly steps: Bound } | undefined
  const boundNow = (): Bound => {
    const memory = blockBytes > 0 ? block.atLeast(blockBytes) : undefined
    if (bound === undefined || bound.memory !== memory) bound = { memory, steps: bind(program, lives, layout, memory) }
    return bound.steps
  }
  if (shared === undefined) boundNow()
  return {
    program,
    blockBytes,
    run: (given, options = {}) => {
      const steps = boundNow()
      if (!settles || settledFor !== undefined) return runBound(program, steps, given, options)
      settledFor = threadsOf(backend)
      const results = runBound(program, steps, given, { ...options, after: settling(program) })
      // Constants that were computed meanwhile have their places now.
      bound = undefined
      return results
    },
    isSpent: () => settledFor !== undefined && settledFor !== threadsOf(backend),
    dispose: () => {
      if (shared === undefined) block.dispose()
      for (const { inputs } of program.steps) for (const { constant, held } of inputs) (held ?? constant)?.dispose()
    },
  }
}

const threadsOf = (backend: Backend): number => backend.threads?.() ?? 1

/** For a first run: gives back, step by step, the memory of weights of which kernels have packed forms by then. */
function settling({ backend, steps }: Program): (step: Step) => void {
  const uses = new Map<Cell, number>()
  for (const { inputs } of steps) for (const cell of inputs) uses.set(cell, (uses.get(cell) ?? 0) + 1)
  return ({ inputs }) => {
    for (const cell of inputs) {
      const { own, constant } = cell
      if (own === true && uses.get(cell) === 1 && constant?.storage.references === 1)
        backend.settle?.(constant.storage.buffer)
    }
  }
}

/** Steps that know where their values are. */
interface Bound {
  readonly ready: readonly Ready[]
  /** Values with memory of their own. */
  readonly cells: readonly Cell[]
}

function bind(program: Program, lives: readonly Life[], layout: Layout | undefined, memory: Buffer | undefined): Bound {
  const { backend, steps } = program
  const slots = new Map<Cell, number>()
  const buffers = new Map<Cell, Buffer>()
  const placeOf = (cell: Cell): Place => {
    if (cell.make !== undefined) return { later: cell }
    const constant = memoryOf(cell)
    if (constant !== undefined) return { buffer: constant.buffer }
    const output = program.outputs.indexOf(cell)
    const input = program.inputs.indexOf(cell)
    if (input >= 0) return { input }
    if (output >= 0) return { output }
    const offset = layout?.offsets.get(cell)
    if (memory !== undefined && offset !== undefined) {
      const made = buffers.get(cell) ?? backend.part?.(memory, offset, cell.dtype, cell.length)
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
  return { ready, cells: [...slots.keys()] }
}

function runBound(
  program: Program,
  { ready, cells }: Bound,
  given: readonly Storage[],
  { around, seeds, into, after }: RunOptions,
): Storage[] {
  const { backend } = program
  const own: (Storage | undefined)[] = cells.map(() => undefined)
  const results: Storage[] = []
  try {
    for (const [i, cell] of program.outputs.entries()) {
      const first = program.outputs.indexOf(cell)
      const input = program.inputs.indexOf(cell)
      const known = memoryOf(cell) ?? (input >= 0 ? given[input] : first < i ? results[first] : undefined)
      const place = known ?? into?.[i]
      results.push(place === undefined ? allocateStorage(backend, cell.dtype, cell.length) : retain(place))
    }
    const bufferOf = (place: Place): Buffer => {
      if ('buffer' in place) return place.buffer
      if ('input' in place) return given[place.input].buffer
      if ('output' in place) return results[place.output].buffer
      if ('later' in place) return (memoryOf(place.later) as Storage).buffer
      const { slot } = place
      own[slot] ??= allocateStorage(backend, cells[slot].dtype, cells[slot].length)
      return (own[slot] as Storage).buffer
    }
    for (const one of ready) {
      const inputs = one.fixed?.[0] ?? one.inputs.map(bufferOf)
      const outputs = one.fixed?.[1] ?? one.outputs.map(bufferOf)
      if (around === undefined) perform(backend, one.step, inputs, outputs, seeds)
      else around(one.step, () => perform(backend, one.step, inputs, outputs, seeds))
      after?.(one.step)
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

function perform(
  backend: Backend,
  step: Step,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  seeds: readonly number[] = [],
): void {
  if (step.kernel !== null) {
    const { kernel, spec, draw } = step
    // The specs of random kernels alone have a key, and follow a draw.
    const own = draw === undefined ? spec : ({ ...spec, key: streamKey(seeds[draw]) } as typeof spec)
    backend.run(kernel, own, inputs, outputs)
    return
  }
  const values = backend.readSync?.(inputs[0])
  if (values !== undefined) backend.write(outputs[0], inRange(step.range, values))
}
