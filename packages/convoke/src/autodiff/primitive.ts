// A primitive is what is known of one operation, as data; `apply` is the one way to run it. Ops check what a caller gave them,
// make the spec, and apply primitives. (JAX keeps the same rules in tables by primitive; here each primitive holds its own, so
// that what nobody imports is in no bundle.)

import type { DType, Kernel, KernelName, KernelSpecs } from '../backends/backend.ts'
import { currentBackend } from '../backends/current.ts'
import type { FusedKernelName } from '../backends/fused.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { type OutputDescription, runInto } from '../tensor/run.ts'
import { allocateStorage, letGo, type Storage } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { isTracked, record, withoutGradients } from './tape.ts'

/** A gradient or a result that is computed when somebody asks for it. */
export type Thunk = () => Tensor

/**
 * What a result sees of the first input: the windows of the spec's `conv`, or of its adjoint; those of its `pool`; all of it where
 * its `axes` are spatial; all of it; a row of a matrix; what its `map` says. Where it is left out, the same place of every input.
 */
export type Reach = 'windows' | 'adjoint' | 'pool' | 'axes' | 'everything' | 'product' | 'map'

/** Along an axis, result o is the input at start + o · step. */
export interface Place {
  readonly start: number
  readonly step: number
}

/** An operation with a spec S: it runs by the kernel K, by `lower`, or as `made` says. */
export interface Primitive<S, K extends KernelName = KernelName> {
  /** That of the kernel when left out. */
  readonly name?: string
  readonly kernel?: Kernel<K>
  /** What the kernel is told; the spec itself when left out. `shape` is that of the first result. */
  kernelSpec?(spec: S, inputs: readonly Tensor[], shape: Shape): KernelSpecs[K]
  /** Runs several kernels, or one on other inputs, which write the results. */
  lower?(spec: S, inputs: readonly Tensor[], outputs: readonly Storage[], shape: Shape): void
  /** The results, where no kernel need write them: they share the memory of an input, or other ops give them. */
  made?(spec: S, inputs: readonly Tensor[], shape: Shape): readonly Tensor[] | undefined
  /** Of the result; as the first input has it when left out. */
  shape?(spec: S, inputs: readonly Tensor[]): Shape
  readonly dtype?: DType
  /** Of several results, and where the spec tells the dtype. */
  outputs?(spec: S, inputs: readonly Tensor[]): readonly OutputDescription[]
  /** Of what is linear in its only input: carries the gradient back to an input of this shape. */
  adjoint?(gradient: Tensor, spec: S, shape: Shape): Tensor
  /**
   * Of anything else: the gradient of each input, in terms of other ops, as a thunk, so that one nobody asks for is never computed; null
   * for an input that has none. Given the gradient of the first result, or of all (null where nothing depended on it), what is saved,
   * and the shapes of the inputs. What has no rule is a constant to the tape.
   */
  gradient?(
    gradient: Tensor,
    saved: readonly Tensor[],
    spec: S,
    shapes: readonly Shape[],
    gradients: readonly (Tensor | null)[],
  ): readonly (Thunk | null)[]
  /** What the rule reads of inputs and results: the inputs when left out. It lives as long as the tape does. */
  saves?(inputs: readonly Tensor[], outputs: readonly Tensor[], spec: S): readonly Tensor[]
  /**
   * Results up to this one (as `slice` counts) have gradients, the others are constants to the tape: 0 for all of them. All of float32
   * when left out.
   */
  readonly differentiable?: number
  /** How receptive fields pass through it. */
  readonly reach?: Reach
  /** The same of what only moves elements, along each axis of an input and a result; null where nothing moves. */
  places?(spec: S, shapes: readonly Shape[], input: number, result: number): readonly (Place | null)[]
  /**
   * The same results by other ops, each as a thunk. They run instead where the backend lacks the kernel and, if there is no gradient
   * rule, where a tape follows an input.
   */
  composition?(spec: S, inputs: readonly Tensor[]): readonly Thunk[]
}

/** An operation whose spec is that of its kernel. */
export type KernelPrimitive<K extends KernelName> = Primitive<KernelSpecs[K], K>

