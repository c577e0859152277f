// A piece of the input with its boundary written out, so that the windows at the rim look at it like at any picture.

import { type Boundary, elementAt } from '../../../../shapes/boundary.ts'
import type { Axis } from '../../../../shapes/conv-axes.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../program/index.ts'
import { programFor } from '../step.ts'

/** What a table says where zeros stand. */
const nothing = -1

/** Bytes from the first element of an axis to the one at each place from `first` on, which may lie outside. */
export const placesOf = (axis: Axis, boundary: Boundary, first: number, count: number, step: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => {
    const element = elementAt(boundary, first - axis.before + i, axis.input)
    return element === undefined ? nothing : element * step
  })

/** The channels of a pixel, or `nothing` in all of them. */
function emitPixel(b: Builder, channels: number, from: Pointer | (() => Vector), to: Pointer): void {
  for (let first = 0; first < channels; first += b.lanes) {
    const count = Math.min(b.lanes, channels - first)
    const tail = count === b.lanes ? undefined : b.tail(count)
    b.store(to, 4 * first, typeof from === 'function' ? from() : b.load(from, 4 * first, tail), tail)
  }
}

export interface Places {
  readonly channels: number
  readonly row: Pointer
  readonly to: Pointer
  readonly table: Pointer
  /** An argument. */
  readonly count: string
  /** What stands where the boundary is zero. */
  readonly outside: () => Vector
}

/** Writes `count` pixels at `to`, as `table` says from where in `row`; moves both on. */
export function emitPlaces(b: Builder, { channels, row, to, table, count, outside }: Places): void {
  b.loop(b.integer(count), () => {
    const at = b.loadInteger(table)
    b.when(
      at,
      'lt',
      0,
      () => emitPixel(b, channels, outside, to),
      () => emitPixel(b, channels, b.offset(row, at), to),
    )
    b.advance(table, 4)
    b.advance(to, 4 * channels)
  })
}

/**
 * Arguments: `x`, an image; `rows`, `rowCount`, `columns`, `columnCount`: tables of `placesOf` and their lengths; `to`, and
 * `pitch` from row to row of it, in bytes.
 */
export const frameProgram = (channels: number, target: Target): Program =>
  programFor(`correlate frame ${channels} ${target.name}`, () =>
    vectorProgram('frame', target, (b) => {
      const zero = () => b.zero()
      const [x, to, rows] = [b.pointer('x'), b.pointer('to'), b.pointer('rows')]
      b.loop(b.integer('rowCount'), () => {
        const at = b.loadInteger(rows)
        const line = b.offset(to, 0)
        b.when(
          at,
          'lt',
          0,
          () =>
            b.loop(b.integer('columnCount'), () => {
              emitPixel(b, channels, zero, line)
              b.advance(line, 4 * channels)
            }),
          () => {
            const [row, table] = [b.offset(x, at), b.pointer('columns')]
            emitPlaces(b, { channels, row, to: line, table, count: 'columnCount', outside: zero })
          },
        )
        b.advance(rows, 4)
        b.advance(to, b.integer('pitch'))
      })
    }),
  )
