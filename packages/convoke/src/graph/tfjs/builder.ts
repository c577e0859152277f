// An ONNX graph in the making, from operators that take pictures channels last. A value stands in it as TensorFlow has it (`plain`), with
// its channels second (`first`, for operators of ONNX that want them there), or both; a transpose stands only where somebody asks for
// the other one.

import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType, OnnxValues } from '../../formats/onnx/model.ts'
import type { TfjsTensor } from '../../formats/tfjs/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { ConvokeError, check } from '../../shapes/error.ts'
import type { ElementType } from '../element-type.ts'
import { type Order, plainOrder } from '../value.ts'
import { permuted } from '../weights.ts'
import { type Known, Trace } from './trace.ts'

/** Of what has no equal in ONNX. */
export const tfDomain = 'ai.convoke.tf'
export const opsets = { '': 18, [tfDomain]: 1 } as const

/** `[batch, ...spatial, channels]` to `[batch, channels, ...spatial]`, as ONNX's perm. */
export const toFirst = (rank: number): number[] => [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)]
export const toLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]

/** A value. */
export interface Held {
  plain: string | null
  first: string | null
  /** Its numbers, where it is a constant of the file. */
  readonly constant: TfjsTensor | null
  /** The graph that it is made in: the other layout is made there too. */
  home?: OnnxNode[]
  /** Whether its last axis, which TensorFlow does not have, is that of real and imaginary parts. */
  readonly complex?: boolean
  /** `[batch, steps]`, nonzero where a step counts: of layers models, where a layer before hides some. */
  readonly mask?: string
}

/** Nodes that a model may become, those of functions as often as they are called. */
const mostNodes = 200_000

export const plainly = (name: string): Held => ({ plain: name, first: null, constant: null })
export const firstly = (name: string): Held => ({ plain: null, first: name, constant: null })

export type Attributes = Readonly<Record<string, OnnxAttribute>>
export const int = (value: number): OnnxAttribute => ({ type: 'int', value })
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value })
export const float = (value: number): OnnxAttribute => ({ type: 'float', value })
export const text = (value: string): OnnxAttribute => ({ type: 'string', value })

/** Numbers of TensorProto.DataType. */
export const typeCodes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const
export type PlainType = keyof typeof typeCodes

export interface EmitOptions {
  readonly outputs?: number
  readonly domain?: string
}

export class Builder {
  readonly trace = new Trace(opsets)
  readonly initializers: OnnxTensor[] = []
  /** Where nodes go: the graph, or one inside a node. */
  nodes: OnnxNode[] = []
  /** The node of the file that is being written, for names. */
  at = ''
  readonly #taken = new Set<string>()
  readonly #nodeNames = new Set<string>()
  readonly #made = new Map<string, string>()

