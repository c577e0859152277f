// Loop nests over strided operands: axes merged where they can be, split into grains, written as nested loops of a
// vector program around a row along the last axis.

import { sizeOf } from '../../../shapes/broadcast.ts'
import type { DType } from '../../backend.ts'
import type { Builder, Pointer } from '../program/index.ts'

export const bytesOf = (dtype: DType): 1 | 4 => (dtype === 'float32' || dtype === 'int32' ? 4 : 1)

/** Sizes from the outermost axis to the innermost, with the strides of each operand in elements. Never of rank 0. */
export interface Nest {
  readonly sizes: readonly number[]
  readonly strides: readonly (readonly number[])[]
}

/** The same elements over as few axes as possible: size 1 dropped, neighbours merged where every operand steps evenly. */
export function collapse(shape: readonly number[], strides: readonly (readonly number[])[]): Nest {
  if (shape.includes(0)) return { sizes: [0], strides: strides.map(() => [1]) }
  const sizes: number[] = []
  const merged: number[][] = strides.map(() => [])
  shape.forEach((size, axis) => {
    if (size === 1) return
    const last = sizes.length - 1
    const even = last >= 0 && strides.every((list, k) => merged[k][last] === list[axis] * size)
    if (even) sizes[last] *= size
    else sizes.push(size)
    strides.forEach((list, k) => {
      if (even) merged[k][last] = list[axis]
      else merged[k].push(list[axis])
    })
  })
  if (sizes.length === 0) return { sizes: [1], strides: strides.map(() => [1]) }
  return { sizes, strides: merged }
}

/** The nest with rows along which every operand steps by 0 or 1: rows of one element where nothing else does. */
export const withUnitRows = (nest: Nest): Nest =>
  nest.strides.every((list) => list[list.length - 1] === 0 || list[list.length - 1] === 1)
    ? nest
    : { sizes: [...nest.sizes, 1], strides: nest.strides.map((list) => [...list, 1]) }

/** Elements of a grain: enough to hide the cost of a call and of handing it to a thread. */
const smallestGrain = 16384
/** More grains than this would cost more to keep than they balance. */
const mostGrains = 128

/** How many of `count` units, each of so many elements, make a grain. Depends on the sizes alone. */
export function grainUnits(count: number, elements: number, smallest: number = smallestGrain): number {
  const enough = Math.max(1, Math.floor(smallest / Math.max(elements, 1)))
  return Math.max(enough, Math.ceil(count / mostGrains))
}

export interface Grain {
  readonly start: number
  readonly count: number
}

/** `count` units in grains of `units`. */
export const grainsOf = (count: number, units: number): Grain[] =>
  Array.from({ length: Math.ceil(count / units) }, (_, i) => ({
    start: i * units,
    count: Math.min(units, count - i * units),
  }))

/** The same with more units a grain, whole times as many, where there would be too many grains to keep. */
export const fewGrains = (count: number, units: number): Grain[] =>
  grainsOf(count, units * Math.max(1, Math.ceil(count / (units * mostGrains))))

/** Loops a program may have around its row; axes further out become calls. */
const deepest = 4

/** A part of a nest: where each operand starts, in elements, and the sizes of the loops, the row last. */
export interface Run {
  readonly starts: readonly number[]
  readonly sizes: readonly number[]
}

export interface SplitNest {
  /** The axis along which runs go. */
  readonly cut: number
  /** Loops around the row in every run. */
  readonly depth: number
  /** The strides of the loops and the row, by operand. */
  readonly strides: readonly (readonly number[])[]
  /** In order; they write apart from each other. */
  readonly runs: readonly Run[]
}

export interface SplitOptions {
  /** The work of one element, where it is more than that of one. */
  readonly weight?: number
  /** Runs go along axes before this one only, as far as the depth of loops allows: see `cut` of the result. */
  readonly before?: number
}

/**
 * Cuts a nest into runs of about a grain: whole indices of the axes up to some axis, that one included, along which a
 * run goes.
 */
export function splitNest(
  { sizes, strides }: Nest,
  { weight = 1, before = sizes.length }: SplitOptions = {},
): SplitNest {
  const last = sizes.length - 1
  const furthest = Math.min(last, before - 1)
  let axis = Math.max(0, last - deepest)
  while (axis < furthest && sizeOf(sizes.slice(axis + 1)) * weight > smallestGrain) axis++
  const inner = sizeOf(sizes.slice(axis + 1))
  const units = inner === 0 ? 0 : sizeOf(sizes.slice(0, axis + 1))
  const startsOf = (unit: number): number[] => {
    const starts = strides.map(() => 0)
    let rest = unit
    for (let a = axis; a >= 0; a--) {
      const index = rest % sizes[a]
      rest = (rest - index) / sizes[a]
      strides.forEach((list, k) => {
        starts[k] += index * list[a]
      })
    }
    return starts
  }
  const runs = grainsOf(units, grainUnits(units, inner * weight)).flatMap(({ start, count }) => {
    const parts: Run[] = []
    for (let unit = start; unit < start + count; ) {
      const along = Math.min(start + count - unit, sizes[axis] - (unit % sizes[axis]))
      parts.push({ starts: startsOf(unit), sizes: [along, ...sizes.slice(axis + 1)] })
      unit += along
    }
    return parts
  })
  return { cut: axis, depth: last - axis, strides: strides.map((list) => list.slice(axis)), runs }
}

const trips = (level: number): string => `trips${level}`
const step = (name: string, level: number): string => `${name}Step${level}`

/** The loops of a nest; `row` moves each pointer by what `consumed` of `nestArguments` was told. */
export function emitNest(
  b: Builder,
  depth: number,
  pointers: Readonly<Record<string, Pointer>>,
  row: () => void,
  level = 0,
): void {
  if (level === depth) {
    row()
    return
  }
  b.loop(b.integer(trips(level)), () => {
    emitNest(b, depth, pointers, row, level + 1)
    for (const [name, pointer] of Object.entries(pointers)) b.advance(pointer, b.integer(step(name, level)))
  })
}

export interface NestOperand {
  readonly name: string
  /** Bytes of an element. */
  readonly bytes: number
  /** Bytes by which a row of so many elements moves the pointer. */
  readonly consumed: (elements: number) => number
}

/** Trip counts and, for each loop, what is left to add to each pointer after one turn. */
export function nestArguments(split: SplitNest, run: Run, operands: readonly NestOperand[]): Record<string, number> {
  const values: Record<string, number> = {}
  for (let level = 0; level < split.depth; level++) values[trips(level)] = run.sizes[level]
  operands.forEach(({ name, bytes, consumed }, k) => {
    let moved = consumed(run.sizes[split.depth])
    for (let level = split.depth - 1; level >= 0; level--) {
      const stride = split.strides[k][level] * bytes
      values[step(name, level)] = stride - moved
      moved = run.sizes[level] * stride
    }
  })
  return values
}
