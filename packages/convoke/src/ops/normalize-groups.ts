// What is normalised by itself: one kernel forward and one backward, wherever the axes can be seen as those of the kernel.

import { apply, type Primitive, partsOf, type Thunk } from '../autodiff/primitive.ts'
import type { NormalizeGroupsSpec } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { createKnown } from '../shapes/known.ts'
import { full } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { add, multiply, subtract } from './arithmetic.ts'
import { rsqrt, square } from './elementwise.ts'
import { mean } from './reductions.ts'
import { broadcastTo, reshape, sum } from './stretch.ts'

/** The first axis of `rank` that an operand differs along. */
function firstAxis(operand: Tensor | null, rank: number): number {
  const axis = operand?.shape.findIndex((size) => size !== 1) ?? -1
  return operand === null || axis < 0 ? rank : rank - operand.rank + axis
}

/** The sizes of some axes, kept and normalised ones; null where a kept one follows a normalised one. */
function sizesOf(shape: readonly number[], axes: readonly number[], from: number, to: number): [number, number] | null {
  const sizes: [number, number] = [1, 1]
  let turned = false
  for (let axis = from; axis < to; axis++) {
    if (shape[axis] === 1) continue
    const normalized = axes.includes(axis)
    if (turned && !normalized) return null
    turned = normalized
    sizes[Number(normalized)] *= shape[axis]
  }
  return sizes
}

type Layout = Pick<NormalizeGroupsSpec, 'outer' | 'positions' | 'groups' | 'channels'> & {
  /** Scale and bias have the axes from this one on. */
  readonly from: number
}

function layoutFrom(shape: readonly number[], axes: readonly number[], from: number): Layout | null {
  const [leading, last] = [sizesOf(shape, axes, 0, from), sizesOf(shape, axes, from, shape.length)]
  if (leading === null || last === null) return null
  return { outer: leading[0], positions: leading[1], groups: last[0], channels: last[1], from }
}

const areRows = ({ positions, groups }: Layout): boolean => positions === 1 && groups === 1

const layouts = /* @__PURE__ */ createKnown<Layout | null>()

/** `affine` is the first axis that scale or bias differ along. */
export const groupLayout = (shape: readonly number[], axes: readonly number[], affine: number): Layout | null =>
  layouts(`${shape}|${axes}|${affine}`, () => findLayout(shape, axes, affine))

function findLayout(shape: readonly number[], axes: readonly number[], affine: number): Layout | null {
  const own = affine < shape.length ? layoutFrom(shape, axes, affine) : null
  if (own !== null) return own
  const all = shape.map((_, from) => (from > affine ? null : layoutFrom(shape, axes, from)))
  const possible = all.filter((layout) => layout !== null)
  return possible.find(areRows) ?? possible[0] ?? null
}

/** Few rows as long as this are left to kernels that share a row between threads. */
const longRow = 2 ** 18
const fewRows = 16

/** The operand over the axes of `shape`; axes of 1 before them are dropped. */
const stretched = (operand: Tensor, shape: readonly number[]): Tensor =>
  broadcastTo(reshape(operand, operand.shape.slice(Math.max(0, operand.rank - shape.length))), shape)

/** Without `centred` the mean counts as 0. Null where no kernel does it: see `groupLayout`. */
export function normalizeGroups(
  x: Tensor,
  axes: readonly number[],
  { scale, bias }: { readonly scale: Tensor | null; readonly bias: Tensor | null },
  { epsilon, centred }: Pick<NormalizeGroupsSpec, 'epsilon' | 'centred'>,
): Tensor | null {
  const layout = groupLayout(x.shape, axes, Math.min(firstAxis(scale, x.rank), firstAxis(bias, x.rank)))
  if (layout === null || (areRows(layout) && layout.outer < fewRows && layout.channels >= longRow)) return null
  const { from, ...sizes } = layout
  const spec = { ...sizes, epsilon, centred }
  const inner = x.shape.slice(from)
  const factors = scale === null ? full(inner, 1) : stretched(scale, inner)
  const shifts = bias === null ? full(inner, 0) : stretched(bias, inner)
  return apply(normalizing, spec, [x, factors, shifts])
}

const normalizing: Primitive<NormalizeGroupsSpec> = {
  outputs: ({ outer, groups }, [x]) => {
    const statistic = { shape: [outer, 1, groups, 1], dtype: 'float32' } as const
    return [x, statistic, statistic]
  },
  kernel: kernels.normalizeGroups,
  differentiable: 1,
  composition: (spec, [x, scale, bias]) => {
    const { centre, inverse, standard } = standardized(spec, x)
    const each = (operand: Tensor): Tensor => reshape(operand, [spec.groups, spec.channels])
    return [
      () => reshape(add(multiply(standard, each(scale)), each(bias)), x.shape),
      () => centre ?? multiply(inverse, 0),
      () => inverse,
    ]
  },
  saves: ([x, factors], [, centre, inverse]) => [x, centre, inverse, factors],
  gradient: (g, saved, spec) => partsOf(gradientOfNormalizing, spec, [g, ...saved]),
}

const gradientOfNormalizing: Primitive<NormalizeGroupsSpec> = {
  outputs: (_, [, x, , , scale]) => [x, scale, scale],
  kernel: kernels.normalizeGroupsGradient,
  composition: (spec, [gradient, x, , , scale]) => composedGradients(spec, gradient, x, scale),
}

/** The axes of a group among `[outer, positions, groups, channels]`. */
const within = { axes: [1, 3], keepDims: true } as const

/** x with the mean, where it is taken, and the inverse deviation of each group. */
function standardized({ outer, positions, groups, channels, epsilon, centred }: NormalizeGroupsSpec, x: Tensor) {
  const values = reshape(x, [outer, positions, groups, channels])
  const centre = centred ? mean(values, within) : null
  const distance = centre === null ? values : subtract(values, centre)
  const inverse = rsqrt(add(mean(square(distance), within), epsilon))
  return { centre, inverse, standard: multiply(distance, inverse) }
}

function composedGradients(spec: NormalizeGroupsSpec, gradient: Tensor, x: Tensor, scale: Tensor): readonly Thunk[] {
  const { groups, channels, centred } = spec
  const { inverse, standard } = standardized(spec, x)
  const arriving = reshape(gradient, standard.shape)
  const along = multiply(arriving, standard)
  const toX = (): Tensor => {
    const scaled = multiply(arriving, reshape(scale, [groups, channels]))
    const level = centred ? subtract(scaled, mean(scaled, within)) : scaled
    const slope = mean(multiply(scaled, standard), within)
    return reshape(multiply(subtract(level, multiply(standard, slope)), inverse), x.shape)
  }
  return [
    toX,
    () => reshape(sum(along, { axes: [0, 1] }), scale.shape),
    () => reshape(sum(arriving, { axes: [0, 1] }), scale.shape),
  ]
}
