// Programs as data: JSON and the bytes of their constants.

import type { Backend, DType, Kernel, TypedArray } from '../backends/backend.ts'
import { withBackend } from '../backends/current.ts'
import { ConvokeError, check } from '../shapes/error.ts'
import { Held, readNow, storageOf } from '../tensor/held.ts'
import type { IndexRange } from '../tensor/witness.ts'
import { bytesOf } from './arena.ts'
import { type Cell, isConstant, memoryOf, type Program, type Step } from './program.ts'

interface SavedCell {
  readonly dtype: DType
  readonly length: number
  /** Where its bytes begin, of a constant. */
  readonly at?: number
}

interface SavedStep {
  /** Null of a check of indices, which `spec` is then. */
  readonly kernel: string | null
  readonly spec: unknown
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly path: string
}

export interface SavedProgram {
  readonly cells: readonly SavedCell[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly steps: readonly SavedStep[]
}

/** Constants of several programs one after the other, equal ones once. */
export class Constants {
  /** By length and a sum of the contents. */
  readonly #known = new Map<string, { readonly at: number; readonly bytes: Uint8Array }[]>()
  readonly #parts: Uint8Array[] = []
  #length = 0

  /** Where the bytes of a constant begin. */
  place(cell: Cell): number {
    const memory = memoryOf(cell)
    if (memory === undefined) throw new ConvokeError('A value that changes from run to run has no bytes.')
    const { buffer, byteOffset, byteLength } = readNow(memory) as TypedArray
    // Floats begin at multiples of four.
    const bytes = new Uint8Array(Math.ceil(byteLength / 4) * 4)
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength))
    const key = `${byteLength} ${sumOf(bytes)}`
    const alike = this.#known.get(key) ?? []
    const same = alike.find((other) => bytes.every((byte, i) => byte === other.bytes[i]))
    if (same !== undefined) return same.at
    const at = this.#length
    this.#known.set(key, [...alike, { at, bytes }])
    this.#parts.push(bytes)
    this.#length += bytes.length
    return at
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      all.set(part, at)
      at += part.length
    }
    return all
  }
}

/** The sum of all bytes as 32-bit words, modulo 2³². */
export function sumOf(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  let sum = 0
  for (let i = 0; i < words.length; i++) sum = (sum + words[i]) >>> 0
  return sum
}

/** A program as data; its constants go to `constants`. */
export function savedProgram({ steps, inputs, outputs }: Program, constants: Constants): SavedProgram {
  const cells: SavedCell[] = []
  const numbers = new Map<Cell, number>()
  const numberOf = (cell: Cell): number => {
    const known = numbers.get(cell)
    if (known !== undefined) return known
    const { dtype, length } = cell
    const place = isConstant(cell) ? { at: constants.place(cell) } : {}
    const number = cells.push({ dtype, length, ...place }) - 1
    numbers.set(cell, number)
    return number
  }
  return {
    inputs: inputs.map(numberOf),
    outputs: outputs.map(numberOf),
    steps: steps.map((step) => ({
      kernel: step.kernel === null ? null : step.kernel.name,
      spec: plain(step.kernel === null ? step.range : step.spec),
      inputs: step.inputs.map(numberOf),
      outputs: step.outputs.map(numberOf),
      path: step.path,
    })),
    cells,
  }
}

const arrays = { Int32Array, Float64Array, Float32Array, Uint8Array } as const
type ArrayName = keyof typeof arrays

/** A spec in terms of JSON, which has neither typed arrays nor every number. */
function plain(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $number: String(Object.is(value, -0) ? '-0' : value) }
  if (ArrayBuffer.isView(value)) {
    const { name } = value.constructor
    return { $array: name, values: Array.from(value as unknown as ArrayLike<number>, plain) }
  }
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [[name, plain(part)]])),
  )
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(revived))
  if (value === null || typeof value !== 'object') return value
  const record = value as Readonly<Record<string, unknown>>
  if (typeof record.$number === 'string') return Number(record.$number)
  if (typeof record.$array === 'string') {
    return arrays[record.$array as ArrayName].from(revived(record.values) as readonly number[])
  }
  return Object.freeze(Object.fromEntries(Object.entries(record).map(([name, part]) => [name, revived(part)])))
}

/** The program of a backend, with constants of its own, `bytes` being those of `Constants`. */
export function revivedProgram(
  saved: SavedProgram,
  bytes: Uint8Array,
  kernels: Readonly<Record<string, Kernel>>,
  backend: Backend,
  known: Map<number, Cell>,
): Program {
  const cells = saved.cells.map(({ dtype, length, at }): Cell => {
    if (at === undefined) return { dtype, length }
    const same = known.get(at)
    if (same !== undefined) return same
    const byteLength = bytesOf({ dtype, length })
    check(
      at + byteLength <= bytes.byteLength,
      () => `The weights end before byte ${at + byteLength}: the file is not whole.`,
    )
    const part = bytes.slice(at, at + byteLength)
    const values =
      dtype === 'float32' ? new Float32Array(part.buffer) : dtype === 'int32' ? new Int32Array(part.buffer) : part
    const held = withBackend(backend, () => new Held(storageOf(values, dtype, length)))
    const cell = { dtype, length, held }
    known.set(at, cell)
    return cell
  })
  const steps = saved.steps.map(({ kernel: name, spec, inputs, outputs, path }): Step => {
    const places = { inputs: inputs.map((i) => cells[i]), outputs: outputs.map((i) => cells[i]), path }
    if (name === null) return { kernel: null, range: revived(spec) as IndexRange, ...places }
    const kernel = Object.hasOwn(kernels, name) ? kernels[name] : undefined
    check(kernel !== undefined, () => `The kernel ${name} is not part of this file.`)
    return { kernel, spec: revived(spec), ...places } as Step
  })
  return { backend, steps, inputs: saved.inputs.map((i) => cells[i]), outputs: saved.outputs.map((i) => cells[i]) }
}
