// Elements in their order along an axis.

import { scope } from '../autodiff/gradients.ts'
import { applyAll, type KernelPrimitive, type Primitive, type Thunk } from '../autodiff/primitive.ts'
import * as kernels from '../backends/kernels/index.ts'
import { normalizeAxis } from '../shapes/broadcast.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { asTensor, type TensorLike } from '../tensor/create.ts'
import type { OutputDescription } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { addElements } from './indexing.ts'
import { transpose } from './movement.ts'

/** What `topK` returns: both of the input's shape, with k along the axis. */
export interface TopK {
  /** The elements, the largest (or smallest) first. */
  readonly values: Tensor
  /** int32 */
  readonly indices: Tensor
}

/** Which way, along which axis. */
export interface SortOptions {
  /** The axis to sort along: the last when not given. Negative ones count from the end. */
  readonly axis?: number | undefined
  /** The largest first; the smallest when not given. */
  readonly descending?: boolean | undefined
}

/** Rows and their indices, `length` of each. */
const rowsOf = ([{ shape, dtype }]: readonly Tensor[], length: number): readonly OutputDescription[] => {
  const each = shape.with(-1, length)
  return [
    { shape: each, dtype },
    { shape: each, dtype: 'int32' },
  ]
}

/** Each element's gradient goes back to where it came from. */
const byIndices = {
  saves: (_, [, indices]) => [indices],
  gradient: (g, [indices], _, [shape]) => [() => addElements(g, indices, shape.length - 1, shape)],
} satisfies Partial<Primitive<unknown>>

const finding: KernelPrimitive<'topK'> = {
  outputs: ({ k }, inputs) => rowsOf(inputs, k),
  kernel: kernels.topK,
  ...byIndices,
}

const sorting: KernelPrimitive<'sort'> = {
  outputs: ({ length }, inputs) => rowsOf(inputs, length),
  kernel: kernels.sort,
  ...byIndices,
}

/** The elements along `axis` and their int32 indices, from a kernel that works on rows; each is brought back to its axis when it is asked for. */
function ordered<S>(
  primitive: Primitive<S>,
  x: Tensor,
  axis: number,
  spec: (rows: { outer: number; length: number }) => S,
): Readonly<Record<keyof TopK, Thunk>> {
  const last = x.rank - 1
  const swap = x.shape.map((_, a) => (a === axis ? last : a === last ? axis : a))
  const rows = transpose(x, swap)
  const length = x.shape[axis]
  const outer = length === 0 ? 0 : x.size / length
  const [values, indices] = applyAll(primitive, spec({ outer, length }), [rows])
  return { values: () => transpose(values, swap), indices: () => transpose(indices, swap) }
}

/**
 * The `k` largest (or smallest) elements along `axis` (the last when not given), sorted, with their indices. NaN counts as
 * larger than ∞; of equal elements the one with the lower index comes first.
 *
 * @example
 * topK([3, 9, 1, 9], 2).values.toArray()  // [9, 9]
 */
export function topK(
  value: TensorLike,
  k: number,
  options: {
    /** The axis to search along: the last when not given. Negative ones count from the end. */
    axis?: number | undefined
    /** Whether to return the largest elements (when not given) or, if false, the smallest. */
    largest?: boolean | undefined
  } = {},
): TopK {
  return scope(() => {
    const x = asTensor('topK', 'x', value)
    checkOptions('topK', options, ['axis', 'largest'])
    checkFlag('topK', 'largest', options.largest)
    const axis = normalizeAxis('topK', options.axis ?? -1, x.rank)
    const length = x.shape[axis]
    check(
      Number.isInteger(k) && k >= 0 && k <= length,
      () =>
        `topK: k is ${show(k)}; axis ${axis} of ${showShape(x.shape)} has ${counted(length, 'element')}. Use 0 to ${length}.`,
    )
    const largest = options.largest ?? true
    const { values, indices } = ordered(finding, x, axis, (rows) => ({ ...rows, k, largest }))
    return { values: values(), indices: indices() }
  })
}

function sorted(op: 'sort' | 'argsort', value: TensorLike, options: SortOptions) {
  const x = asTensor(op, 'x', value)
  checkOptions(op, options, ['axis', 'descending'])
  checkFlag(op, 'descending', options.descending)
  const axis = normalizeAxis(op, options.axis ?? -1, x.rank)
  const descending = options.descending ?? false
  return ordered(sorting, x, axis, (rows) => ({ ...rows, descending }))
}

/**
 * The elements along `axis` in order, the smallest first unless `descending`; the shape and dtype of x. NaN counts as larger
 * than ∞, as in NumPy and PyTorch; −0 and 0 are equal, and equal elements keep their order. The gradient goes back to where
 * each element came from.
 *
 * @example
 * sort([3, 1, 2]).toArray()  // [1, 2, 3]
 */
export function sort(value: TensorLike, options: SortOptions = {}): Tensor {
  return scope(() => sorted('sort', value, options).values())
}

/**
 * The int32 indices along `axis` that sort x, in the order of `sort`: `gatherElements(x, argsort(x))` is `sort(x)`.
 *
 * @example
 * argsort([3, 1, 2]).toArray()  // [1, 2, 0]
 */
export function argsort(value: TensorLike, options: SortOptions = {}): Tensor {
  return scope(() => sorted('argsort', value, options).indices())
}
