// A kernel that is a column times a row, over some rows of outputs: down the columns into scratch, whose ends get what the
// boundary says, then along each row into the result.

import { type Program, type Target, vectorProgram } from '../../program/index.ts'
import { type AcrossShape, emitAcrossSums } from './across.ts'
import { emitAcross, emitPrefetch, emitStores, emitSums, type SumShape } from './dense-program.ts'
import { emitPlaces } from './frame.ts'

export interface TwoPassShape {
  readonly channels: number
  /** The pass down the columns. */
  readonly down: SumShape
  readonly across: AcrossShape
  /** Floats from row to row of the scratch, and where its columns begin. */
  readonly rowFloats: number
  readonly start: number
  /** Floats that are stored where an output row is narrower than a vector. */
  readonly narrow: number | undefined
}

/**
 * Arguments, distances in bytes: `tiles` one below the other; `x`, `xPitch`, `downTaps`; `columns` tiles of columns, the last at `columnLast`; `scratch`; `left`
 * and `right`: tables of the places in a scratch row that stand before and after the columns, `leftCount` and `rightCount` of them,
 * written from `leftAt` and `rightAt`; `outside`, a column of zeros summed; `window`, where the first window begins in a scratch row; `rowTaps`; `y`, `yPitch`;
 * `blocks` of a row's outputs, the last at `blockLast`.
 */
export const twoPassProgram = (shape: TwoPassShape, name: string, target: Target): Program =>
  vectorProgram(name, target, (b) => {
    const { channels, down, across, rowFloats, start, narrow } = shape
    const [x, y] = [b.pointer('x'), b.pointer('y')]
    b.loop(b.integer('tiles'), () => {
      const columns = b.offset(b.pointer('scratch'), 4 * start)
      emitAcross(b, 'columns', 'columnLast', down.vectors * b.bytes, (at) => {
        const window = b.offset(x, at)
        emitPrefetch(b, down, window)
        const sums = emitSums(b, down, window, b.pointer('downTaps'))
        emitStores(b, sums, b.offset(columns, at), 4 * rowFloats)
      })
      b.advance(x, b.integerMul(b.integer('xPitch'), down.rows))
      const row = b.offset(b.pointer('scratch'), 0)
      b.loop(down.rows, () => {
        for (const side of ['left', 'right'] as const) {
          emitPlaces(b, {
            ...{
              channels,
              row,
              to: b.offset(row, b.integer(`${side}At`)),
              table: b.pointer(side),
              count: `${side}Count`,
            },
            outside: () => b.broadcast(b.pointer('outside')),
          })
        }
        const window = b.offset(row, b.integer('window'))
        emitAcross(b, 'blocks', 'blockLast', across.vectors * b.bytes, (at) => {
          const sums = emitAcrossSums(b, across, b.offset(window, at), b.pointer('rowTaps'))
          emitStores(b, [sums], b.offset(y, at), 0, narrow)
        })
        b.advance(row, 4 * rowFloats)
        b.advance(y, b.integer('yPitch'))
      })
    })
  })
