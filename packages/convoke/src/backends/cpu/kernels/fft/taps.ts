// The filter as pictures that tiles are cut from: one plane for each pair of an output and an input channel, its taps where
// the problem has them, apart by the dilation and with zeros between, turned round for an adjoint.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { type Program, type Target, type Vector, vectorProgram } from '../../program/index.ts'
import type { KernelStep, Place } from '../plan.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import { type FftAxis, threeAxes } from './problem.ts'

export interface TapPlanes {
  readonly planes: number
  /** Floats from row to row, and of a plane of all its rows. */
  readonly pitch: number
  readonly planeFloats: number
  /** Rows of a plane, over all depths. */
  readonly rows: number
  /** By row and by tap of a row: bytes into the filter, −1 where a row is empty; bytes into the row of the plane. */
  readonly table: Int32Array<ArrayBuffer>
  readonly taps: number
  readonly consecutive: boolean
  /** The kernel is a product: the rows' table is of places in the column. */
  readonly factors: boolean
  /** Bytes of the filter from tap to tap, and where the first tap of a plane is. */
  readonly apart: number
  readonly firstOf: (plane: number) => number
}

/** What of a filter `[...kernel, in / groups, out]` becomes the planes `[output][input of a group]` of a problem. */
export interface FilterUse {
  readonly spec: ConvSpec
  /** Turned round, with inputs and outputs exchanged: for the gradient in the input. */
  readonly turned: boolean
  /** The same plane for all channels, of a kernel without channel axes. */
  readonly single: boolean
  /** Of a kernel that is a column times a row, given as the two: its row is the filter, its column the input after it. */
  readonly factors?: boolean
}

const lineFloats = 16

export function tapPlanes({ spec, turned, single, factors = false }: FilterUse, shift: number): TapPlanes {
  const [depth, height, width] = threeAxes(
    spec.kernel.map((kernel, axis): FftAxis => {
      return { input: kernel, output: spec.dilation[axis], extent: (kernel - 1) * spec.dilation[axis] + 1, before: 0 }
    }),
  )
  const [inputs, outputs] = single ? [1, 1] : [spec.inputChannels / spec.groups, spec.outputChannels]
  const apart = inputs * outputs * 4
  const pitch = Math.ceil((shift + width.extent) / lineFloats) * lineFloats
  const rows = depth.extent * height.extent
  const table = new Int32Array(rows + width.input).fill(-1)
  for (let d = 0; d < depth.input; d++) {
    for (let h = 0; h < height.input; h++) {
      const row = d * depth.output * height.extent + h * height.output
      table[turned ? rows - 1 - row : row] = factors ? 4 * h : (d * height.input + h) * width.input * apart
    }
  }
  for (let w = 0; w < width.input; w++) {
    table[rows + w] = 4 * (shift + (turned ? width.input - 1 - w : w) * width.output)
  }
  const perGroup = outputs / (single ? 1 : spec.groups)
  return {
    ...{ planes: inputs * outputs, pitch, planeFloats: rows * pitch, rows, table, taps: width.input, apart, factors },
    consecutive: apart === 4 && width.output === 1 && !turned,
    // Turned, a plane is of an input of the convolution and an output of its group.
    firstOf: turned
      ? (plane) => {
          const [channel, output] = [Math.floor(plane / perGroup), plane % perGroup]
          const group = Math.floor(channel / inputs)
          return ((channel % inputs) * outputs + group * perGroup + output) * 4
        }
      : (plane) => ((plane % inputs) * outputs + Math.floor(plane / inputs)) * 4,
  }
}

/**
 * Rows of a plane. Arguments: `filter` at the first tap of the plane, `to`, `rows` (a table, its length in `rowCount`),
 * `columns` (a table, its length in `taps`), `apart`; where the taps are consecutive in both, `columns` says only where the
 * first goes. Where the kernel is a product, `rows` are places in `column`.
 */
