// A picture with its boundary written out, for kernels so large that most windows reach over the edge.

import { type Boundary, elementAt } from '../../../../shapes/boundary.ts'
import { type Pointer, type Program, type Target, vectorProgram } from '../../program/index.ts'
import type { KernelStep, Place } from '../plan.ts'
import { type CallArguments, programFor, stepOf } from '../step.ts'
import type { FftAxis, FftProblem } from './problem.ts'

/** What stands along an axis of the framed picture: elements of the input. */
export interface Frame {
  readonly sizes: readonly [number, number, number]
  /** Bytes into a plane by row, and into a row by column to the left and to the right of what stands as it is. */
  readonly table: Int32Array<ArrayBuffer>
  readonly left: number
  readonly middle: number
  readonly right: number
  /** The first column of the input in the middle. */
  readonly first: number
}

const places = ({ output, extent, before, input }: FftAxis, boundary: Boundary, unit: number): number[] =>
  Array.from({ length: output + extent - 1 }, (_, i) => {
    const position = Math.floor(i / unit) - before / unit
    return (elementAt(boundary, position, input / unit) as number) * unit + (i % unit)
  })

/** The frame of a problem whose boundary is not zero; `unit` columns make one element of the last axis. */
export function frameOf({ axes: [depth, height, width] }: FftProblem, boundary: Boundary, unit: number): Frame {
  const [planes, rows] = [places(depth, boundary, 1), places(height, boundary, 1)]
  const columns = places(width, boundary, unit)
  const left = Math.min(Math.max(0, width.before), columns.length)
  const first = Math.max(0, -width.before)
  const middle = Math.max(0, Math.min(columns.length - left, width.input - first))
  const outside = [...columns.slice(0, left), ...columns.slice(left + middle)]
  const bytes = planes.flatMap((plane) => rows.map((row) => (plane * height.input + row) * width.input * 4))
  return {
    sizes: [planes.length, rows.length, columns.length],
    table: Int32Array.from([...bytes, ...outside.map((column) => column * 4)]),
    ...{ left, middle, right: columns.length - left - middle, first },
  }
}

/** The problem on the framed picture: nothing lies outside. */
export const framed = (problem: FftProblem, { sizes }: Frame): FftProblem => {
  const [depth, height, width] = problem.axes.map((axis, i) => ({ ...axis, input: sizes[i], before: 0 }))
  return { ...problem, axes: [depth, height, width] }
}

/** Arguments: `x`, `to`; `rows`, `outside`: tables; `rowCount`, `left`, `middle`, `right`, `firstBytes`, `pitch`. */
const frameProgram = (target: Target): Program =>
  programFor(`fft frame ${target.name}`, () =>
    vectorProgram('boundary', target, (b) => {
      const [to, rows] = [b.pointer('to'), b.pointer('rows')]
      const one = b.tail(1)
      b.loop(b.integer('rowCount'), () => {
        const row = b.offset(b.pointer('x'), b.loadInteger(rows))
        const table = b.pointer('outside')
        const line = b.offset(to, 0)
        const outside = (count: string, from: Pointer): void =>
          b.loop(b.integer(count), () => {
            b.store(line, 0, b.load(b.offset(from, b.loadInteger(table)), 0, one), one)
            b.advance(table, 4)
            b.advance(line, 4)
          })
        outside('left', row)
        const from = b.offset(row, b.integer('firstBytes'))
        const middle = b.integer('middle')
        b.loop(b.integerShr(middle, Math.log2(b.lanes)), () => {
          b.store(line, 0, b.load(from))
          for (const pointer of [from, line]) b.advance(pointer, b.bytes)
        })
        const rest = b.integerAnd(middle, b.lanes - 1)
        const tail = b.tail(rest)
        b.store(line, 0, b.load(from, 0, tail), tail)
        b.advance(line, b.integerShl(rest, 2))
        outside('right', row)
        b.advance(rows, 4)
        b.advance(to, b.integer('pitch'))
      })
    }),
  )

/** Floats that a task writes. */
const taskFloats = 32768

/** Writes the framed pictures of all images of `planeFloats` floats each, one behind the other. */
export function frameStep(
  { sizes, left, middle, right, first }: Frame,
  images: number,
  planeFloats: number,
  places: { readonly x: number; readonly table: Place; readonly to: (floats: number) => Place },
  target: Target,
): KernelStep {
  const rows = sizes[0] * sizes[1]
  const perTask = Math.max(1, Math.floor(taskFloats / sizes[2]))
  const { table } = places
  const calls: CallArguments[] = []
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row += perTask) {
      calls.push({
        x: { buffer: places.x, offset: image * planeFloats * 4 },
        to: places.to((image * rows + row) * sizes[2]),
        rows: { ...table, offset: table.offset + 4 * row },
        rowCount: Math.min(perTask, rows - row),
        outside: { ...table, offset: table.offset + 4 * rows },
        ...{ left, middle, right, firstBytes: first * 4, pitch: sizes[2] * 4 },
      })
    }
  }
  return stepOf(frameProgram(target), calls)
}
