// A graph of ONNX in the making: nodes in order, constants, and the lengths of every value.

import type { DType } from '../../backends/backend.ts'
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType, OnnxValues } from '../../formats/onnx/model.ts'
import { ConvokeError } from '../../shapes/error.ts'

export type Attributes = Readonly<Record<string, OnnxAttribute>>

export const int = (value: number): OnnxAttribute => ({ type: 'int', value })
export const float = (value: number): OnnxAttribute => ({ type: 'float', value })
export const text = (value: string): OnnxAttribute => ({ type: 'string', value })
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value })

/** ONNX's numbers for the types that tensors here have. */
export const typeCodes: Readonly<Record<DType | 'int64', number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
}

/** What a constant is for: lengths follow the size of the input, numbers should not. */
export type Role = 'weight' | 'lengths' | 'numbers'

export interface Constant {
  readonly tensor: OnnxTensor
  readonly role: Role
}

/** The end of an axis, however long it is. */
export const toTheEnd = 2 ** 31 - 1

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

export class Draft {
  readonly opset: number
  readonly nodes: OnnxNode[] = []
  readonly constants = new Map<string, Constant>()
  readonly #dims = new Map<string, readonly number[]>()
  readonly #taken = new Set<string>()
  /** The module whose kernels are being written: `features.0`. */
  path = ''

  constructor(opset: number) {
    this.opset = opset
  }

  /** A name that nobody has yet. */
  free(name: string): string {
    let found = name
    for (let i = 1; this.#taken.has(found); i++) found = `${name}_${i}`
    this.#taken.add(found)
    return found
  }

  dimsOf(name: string): readonly number[] {
    return this.#dims.get(name) ?? []
  }

  /** Makes `name` that of a value from outside. */
  declare(name: string, dims: readonly number[]): string {
    const own = this.free(name)
    this.#dims.set(own, dims)
    return own
  }

  /** Why the network cannot be written, and where that is. */
  refusal(why: string): ConvokeError {
    const where = this.path === '' ? 'the network' : `the layer ${this.path}`
    return new ConvokeError(`exportOnnx: ${where} ${why}`)
  }

  refuse(why: string): never {
    throw this.refusal(why)
  }

  /** Adds a node with one output for each list of lengths; null for one that nobody reads. */
  emit(
    operator: string,
    inputs: readonly string[],
    outputs: readonly (readonly number[] | null)[],
    attributes: Attributes = {},
  ): string[] {
    const name = this.free(`/${[...this.path.split('.').filter((part) => part !== ''), operator].join('/')}`)
    const names = outputs.map((dims, i) => (dims === null ? '' : this.declare(`${name}_output_${i}`, dims)))
    while (names.length > 1 && names[names.length - 1] === '') names.pop()
    this.nodes.push({ name, operator, domain: '', inputs, outputs: names, attributes })
    return names
  }

  /** Adds a node with one output. */
  node(operator: string, inputs: readonly string[], dims: readonly number[], attributes: Attributes = {}): string {
    return this.emit(operator, inputs, [dims], attributes)[0]
  }

  /** Adds a node whose output has a name that was set aside. */
  emitAs(operator: string, inputs: readonly string[], output: string): void {
    this.#dims.set(output, this.dimsOf(inputs[0]))
    this.nodes.push({
      name: this.free(`/${operator}`),
      operator,
      domain: '',
      inputs,
      outputs: [output],
      attributes: {},
    })
  }

  /** Lets `other` have the lengths of `name`. */
  alias(name: string, other: string): void {
    this.#dims.set(other, this.dimsOf(name))
  }

  /** Adds numbers; those that `values` computes when they are asked for. */
  constant(
    name: string,
    type: OnnxType,
    shape: readonly number[],
    values: OnnxValues | (() => OnnxValues),
    role: Role,
  ): string {
    const own = this.declare(name, shape)
    const known = typeof values === 'function' ? undefined : values
    const make = typeof values === 'function' ? once(values) : () => known as OnnxValues
    const tensor = {
      ...{ name: own, type, shape },
      get values() {
        return make()
      },
    }
    this.constants.set(own, { tensor, role })
    return own
  }

  /** Whole numbers that an operator takes as an input. */
  lengths(values: readonly number[], what = 'lengths'): string {
    const numbers = BigInt64Array.from(values, (value) => (value === toTheEnd ? 2n ** 63n - 1n : BigInt(value)))
    return this.constant(`${this.#prefix()}${what}`, 'int64', [values.length], numbers, 'lengths')
  }

  /** Floats that belong to the layer. */
  floats(what: string, shape: readonly number[], values: ArrayLike<number>): string {
    return this.constant(`${this.#prefix()}${what}`, 'float32', shape, Float32Array.from(values), 'numbers')
  }

  /** Indices that belong to the layer. */
  indices(what: string, shape: readonly number[], values: readonly number[]): string {
    return this.constant(`${this.#prefix()}${what}`, 'int64', shape, BigInt64Array.from(values, BigInt), 'numbers')
  }

  /** One number, which all that need it share. */
  scalar(value: number, type: DType = 'float32'): string {
    const shown = Object.is(value, -0) ? '-0' : String(value)
    const name = type === 'float32' ? `constant/${shown}` : `constant/${shown}/${type}`
    if (this.constants.has(name)) return name
    const values =
      type === 'float32' ? Float32Array.of(value) : type === 'int32' ? Int32Array.of(value) : Uint8Array.of(value)
    return this.constant(name, type, [], values, 'numbers')
  }

  #prefix(): string {
    return this.path === '' ? '' : `${this.path}.`
  }

  cast(name: string, to: DType | 'int64'): string {
    return this.node('Cast', [name], this.dimsOf(name), { to: int(typeCodes[to]) })
  }
}
