// The Tensor: a handle on backend memory with a shape. It is freed by `dispose()`, by `using`, at the end of a
// `scope`, and at last by the garbage collector.

import type { DType, TypedArray } from '../backends/backend.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { ConvokeError, check, show, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { dispose, type Hold, holdOf, type Stretched, watch } from './forgotten.ts'
import { type NestedNumbers, toNested } from './nested.ts'
import { enterScope } from './scope.ts'
import { jsonNumbers, mostRead, showNumbers, type TensorJson } from './show.ts'
import { letGo, retain, type Storage } from './storage.ts'
import { noteRead } from './witness.ts'

// Node 20 and current browsers have it; older ones get the same well-known key the polyfills use.
declare global {
  // As the library `esnext.disposable` declares it, with which this merges: so that the declarations compile without it.
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
}

const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose)

let nextId = 1

const notCloned = Symbol('a tensor: send x.toJSON(), which tensor(…) takes back')

/**
 * An array of any rank, channels last where it holds activations: `[batch, ...spatial, channels]`.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]])
 * x.shape      // [2, 2]
 * x.toArray()  // [[1, 2], [3, 4]]
 */
export class Tensor {
  /** Length of each axis. */
  readonly shape: readonly number[]
  /** What the elements are: 'float32', 'int32', 'uint8' or 'bool'. */
  readonly dtype: DType
  /** Library code: an own property that cannot be cloned, so that `structuredClone` and `postMessage` refuse a tensor and do not drop its values. */
  readonly transfer = notCloned
  readonly #id: number
  readonly #hold: Hold

