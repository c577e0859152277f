// Writing down what a network does: it runs once, and only what does not depend on its input is computed.

import { withoutGradients } from '../autodiff/tape.ts'
import type { Kernel, KernelName, KernelSpecs } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import { type StreamKey, streamKey } from '../backends/random-stream.ts'
import { ConvokeError } from '../shapes/error.ts'
import { keep, runScope } from '../tensor/scope.ts'
import { letGo, retain, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type IndexRange, underEyesOf, type Witness } from '../tensor/witness.ts'
import type { Cell, Program, Step } from './program.ts'
import { tensorsWithin } from './structure.ts'

const random: readonly KernelName[] = ['random', 'dropout']

export interface Captured<T> {
  readonly program: Program
  /** What the network gave, its tensors standing for values that are not there. Only shapes may be asked for. */
  readonly result: T
  /** Of each tensor of the result, in the order in which `tensorsWithin` finds them. */
  readonly shapes: readonly (readonly number[])[]
  /** The seeds that each run draws, in order. */
  readonly draws: readonly Draw[]
}

export interface Draw {
  readonly draw: () => number
  /** What was drawn while the network was captured. */
  readonly seed: number
}

export interface CaptureOptions {
  /** The module that is running: `features.0`; '' for the network itself. */
  readonly path?: (() => string) | undefined
  /** Whether seeds may be drawn, new ones for each run. */
  readonly draws?: boolean | undefined
}

/** A storage seen while the network ran. */
interface Seen {
  readonly storage: Storage
  varies: boolean
  cell: Cell | undefined
}

class Capture implements Witness {
  readonly #seen = new Map<Storage, Seen>()
  readonly #held: Storage[] = []
  readonly #steps: {
    readonly make: (cells: (storage: Storage) => Cell) => Step
    readonly outputs: readonly Storage[]
  }[] = []
  #path: () => string
  readonly #mayDraw: boolean
  readonly drawn: Draw[] = []
  #drawing = false

  constructor(inputs: readonly Storage[], { path = () => '', draws = false }: CaptureOptions) {
    this.#path = path
    this.#mayDraw = draws
    for (const storage of inputs) this.#made(storage, true)
  }

  /** A storage that comes from outside of the network. */
  #see(storage: Storage): Seen {
    return this.#seen.get(storage) ?? this.#made(storage, false)
  }

  #made(storage: Storage, varies: boolean): Seen {
    const known = this.#seen.get(storage)
    if (known !== undefined) {
      known.varies ||= varies
      return known
    }
    const seen = { storage, varies, cell: undefined }
    this.#seen.set(storage, seen)
    // Contents that the plan reads stay as they are: whoever changes a tensor that is held elsewhere writes to memory of its own.
    if (!varies) this.#held.push(retain(storage))
    return seen
  }

  follows(storage: Storage): boolean {
    return this.#seen.get(storage)?.varies === true
  }

  reads(storage: Storage): void {
    if (!this.follows(storage)) return
    throw new ConvokeError(
      `compile: ${this.#where()} reads numbers that depend on the input, so it may run different kernels for different inputs. Run such a network without compile, or compile the part before that.`,
    )
  }

  #where(): string {
    const path = this.#path()
    return path === '' ? 'the network' : `the layer ${path}`
  }

  runs<K extends KernelName>(
    kernel: Kernel<K>,
    spec: KernelSpecs[K],
    inputs: readonly Storage[],
    outputs: readonly Storage[],
  ): boolean {
    const draw = random.includes(kernel.name) ? this.#drawOf(spec as KernelSpecs['random' | 'dropout']) : undefined
    const path = this.#path()
    const varies = draw !== undefined || inputs.map((storage) => this.#see(storage)).some((seen) => seen.varies)
    for (const storage of outputs) this.#made(storage, varies)
    this.#steps.push({
      outputs,
      make: (cell) => ({ kernel, spec, path, draw, inputs: inputs.map(cell), outputs: outputs.map(cell) }) as Step,
    })
    return !varies
  }

  /** Which of the seeds that were drawn a kernel of random numbers follows. */
  #drawOf({ key }: KernelSpecs['random' | 'dropout']): number {
    const found = this.drawn.findIndex(({ seed }) => sameKey(streamKey(seed), key))
    if (found < 0) this.randomizes()
    return found
  }

  draws(draw: () => number): number {
    this.#drawing = true
    try {
      const seed = draw()
      this.drawn.push({ draw, seed })
      return seed
    } finally {
      this.#drawing = false
    }
  }

  place(): string {
    return this.#path()
  }

  inPlace<T>(place: string, body: () => T): T {
    const before = this.#path
    this.#path = () => place
    try {
      return body()
    } finally {
      this.#path = before
    }
  }

  randomizes(): void {
    if (this.#drawing && this.#mayDraw) return
    throw new ConvokeError(
      `compile: ${this.#where()} draws random numbers; a compiled network would repeat the same ones. Pass them in as an input.`,
    )
  }

  checks(input: Storage, output: Storage, range: IndexRange): void {
    const path = this.#path()
    this.#made(output, true)
    this.#steps.push({
      outputs: [output],
      make: (cell) => ({ kernel: null, range, path, inputs: [cell(input)], outputs: [cell(output)] }),
    })
  }

  /** What was written down, with a value for each of `inputs` and `outputs`. */
  program(inputs: readonly Storage[], outputs: readonly Storage[]): Program {
    const cell = (storage: Storage): Cell => {
      const seen = this.#see(storage)
      const { dtype, length } = storage.buffer
      seen.cell ??= { dtype, length, constant: seen.varies ? undefined : constantOf(storage) }
      return seen.cell
    }
    const steps = this.#steps.flatMap(({ make, outputs: made }) =>
      made.some((storage) => this.#see(storage).varies) ? [make(cell)] : [],
    )
    return { backend: currentBackend(), inputs: inputs.map(cell), outputs: outputs.map(cell), steps }
  }

  end(): void {
    for (const storage of this.#held) letGo(storage)
    this.#held.length = 0
  }
}

const constantOf = (storage: Storage): Tensor => keep(new Tensor(retain(storage), [storage.buffer.length]))

const sameKey = (a: StreamKey, b: StreamKey): boolean => a[0] === b[0] && a[1] === b[1]

/**
 * Runs `network` on tensors of the current backend whose numbers it does not look at, and writes down the kernels. Throws `ConvokeError`
 * where what runs depends on the numbers.
 */
export function capture<T>(network: () => T, inputs: readonly Tensor[], options: CaptureOptions = {}): Captured<T> {
  const storages = inputs.map(({ storage }) => storage)
  const watching = new Capture(storages, options)
  try {
    return underEyesOf(watching, () =>
      withoutGradients(() =>
        runScope(
          () => {
            const result = network()
            const tensors = tensorsWithin(result)
            const made = tensors.map((tensor) => tensor.storage)
            const program = watching.program(storages, made)
            return { result, shapes: tensors.map(({ shape }) => shape), program, draws: watching.drawn }
          },
          () => [],
        ),
      ),
    )
  } finally {
    watching.end()
  }
}
