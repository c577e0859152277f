// What flows along the edges of a graph: a tensor whose axes may be stored in another order than they are named in. A picture of an
// imported network is `[batch, channels, ...spatial]` by name and channels last in memory, from the first convolution on: nothing is
// transposed until somebody asks for another order.

import type { Backend } from '../backends/backend.ts'
import { createReferenceBackend } from '../backends/reference/index.ts'
import { reshape, transpose } from '../ops/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { check, showShape } from '../shapes/error.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type ElementType, typeOf } from './element-type.ts'

/** Axis i in memory is axis `order[i]` by name. */
export type Order = readonly number[]

let host: Backend | undefined
/** Where shapes and other small whole numbers are computed: they can be read at once, whatever the device. */
export function hostBackend(): Backend {
  host ??= createReferenceBackend()
  return host
}

export const plainOrder = (rank: number): Order => Array.from({ length: rank }, (_, axis) => axis)
/** `[batch, channels, ...spatial]` kept as `[batch, ...spatial, channels]`. */
export const lastOrder = (rank: number): Order =>
  rank < 3 ? plainOrder(rank) : [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
/** `[out, in, ...kernel]` kept as `[...kernel, in, out]`. */
export const filterOrder = (rank: number): Order => [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0]

const sameOrder = (a: Order, b: Order): boolean => a.every((axis, i) => axis === b[i])

interface Stored {
  readonly order: Order
  readonly tensor: Tensor
}

/** What an edge of a graph carries: a tensor, its type in the file, and the order of its axes in memory. */
export class Value {
  /** The type that the file knows it by. */
  readonly type: ElementType
  /** Length of each axis, in the order of their names and not of memory. */
  readonly shape: readonly number[]
  readonly #stored: Stored[]

  private constructor(tensor: Tensor, order: Order, type: ElementType) {
    const shape = order.map(() => 0)
    order.forEach((axis, i) => {
      shape[axis] = tensor.shape[i]
    })
    this.shape = Object.freeze(shape)
    this.type = type
    this.#stored = [{ order, tensor }]
  }

  /** `tensor` with its axes as they are named. */
  static of(tensor: Tensor, type: ElementType = typeOf(tensor)): Value {
    return new Value(tensor, plainOrder(tensor.rank), type)
  }

  /** `tensor` as it lies in memory: its axis i is axis `order[i]` by name. */
  static stored(tensor: Tensor, order: Order, type: ElementType = typeOf(tensor)): Value {
    return new Value(tensor, order, type)
  }

  /** `tensor` with its channels last in memory and second by name. */
  static last(tensor: Tensor, type: ElementType = typeOf(tensor)): Value {
    return new Value(tensor, lastOrder(tensor.rank), type)
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** The order it was made in. */
  get order(): Order {
    return this.#stored[0].order
  }

  /** The tensor it was made of. */
  get tensor(): Tensor {
    return this.#stored[0].tensor
  }

  /** Whether it was computed on the host. */
  get onHost(): boolean {
    return host !== undefined && this.tensor.storage.backend === host
  }

  /** The tensor with its axes in the order of their names. */
  get plain(): Tensor {
    return this.as(plainOrder(this.rank))
  }

  /** The tensor with its channels last. */
  get last(): Tensor {
    return this.as(lastOrder(this.rank))
  }

  /** The tensor with its axes in `order`. It is transposed once, when first asked for. */
  as(order: Order): Tensor {
    const found = this.#stored.find((stored) => sameOrder(stored.order, order))
    if (found !== undefined) return found.tensor
    const [from] = this.#stored
    const moves = order.map((axis) => from.order.indexOf(axis))
    const long = moves.filter((axis) => from.tensor.shape[axis] !== 1)
    const shape = moves.map((axis) => from.tensor.shape[axis])
    // Where only axes of length 1 move, every element stays where it is.
    const still = long.every((axis, i) => i === 0 || long[i - 1] < axis)
    const tensor = still ? reshape(from.tensor, shape) : transpose(from.tensor, moves)
    if (tensor === from.tensor) return tensor
    // It lives as long as the value does, whatever scope asked for it.
    this.#stored.push({ order, tensor: keep(tensor) })
    return tensor
  }

  /** Whether this is one of its handles. */
  owns(handle: Tensor): boolean {
    return this.#stored.some(({ tensor }) => tensor === handle)
  }

  /** Its numbers in row-major order by name. */
  numbers(): ArrayLike<number> {
    check(
      this.tensor.storage.backend.dry !== true,
      () => 'what it does depends on numbers that are only known when the network runs.',
    )
    return this.plain.dataSync()
  }

  /** The same value under other tensors' shapes: leading axes of length 1 until it has `rank` axes. */
  ofRank(rank: number): Value {
    if (this.rank >= rank) return this
    return Value.of(reshape(this.plain, [...Array<number>(rank - this.rank).fill(1), ...this.shape]), this.type)
  }

  /** A second value on the same memory, whose handles are its own. */
  alias(): Value {
    return new Value(this.tensor.alias(), this.order, this.type)
  }

  /** The same, alive until it is disposed of, whatever scope it was made in. */
  kept(): this {
    for (const { tensor } of this.#stored) keep(tensor)
    return this
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const { tensor } of this.#stored) tensor.dispose()
  }

  /** Type and shape, for messages. */
  toString(): string {
    return `${this.type} ${showShape(this.shape)}`
  }
}

/** A list of values, as ONNX's sequences. */
export class Sequence {
  /** The values in order. */
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }
}

/** What an edge carries; null where nothing is given. */
export type Item = Value | Sequence | null

/** The values that an item holds. */
export const itemValues = (item: Item | undefined): readonly Value[] =>
  item instanceof Value ? [item] : item instanceof Sequence ? item.items : []

/** The tensors that they were made of. */
export const itemTensors = (item: Item): Tensor[] => itemValues(item).map(({ tensor }) => tensor)

/** Tensors in one order that fits them all, for what is done element by element, and that order. */
export function aligned(values: readonly Value[]): { readonly tensors: Tensor[]; readonly order: Order } {
  const rank = values.reduce((most, value) => Math.max(most, value.rank), 0)
  const lead = values.reduce<Value | null>(
    (largest, value) => (value.rank === rank && (largest === null || value.size > largest.size) ? value : largest),
    null,
  )
  check(lead !== null, () => 'aligned: there are no values.')
  const { order } = lead
  if (sameOrder(order, plainOrder(rank))) return { tensors: values.map(({ plain }) => plain), order }
  return {
    tensors: values.map((value) => (value.size === 1 ? single(value, rank) : value.ofRank(rank).as(order))),
    order,
  }
}

const single = (value: Value, rank: number): Tensor => (value.rank > rank ? value.plain : reshape(value.tensor, []))
