// Plans of the Fourier transforms: one sweep over the tensor an axis.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import type { DftKind } from './columns.ts'
import { createParts, type Part, type Parts } from './parts.ts'
import { planSweep } from './sweep.ts'

/** Lines of n along one axis, from a part of the plan to one. */
export interface Sweep {
  readonly kind: DftKind
  readonly outer: number
  readonly n: number
  readonly inner: number
  readonly scale: number
  readonly from: Part
  readonly to: Part
}

function sweepAlong(shape: readonly number[], axis: number, kind: DftKind, scale: number, from: Part, to: Part): Sweep {
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
  const n = shape[axis]
  // Lines of one element are neighbours of each other.
  return n === 1
    ? { kind, n, scale, from, to, outer: 1, inner: outer * inner }
    : { kind, n, scale, from, to, outer, inner }
}

/** Bytes that displacements of a program reach. */
const reach = 2 ** 31

function finish(parts: Parts, sweeps: readonly Sweep[], target: Target): KernelPlan | null {
  const large = sweeps.some(({ outer, n, inner }) => outer * (n + 2) * inner * 8 >= reach)
  if (large) return null
  const names = sweeps.map((sweep) => planSweep(parts, sweep, target))
  return parts.plan(`dft ${names.join(', ')} ${target.name}`)
}

const worthwhile = (shape: readonly number[], axes: readonly number[]): number[] =>
  axes.filter((axis) => shape[axis] > 1)

/** The plan of a complex transform; null where a tensor is beyond the reach of its programs. */
export function planFft({ shape, axes, inverse, scale }: KernelSpecs['fft'], target: Target): KernelPlan | null {
  const parts = createParts()
  const kind = inverse ? 'backward' : 'forward'
  const some = worthwhile(shape, axes)
  const list = some.length > 0 ? some : axes.slice(0, 1)
  const sweeps = list.map((axis, i) =>
    sweepAlong(
      shape,
      axis,
      kind,
      i === list.length - 1 ? scale : 1,
      i === 0 ? parts.input : parts.output,
      parts.output,
    ),
  )
  return finish(parts, sweeps, target)
}

export function planRfft({ shape, axes, scale }: KernelSpecs['rfft'], target: Target): KernelPlan | null {
  const parts = createParts()
  const { input, output } = parts
  const half = halvedShape(shape, axes)
  const first = sweepAlong(shape, axes[axes.length - 1], 'toHalf', scale, input, output)
  const rest = worthwhile(shape, axes.slice(0, -1)).map((axis) => sweepAlong(half, axis, 'forward', 1, output, output))
  return finish(parts, [first, ...rest], target)
}

export function planIrfft({ shape, axes, scale }: KernelSpecs['irfft'], target: Target): KernelPlan | null {
  const parts = createParts()
  const { input, output } = parts
  const half = halvedShape(shape, axes)
  const list = worthwhile(shape, axes.slice(0, -1))
  const between = list.length === 0 ? input : parts.scratch(sizeOf(half) * 8)
  const rest = list.map((axis, i) => sweepAlong(half, axis, 'backward', 1, i === 0 ? input : between, between))
  const last = sweepAlong(shape, axes[axes.length - 1], 'toReal', scale, between, output)
  return finish(parts, [...rest, last], target)
}
