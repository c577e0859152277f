// Where each tile reads and writes: a table of int32 records, so that the program has no arithmetic on borders to do.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { CookToom } from './cook-toom.ts'
import { phaseSizes } from './layout.ts'

/** Byte offsets of the fields of a tile's record. */
export const tileField = Object.freeze({
  /** The first pixel of the window that lies inside the picture, counted over the batch; 0 when none does. */
  inputPixel: 0,
  /** 1 when all of the window lies inside. */
  inside: 4,
  /** That first pixel's number within the window, row by row. */
  firstPixel: 8,
  /** The rows and columns of the window that lie inside. */
  rows: 12,
  columns: 16,
  /** The first output pixel, counted over the batch, and how many rows and columns of the tile the output has. */
  outputPixel: 20,
  outputRows: 24,
  outputColumns: 28,
})

export const tileRecordBytes = 32

interface Span {
  /** First element of the window inside the picture, relative to the window and to the picture. */
  readonly inWindow: number
  readonly inPicture: number
  readonly inside: number
  readonly output: number
  readonly outputs: number
}

/** The tiles along one axis, one grid after another where pixels of a window lie apart. */
function spans(spec: ConvSpec, axis: number, outputs: number, size: number): Span[] {
  const [input, before, step] = [spec.inputSize[axis], spec.padding[axis][0], spec.dilation[axis]]
  return phaseSizes(spec.outputSize[axis], step).flatMap((count, phase) =>
    Array.from({ length: Math.ceil(count / outputs) }, (_, i) => {
      const output = phase + i * outputs * step
      const start = output - before
      const first = Math.max(0, Math.ceil(-start / step))
      const end = Math.min(size, Math.ceil((input - start) / step))
      const inside = Math.max(0, end - first)
      return {
        inWindow: inside === 0 ? 0 : first,
        inPicture: inside === 0 ? 0 : start + first * step,
        inside,
        output,
        outputs: Math.min(outputs, count - i * outputs),
      }
    }),
  )
}

interface Tiling {
  readonly algorithm: CookToom
  /** Of the whole batch. */
  readonly tiles: number
}

/** One record a tile, in the order batch, rows, columns. */
export function tileTable(spec: ConvSpec, { algorithm, tiles }: Tiling): Int32Array {
  const { outputs, size } = algorithm
  const [rows, columns] = [0, 1].map((axis) => spans(spec, axis, outputs, size))
  const table = new Int32Array((tiles * tileRecordBytes) / 4)
  let at = 0
  for (let image = 0; image < spec.batch; image++) {
    for (const row of rows) {
      const inputRow = image * spec.inputSize[0] + row.inPicture
      const outputRow = image * spec.outputSize[0] + row.output
      for (const column of columns) {
        const empty = row.inside === 0 || column.inside === 0
        table[at++] = empty ? 0 : inputRow * spec.inputSize[1] + column.inPicture
        table[at++] = row.inside === size && column.inside === size ? 1 : 0
        table[at++] = empty ? 0 : row.inWindow * size + column.inWindow
        table[at++] = empty ? 0 : row.inside
        table[at++] = empty ? 0 : column.inside
        table[at++] = outputRow * spec.outputSize[1] + column.output
        table[at++] = row.outputs
        table[at++] = column.outputs
      }
    }
  }
  return table
}

/** The same tiles with what they have of the output, as windows of `outputs` × `outputs`: for a transform of its gradient. */
export function outputTable(spec: ConvSpec, { algorithm, tiles }: Tiling): Int32Array {
  const table = tileTable(spec, { algorithm, tiles })
  const words = tileRecordBytes / 4
  const field = (tile: number, offset: number): number => tile * words + offset / 4
  for (let tile = 0; tile < tiles; tile++) {
    const [rows, columns] = [tileField.outputRows, tileField.outputColumns].map((name) => table[field(tile, name)])
    table[field(tile, tileField.inputPixel)] = table[field(tile, tileField.outputPixel)]
    table[field(tile, tileField.inside)] = rows === algorithm.outputs && columns === algorithm.outputs ? 1 : 0
    table[field(tile, tileField.firstPixel)] = 0
    table[field(tile, tileField.rows)] = rows
    table[field(tile, tileField.columns)] = columns
  }
  return table
}
