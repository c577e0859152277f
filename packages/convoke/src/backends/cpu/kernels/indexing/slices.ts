// gather and scatterAdd: whole slices of [outer, length, inner] picked by a list of indices along the middle axis, and
// added back.

import type { DType, KernelSpecs } from '../../../backend.ts'
import { type Builder, type Pointer, type Target, vectorProgram } from '../../program/index.ts'
import { emitRow, loadPart, rowConsumes, storePart } from '../elementwise/elementwise.ts'
import { fillStep } from '../elementwise/fill.ts'
import { bytesOf, grainsOf, grainUnits } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { type CallArguments, place, planOf, programFor, rowArguments, stepOf } from '../step.ts'

/** The slice that the next index names. */
function sliceAt(b: Builder, from: Pointer, index: Pointer): Pointer {
  const distance = b.integerMul(b.loadInteger(index), b.integer('slice'))
  b.advance(index, 4)
  return b.offset(from, distance)
}

/** Rows of one element need no loop around vectors. */
function emitSlice(
  b: Builder,
  dtype: DType,
  single: boolean,
  pointers: readonly Pointer[],
  step: Parameters<typeof emitRow>[3],
) {
  const bytes = bytesOf(dtype)
  const advance = (elements: number) => {
    for (const pointer of pointers) b.advance(pointer, elements * bytes)
  }
  if (single) {
    step('one')
    advance(1)
  } else emitRow(b, bytes === 1, advance, step)
}

/** Bytes by which `emitSlice` moves its pointers. */
const sliceConsumes = (dtype: DType, single: boolean, columns: number, lanes: number): number =>
  (single ? 1 : rowConsumes(lanes, bytesOf(dtype) === 1, columns)) * bytesOf(dtype)

const abreast = 4

/** Slices of one word each, four a turn, while the next row of x, which is read in any order, is asked for. Arguments: several, left, xOuter. */
function emitWords(b: Builder, x: Pointer, index: Pointer, y: Pointer): void {
  const next = b.offset(x, b.integer('xOuter'))
  const take = (words: number): void => {
    for (let at = 0; at < 4 * words; at += 4) {
      b.storeInteger(y, at, b.loadInteger(b.offset(x, b.integerShl(b.loadInteger(index, at), 2))))
    }
    b.advance(index, 4 * words)
    b.advance(y, 4 * words)
  }
  b.loop(b.integer('several'), () => {
    take(abreast)
    b.prefetch(next)
    b.advance(next, 4 * abreast)
  })
  b.loop(b.integer('left'), () => take(1))
}

/** Bytes in aligned fours move as words. */
const inWords = (dtype: DType, inner: number): { dtype: DType; inner: number } =>
  bytesOf(dtype) === 1 && inner % 4 === 0 ? { dtype: 'int32', inner: inner / 4 } : { dtype, inner }

/** [x of outer·length·inner, int32 indices of count] → [y of outer·count·inner]. */
export function planGather(spec: KernelSpecs['gather'], given: DType, target: Target): KernelPlan {
  const { outer, length, count } = spec
  const { dtype, inner } = inWords(given, spec.inner)
  const bytes = bytesOf(dtype)
  const single = inner === 1
  const title = `gather ${single ? 'elements' : 'slices'} of ${bytes}`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      b.loop(b.integer('outer'), () => {
        const index = b.pointer('indices')
        if (single && bytes === 4) emitWords(b, x, index, y)
        else {
          b.loop(b.integer('count'), () => {
            const from = sliceAt(b, x, index)
            emitSlice(b, dtype, single, [from, y], (part) =>
              storePart(b, dtype, y, loadPart(b, dtype, from, part), part),
            )
            b.advance(y, b.integer('yRest'))
          })
        }
        b.advance(x, b.integer('xOuter'))
      })
    }),
  )
  const call = (first: number, outers: number, index: number, indices: number): CallArguments => ({
    x: place(0, first * length * inner * bytes),
    indices: place(1, 4 * index),
    y: place(2, (first * count + index) * inner * bytes),
    ...{ outer: outers, count: indices, slice: inner * bytes, xOuter: length * inner * bytes },
    ...{ several: Math.floor(indices / abreast), left: indices % abreast },
    yRest: inner * bytes - sliceConsumes(dtype, single, inner, target.lanes),
    ...rowArguments(target.lanes, inner),
  })
  const perGrain = grainUnits(outer, count * inner)
  const calls =
    outer > 1 && perGrain < outer && count * inner < 65536
      ? grainsOf(outer, perGrain).map((grain) => call(grain.start, grain.count, 0, count))
      : Array.from({ length: outer }, (_, o) =>
          grainsOf(count, grainUnits(count, inner)).map((grain) => call(o, 1, grain.start, grain.count)),
        ).flat()
  return planOf([stepOf(program, inner === 0 ? [] : calls)])
}

/** Columns that one call of scatterAdd takes, at least: whole cache lines, so that calls do not share them. */
const fewestColumns = 256

/**
 * [updates of outer·count·inner, int32 indices of count] → [y of outer·length·inner]. Updates to one place are added in
 * the order of the indices, in the arithmetic of the dtype; calls share out outer indices and columns, never indices.
 */
export function planScatterAdd(spec: KernelSpecs['scatterAdd'], dtype: DType, target: Target): KernelPlan {
  const { outer, length, inner, count } = spec
  const bytes = bytesOf(dtype)
  const single = inner === 1
  const title = `scatter-add ${single ? 'elements' : 'slices'} of ${dtype}`
  const program = programFor(`${title} ${target.name}`, () =>
    vectorProgram(title, target, (b) => {
      const [x, y] = [b.pointer('x'), b.pointer('y')]
      b.loop(b.integer('outer'), () => {
        const index = b.pointer('indices')
        b.loop(b.integer('count'), () => {
          const to = sliceAt(b, y, index)
          emitSlice(b, dtype, single, [x, to], (part) => {
            const [update, sum] = [loadPart(b, dtype, x, part), loadPart(b, dtype, to, part)]
            storePart(b, dtype, to, dtype === 'float32' ? b.add(sum, update) : b.iadd(sum, update), part)
          })
          b.advance(x, b.integer('xRest'))
        })
        b.advance(y, b.integer('yOuter'))
      })
    }),
  )
  const call = (first: number, outers: number, column: number, columns: number): CallArguments => ({
    x: place(0, (first * count * inner + column) * bytes),
    indices: place(1, 0),
    y: place(2, (first * length * inner + column) * bytes),
    ...{ outer: outers, count, slice: inner * bytes, yOuter: length * inner * bytes },
    xRest: inner * bytes - sliceConsumes(dtype, single, columns, target.lanes),
    ...rowArguments(target.lanes, columns),
  })
  const columns = Math.max(fewestColumns, grainUnits(inner, count))
  const calls =
    outer >= 8 || inner < 2 * columns
      ? grainsOf(outer, grainUnits(outer, count * inner)).map((grain) => call(grain.start, grain.count, 0, inner))
      : Array.from({ length: outer }, (_, o) =>
          grainsOf(inner, Math.ceil(columns / fewestColumns) * fewestColumns).map((grain) =>
            call(o, 1, grain.start, grain.count),
          ),
        ).flat()
  return planOf(
    [fillStep(0, dtype, outer * length * inner, target, 2), stepOf(program, inner === 0 ? [] : calls)],
    [],
    [],
    program.name,
  )
}