export type Lowering<S> = NonNullable<Primitive<S>['lower']>

/** One primitive as it ran. */
export interface Applied<S = unknown> {
  readonly primitive: Primitive<S>
  readonly spec: S
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

type Watcher = (applied: Applied) => void

let watcher: Watcher | undefined

/** Tells `watching` of every primitive that `body`, which must be synchronous, applies: of those that others are composed of first. */
export function whileWatching<T>(watching: Watcher, body: () => T): T {
  const before = watcher
  watcher = watching
  try {
    return body()
  } finally {
    watcher = before
  }
}

/** Shape and dtype of each result. */
export function outputsOf<S>(
  primitive: Primitive<S>,
  spec: S,
  inputs: readonly Tensor[],
): readonly OutputDescription[] {
  const [x] = inputs
  return (
    primitive.outputs?.(spec, inputs) ?? [
      { shape: primitive.shape?.(spec, inputs) ?? x.shape, dtype: primitive.dtype ?? x.dtype },
    ]
  )
}

/** Whether the current backend leaves a fused kernel to what it is composed of. */
export const isLacking = ({ name }: Kernel): boolean =>
  currentBackend().fused?.includes(name as FusedKernelName) === false

function run<S>(primitive: Primitive<S>, spec: S, inputs: readonly Tensor[]): readonly Tensor[] {
  const described = outputsOf(primitive, spec, inputs)
  const { shape } = described[0]
  const made = primitive.made?.(spec, inputs, shape)
  if (made !== undefined) return made
  const { kernel, composition } = primitive
  if (composition !== undefined && kernel !== undefined && isLacking(kernel))
    return withoutGradients(() => composition(spec, inputs).map((part) => part()))
  const backend = currentBackend()
  const storages: Storage[] = []
  try {
    for (const output of described) storages.push(allocateStorage(backend, output.dtype, sizeOf(output.shape)))
    if (kernel === undefined) primitive.lower?.(spec, inputs, storages, shape)
    else {
      const told = primitive.kernelSpec?.(spec, inputs, shape) ?? (spec as KernelSpecs[KernelName])
      runInto(kernel, told, inputs, storages)
    }
  } catch (error) {
    storages.forEach(letGo)
    throw error
  }
  return storages.map((storage, i) => new Tensor(storage, described[i].shape))
}

/** A rule carries gradients back, or none are to be. */
const isRuled = <S>({ adjoint, gradient, differentiable }: Primitive<S>): boolean =>
  gradient !== undefined || adjoint !== undefined || differentiable === 0

/** What runs in its place where a tape follows an input that no rule leads back to. */
const composed = <S>(primitive: Primitive<S>, spec: S, inputs: readonly Tensor[]): readonly Thunk[] | undefined =>
  primitive.composition !== undefined && !isRuled(primitive) && isTracked(inputs)
    ? primitive.composition(spec, inputs)
    : undefined

/** Runs a primitive, records it on the tapes that follow an input, and gives its results. */
export function applyAll<S>(primitive: Primitive<S>, spec: S, inputs: readonly Tensor[]): readonly Tensor[] {
  const outputs = composed(primitive, spec, inputs)?.map((part) => part()) ?? run(primitive, spec, inputs)
  if (primitive.gradient !== undefined || primitive.adjoint !== undefined) record(primitive, spec, inputs, outputs)
  watcher?.({ primitive, spec, inputs, outputs })
  return outputs
}

/** `applyAll` for primitives of one result. */
export const apply = <S>(primitive: Primitive<S>, spec: S, inputs: readonly Tensor[]): Tensor =>
  applyAll(primitive, spec, inputs)[0]

/** The results as thunks: of a composition each by itself, of a kernel all together once one is asked for. */
export function partsOf<S>(primitive: Primitive<S>, spec: S, inputs: readonly Tensor[]): readonly Thunk[] {
  let known: readonly Tensor[] | undefined
  const part = (_: unknown, i: number) => () => {
    known ??= applyAll(primitive, spec, inputs)
    return known[i]
  }
  return composed(primitive, spec, inputs) ?? outputsOf(primitive, spec, inputs).map(part)
}