const tapProgram = ({ pitch, consecutive, factors }: TapPlanes, target: Target): Program =>
  programFor(`fft taps ${pitch} ${consecutive} ${factors} ${target.name}`, () =>
    vectorProgram('taps', target, (b) => {
      const [filter, to, rows] = [b.pointer('filter'), b.pointer('to'), b.pointer('rows')]
      const one = b.tail(1)
      b.loop(b.integer('rowCount'), () => {
        const line = b.offset(to, 0)
        b.loop(pitch / b.lanes, () => {
          b.store(line, 0, b.zero())
          b.advance(line, b.bytes)
        })
        const at = b.loadInteger(rows)
        b.when(at, 'ge', 0, () => {
          const from = b.offset(filter, factors ? 0 : at)
          const weight = factors ? b.broadcast(b.offset(b.pointer('column'), at)) : undefined
          const weighted = (tap: Vector): Vector => (weight ? b.mul(tap, weight) : tap)
          if (consecutive) {
            b.offset(to, b.loadInteger(b.pointer('columns')), line)
            b.loop(b.integerShr(b.integer('taps'), Math.log2(b.lanes)), () => {
              b.store(line, 0, weighted(b.load(from)))
              for (const pointer of [from, line]) b.advance(pointer, b.bytes)
            })
            const tail = b.tail(b.integerAnd(b.integer('taps'), b.lanes - 1))
            b.store(line, 0, weighted(b.load(from, 0, tail)), tail)
            return
          }
          const columns = b.pointer('columns')
          b.loop(b.integer('taps'), () => {
            b.offset(to, b.loadInteger(columns), line)
            b.store(line, 0, weighted(b.load(from, 0, one)), one)
            b.advance(from, b.integer('apart'))
            b.advance(columns, 4)
          })
        })
        b.advance(rows, 4)
        b.advance(to, pitch * 4)
      })
    }),
  )

/** Rows of a plane that a task writes. */
const taskFloats = 32768

/** Writes planes `first` … `first + count − 1` at `to`; `table` is where the planes' table lies. */
export function tapsStep(
  taps: TapPlanes,
  first: number,
  count: number,
  places: {
    readonly filter: number
    readonly column?: number
    readonly table: Place
    readonly to: (floats: number) => Place
  },
  target: Target,
): KernelStep {
  const { pitch, planeFloats, rows, apart } = taps
  const perTask = Math.max(1, Math.floor(taskFloats / pitch))
  const calls: CallArguments[] = []
  for (let plane = 0; plane < count; plane++) {
    for (let row = 0; row < rows; row += perTask) {
      calls.push({
        filter: place(places.filter, taps.firstOf(first + plane)),
        to: places.to(plane * planeFloats + row * pitch),
        rows: { ...places.table, offset: places.table.offset + 4 * row },
        rowCount: Math.min(perTask, rows - row),
        columns: { ...places.table, offset: places.table.offset + 4 * rows },
        ...{ taps: taps.taps, apart, column: place(places.column ?? places.filter, 0) },
      })
    }
  }
  return stepOf(tapProgram(taps, target), calls)
}

/** Taps from the planes back into a filter. Arguments: as `tapProgram`'s, `from` in place of `to`. */
const untapProgram = ({ pitch }: TapPlanes, target: Target): Program =>
  programFor(`fft taps back ${pitch} ${target.name}`, () =>
    vectorProgram('taps back', target, (b) => {
      const [filter, from, rows] = [b.pointer('filter'), b.pointer('from'), b.pointer('rows')]
      const one = b.tail(1)
      b.loop(b.integer('rowCount'), () => {
        const at = b.loadInteger(rows)
        b.when(at, 'ge', 0, () => {
          const [to, columns] = [b.offset(filter, at), b.pointer('columns')]
          b.loop(b.integer('taps'), () => {
            b.store(to, 0, b.load(b.offset(from, b.loadInteger(columns)), 0, one), one)
            b.advance(to, b.integer('apart'))
            b.advance(columns, 4)
          })
        })
        b.advance(rows, 4)
        b.advance(from, pitch * 4)
      })
    }),
  )

/** Takes planes `first` … `first + count − 1` from `from` on back into the filter, a buffer. */
export function untapsStep(
  taps: TapPlanes,
  first: number,
  count: number,
  places: { readonly filter: number; readonly table: Place; readonly from: (floats: number) => Place },
  target: Target,
): KernelStep {
  const { pitch, planeFloats, rows, apart, firstOf } = taps
  const perTask = Math.max(1, Math.floor(taskFloats / pitch))
  const { table } = places
  const calls: CallArguments[] = []
  for (let plane = 0; plane < count; plane++) {
    for (let row = 0; row < rows; row += perTask) {
      calls.push({
        filter: place(places.filter, firstOf(first + plane)),
        from: places.from(plane * planeFloats + row * pitch),
        rows: { ...table, offset: table.offset + 4 * row },
        rowCount: Math.min(perTask, rows - row),
        columns: { ...table, offset: table.offset + 4 * rows },
        ...{ taps: taps.taps, apart },
      })
    }
  }
  return stepOf(untapProgram(taps, target), calls)
}