  /** A name for a value that nobody has. */
  fresh(name: string): string {
    let free = name
    for (let i = 1; this.#taken.has(free) || free === ''; i++) free = `${name}_${i}`
    this.#taken.add(free)
    return free
  }

  #nodeName(operator: string): string {
    const base = `/${this.at.replaceAll(':', '_')}/${operator}`
    let free = base
    for (let i = 1; this.#nodeNames.has(free); i++) free = `${base}_${i}`
    this.#nodeNames.add(free)
    return free
  }

  /** Adds a node; gives the names of its outputs. */
  many(
    operator: string,
    inputs: readonly string[],
    attributes: Attributes = {},
    { outputs = 1, domain = '' }: EmitOptions = {},
  ): string[] {
    const names = Array.from({ length: outputs }, (_, i) =>
      this.fresh(i === 0 ? `${this.at}/${operator}` : `${this.at}/${operator}:${i}`),
    )
    const node: OnnxNode = {
      ...{ name: this.#nodeName(operator), operator, domain, inputs, outputs: names },
      attributes: Object.assign(Object.create(null) as Record<string, OnnxAttribute>, attributes),
    }
    this.push(node)
    return names
  }

  node(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.many(operator, inputs, attributes)[0]
  }

  /** One of TensorFlow's own, where ONNX has no equal. */
  own(operator: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string[] {
    return this.many(operator, inputs, attributes, { outputs, domain: tfDomain })
  }

  #count = 0
  push(node: OnnxNode): void {
    if (++this.#count > mostNodes)
      throw new ConvokeError(
        `tfjs: the model becomes more than ${mostNodes} nodes: its functions call each other too often.`,
      )
    this.nodes.push(node)
    this.trace.add(node)
  }

  initializer(name: string, type: OnnxType, shape: readonly number[], values: () => OnnxValues): string {
    const own = this.fresh(name)
    let read: OnnxValues | null = null
    const tensor: OnnxTensor = {
      ...{ name: own, type, shape },
      get values() {
        read ??= values()
        return read
      },
    }
    this.initializers.push(tensor)
    this.trace.constant(tensor)
    return own
  }

  /** Whole numbers that say what to do: one of each list is enough. */
  int64(values: readonly number[], shape: readonly number[] = [values.length]): string {
    check(
      values.every((value) => Number.isSafeInteger(value)),
      () => `tfjs: ${this.at}: it is given ${values.join(', ')} where whole numbers are needed.`,
    )
    const key = `int64 ${values.join()} of ${shape.join()}`
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const name = this.initializer(`int64_${values.join('_').slice(0, 40)}`, 'int64', shape, () =>
      BigInt64Array.from(values, (value) => BigInt(value)),
    )
    this.#made.set(key, name)
    return name
  }

  scalar(value: number, type: PlainType = 'float32'): string {
    const key = `${type} ${value}`
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const name = this.initializer(`${type}_${value}`, type, [], () =>
      type === 'float32'
        ? Float32Array.of(value)
        : type === 'int32'
          ? Int32Array.of(value)
          : type === 'bool'
            ? Uint8Array.of(value)
            : BigInt64Array.of(BigInt(value)),
    )
    this.#made.set(key, name)
    return name
  }

  /** A constant with its axes in another order, or another shape. */
  derived(tensor: TfjsTensor, shape: readonly number[], order: Order | null, end: string): string {
    const { name, type, values } = { name: tensor.name, type: tensor.type, values: () => tensor.values }
    const key = `${name} as ${shape.join()} ${order?.join() ?? ''} ${end}`
    const known = this.#made.get(key)
    if (known !== undefined) return known
    if (type === 'string' || type === 'complex64')
      throw new ConvokeError(`The constant ${name} is of type ${type}, which is not supported.`)
    const turned = (): OnnxValues => {
      const plain = values() as Float32Array | Int32Array | Uint8Array
      if (order === null || order.every((axis, i) => axis === i)) return plain
      const from = permuted(plain, tensor.shape, order)
      return type === 'float32' ? from : type === 'int32' ? Int32Array.from(from) : Uint8Array.from(from)
    }
    const own = this.initializer(name + end, type, shape, turned)
    this.#made.set(key, own)
    return own
  }

  plain(held: Held): string {
    if (held.plain !== null) return held.plain
    if (held.constant !== null) {
      held.plain = this.derived(held.constant, held.constant.shape, null, '')
      return held.plain
    }
    const first = held.first ?? ''
    const perm = ints(toLast(this.rankOf(held) ?? 4))
    held.plain = this.#at(held, () => this.node('Transpose', [first], { perm }))
    return held.plain
  }

  /** With its channels second. */
  first(held: Held, rank: number): string {
    if (held.first !== null) return held.first
    const { constant } = held
    const order = toFirst(rank)
    if (constant !== null && constant.shape.length === rank) {
      const shape = order.map((axis) => constant.shape[axis])
      held.first = this.derived(constant, shape, order, '/channels-first')
    } else {
      const plain = this.plain(held)
      held.first = this.#at(held, () => this.node('Transpose', [plain], { perm: ints(order) }))
    }
    return held.first
  }

  /** Writes nodes into the graph that a value is made in. */
  #at<T>({ home }: Held, write: () => T): T {
    return home === undefined ? write() : this.into(home, write)
  }

  into<T>(nodes: OnnxNode[], write: () => T): T {
    const before = this.nodes
    this.nodes = nodes
    try {
      return write()
    } finally {
      this.nodes = before
    }
  }

  /** Of the plain value. */
  known(held: Held): Known | null {
    if (held.constant !== null) return { shape: held.constant.shape, type: held.constant.type as ElementType }
    if (held.plain !== null) return this.trace.known(held.plain)
    const first = held.first === null ? null : this.trace.known(held.first)
    return first && { type: first.type, shape: toLast(first.shape.length).map((axis) => first.shape[axis]) }
  }

  rankOf(held: Held): number | null {
    return this.known(held)?.shape.length ?? null
  }

  typeOf(held: Held): ElementType | null {
    return this.known(held)?.type ?? null
  }

  isFloat(held: Held): boolean {
    const type = this.typeOf(held)
    return type === null || type.includes('float')
  }

  /** Numbers that are known before the network runs, null for each that is not. */
  someNumbers(held: Held): readonly (number | null)[] | null {
    const { constant, plain } = held
    if (constant !== null) {
      if (constant.type === 'string' || constant.type === 'complex64') return null
      return sizeOf(constant.shape) <= 4096 ? Array.from(constant.values as ArrayLike<number>) : null
    }
    return plain === null ? null : this.trace.numbers(plain)
  }

  numbers(held: Held): readonly number[] | null {
    const some = this.someNumbers(held)
    return some?.every((value) => value !== null) === true ? (some as number[]) : null
  }

  cast(name: string, type: PlainType): string {
    return this.trace.known(name)?.type === type ? name : this.node('Cast', [name], { to: int(typeCodes[type]) })
  }

  /** As int64, for shapes, axes and lengths. */
  whole(held: Held): string {
    const { constant } = held
    if (constant !== null && constant.type === 'int32')
      return this.int64(Array.from(constant.values as Int32Array), constant.shape)
    return this.cast(this.plain(held), 'int64')
  }

  /** A list of whole numbers in one axis. */
  wholeList(held: Held): string {
    const name = this.whole(held)
    return this.rankOf(held) === 1 ? name : this.node('Reshape', [name, this.int64([-1])])
  }

  reshape(name: string, shape: readonly number[]): string {
    return this.node('Reshape', [name, this.int64(shape)], { allowzero: int(0) })
  }

  transpose(name: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? name : this.node('Transpose', [name], { perm: ints(perm) })
  }

  /** The last two axes exchanged. */
  turned(name: string, rank: number): string {
    return this.transpose(name, [...plainOrder(rank).slice(0, -2), rank - 1, rank - 2])
  }
}