  /** Takes over one reference to `storage`. Library code: users call `tensor(…)`. */
  constructor(storage: Storage, shape: readonly number[], id?: number) {
    this.shape = Object.isFrozen(shape) ? shape : Object.freeze([...shape])
    this.dtype = storage.buffer.dtype
    this.#id = id ?? nextId++
    this.#hold = holdOf(storage)
    if (!enterScope(this.#hold)) watch(this, this.#hold)
  }

  /** Identity for the tape: handles of the same value share it. */
  get id(): number {
    return this.#id
  }

  /** Library code: its share of the memory. */
  get hold(): Hold {
    return this.#hold
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** Whether the memory was given back. Reading a disposed tensor is an error. */
  get isDisposed(): boolean {
    return this.#hold.storage === null
  }

  /** The memory behind the handle. Throws `ConvokeError` once the tensor is disposed. */
  get storage(): Storage {
    const { storage } = this.#hold
    if (storage === null) {
      throw new ConvokeError(
        `tensor ${showShape(this.shape)}: it has been disposed and cannot be used again. Use it before dispose() or the end of its scope, or keep() it.`,
      )
    }
    return this.#hold.stretched === undefined ? storage : this.#writtenOut(storage, this.#hold.stretched)
  }

  #writtenOut(source: Storage, { writeOut }: Stretched): Storage {
    const storage = writeOut(source)
    this.#hold.storage = storage
    this.#hold.stretched = undefined
    letGo(source)
    return storage
  }

  /** Library code: the elements of `x` read with these strides, written out once somebody asks for their storage. */
  static stretched(x: Tensor, shape: readonly number[], stretched: Stretched): Tensor {
    const result = handle(retain(x.storage), shape)
    result.hold.stretched = stretched
    return result
  }

  /** Library code: what is repeated, where the elements are not written out. */
  get repeated(): Tensor | undefined {
    const { storage, stretched } = this.#hold
    return storage === null || stretched === undefined ? undefined : handle(retain(storage), stretched.shape)
  }

  /** A second handle on the same memory, with the same identity for the tape. */
  alias(): Tensor {
    const { storage, stretched } = this.#hold
    if (storage === null || stretched === undefined) return handle(retain(this.storage), this.shape, this.id)
    const alias = handle(retain(storage), this.shape, this.id)
    alias.hold.stretched = stretched
    return alias
  }

  /** The same memory seen with another shape of the same size; a new value for the tape. */
  view(shape: readonly number[]): Tensor {
    return handle(retain(this.storage), shape)
  }

  /**
   * Makes this handle hold the value of `source` (same shape and dtype), as an optimiser does with a parameter. Values
   * computed before keep what they were computed from.
   */
  assign(source: Tensor): void {
    checkTensor('assign', 'the value', source)
    check(
      source.dtype === this.dtype && source.shape.join() === this.shape.join(),
      () =>
        `assign: the value is ${source.dtype} ${showShape(source.shape)}, the tensor ${this.dtype} ${showShape(this.shape)}. They must be equal.`,
    )
    const replaced = this.storage
    this.#hold.storage = retain(source.storage)
    letGo(replaced)
  }

  /** The elements in row-major order: Float32Array, Int32Array, or Uint8Array (uint8, bool). A copy. */
  data(): Promise<TypedArray> {
    const { storage } = this
    noteRead(storage)
    return storage.backend.read(storage.buffer)
  }

  /**
   * The same at once, on backends that can ('webgpu' cannot, and says so). Written to `into` where that is given, as its numbers
   * are held, and not to a new array.
   */
  dataSync(into?: TypedArray): TypedArray {
    const { backend, buffer } = this.storage
    if (backend.readSync === undefined) {
      throw new ConvokeError(`dataSync: the ${backend.name} backend only reads asynchronously. Use await x.data().`)
    }
    check(
      into === undefined || into.length === buffer.length,
      () =>
        `dataSync: an array of ${counted(into?.length ?? 0, 'element')} is given for a tensor of ${buffer.length} (shape ${showShape(this.shape)}). Give one of the same length, such as a subarray.`,
    )
    noteRead(this.storage)
    return backend.readSync(buffer, into)
  }

  /** Nested arrays of numbers (0 and 1 for bool), a plain number for rank 0. Reads synchronously. */
  toArray(): NestedNumbers {
    return toNested(this.dataSync(), this.shape)
  }

  /** The only element of a tensor of one element. Reads synchronously. */
  item(): number {
    check(
      this.size === 1,
      () =>
        `item: the tensor has ${counted(this.size, 'element')} (shape ${showShape(this.shape)}); item() needs exactly 1.`,
    )
    return this.dataSync()[0]
  }

  /** Frees the memory now. Calling it twice does no harm. */
  dispose(): void {
    dispose(this.#hold)
  }

  /** What `using` calls at the end of its block: frees the memory. */
  [disposeSymbol](): void {
    this.dispose()
  }

  /** Dtype, shape and numbers: of more than 1,000 the ends of each axis; none where they cannot be read at once, or are more than 16 million. */
  toString(): string {
    const { shape, dtype, size } = this
    const name = `tensor ${dtype} ${showShape(shape)}`
    if (this.isDisposed) return `${name} (disposed)`
    if (this.storage.backend.readSync === undefined || size > mostRead) return name
    const all = this.dataSync()
    return `${name} ${showNumbers(shape, size, (place) => all[place])}`
  }

  /** What Node prints for `console.log(x)`. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /**
   * Plain values, which `tensor(…)` takes back, and which `JSON.stringify` writes. Reads synchronously.
   *
   * @example
   * JSON.stringify(tensor([[1, 2]]))  // '{"shape":[1,2],"dtype":"float32","values":[[1,2]]}'
   */
  toJSON(): TensorJson {
    const { shape, dtype } = this
    return { shape, dtype, values: jsonNumbers(this.toArray()) }
  }

  /**
   * The numbers along the first axis, nested as in `toArray`; the one number of rank 0. So `toEqual` of Jest and Vitest compares
   * values. Reads synchronously.
   *
   * @example
   * const [first, second] = tensor([[1, 2], [3, 4]])  // [1, 2] and [3, 4]
   */
  [Symbol.iterator](): Iterator<NestedNumbers> {
    return [this.toArray()].flat()[Symbol.iterator]()
  }

  /** As text, dtype, shape and numbers; as a number, the only element. `x > 2` and `x + 1` of more elements are refused. */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString()
    check(
      this.size === 1,
      () =>
        `tensor ${showShape(this.shape)}: operators such as + and > take no tensors. Use add(x, y), greater(x, y), String(x), or all(…).item() in an if.`,
    )
    return this.item()
  }

  /** Names the identity: what compares objects by their own properties alone, as `node:assert` does, must not find two tensors equal that differ in values. */
  get [Symbol.toStringTag](): string {
    return `Tensor ${this.id}`
  }
}

/** Outside of the class: bundlers rename one that names itself, and then its name in messages. */
const handle = (storage: Storage, shape: readonly number[], id?: number): Tensor => new Tensor(storage, shape, id)

/** Throws unless `value` is a live tensor. */
export function checkTensor(op: string, name: string, value: unknown): asserts value is Tensor {
  check(
    value instanceof Tensor,
    () => `${op}: ${name} is ${show(value)}; it must be a tensor. Make one with tensor(…).`,
  )
  if (value.isDisposed) value.storage // throws, naming the shape
}
