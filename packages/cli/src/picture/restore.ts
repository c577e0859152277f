// Undoes a kernel rather than sliding it: the whole picture at once, since every pixel of the result hangs on all others.

import { scope } from 'convoke/autodiff'
import { concat, deconvolve, reshape, slice } from 'convoke/ops'
import { keep, type Tensor, tensor } from 'convoke/tensor'
import { flipped } from 'convoke-workbench'
import type { Cut, Filter, Strip, Undoing } from './filter.ts'
import { channelsOf, type Picture } from './picture.ts'
import { alphaOf } from './pixels.ts'
import { type View, valuesOf } from './planes.ts'

/** Rows of a strip of results; a JPEG written in bands asks for a multiple of eight. */
const usualRows = 256

function restored(planes: Tensor, kernel: Tensor, { noise, boundary }: Undoing): Tensor {
  const [count, rows, columns] = planes.shape
  const results = Array.from({ length: count }, (_, plane) =>
    // One after another: transforms take several times the memory of a plane.
    scope(() => {
      const own = reshape(slice(planes, [{ start: plane, stop: plane + 1 }]), [rows, columns])
      return reshape(deconvolve(own, kernel, { noise, boundary }), [1, rows, columns])
    }),
  )
  return count === 1 ? results[0] : concat(results, 0)
}

/** `picture` as it was before `filter`, its opacity as it is. */
export function* restoredStrips(
  picture: Picture,
  { kernels: [{ rows }] }: Filter,
  undoing: Undoing,
  view: View,
  { mostRows = usualRows }: Partial<Cut>,
): Generator<Strip> {
  const { height, width } = picture
  const whole = scope(() => {
    const { colour } = valuesOf(picture.samples, [height, width], picture, view)
    // Kernels slide as they are written; `deconvolve` undoes a convolution, which flips them.
    return keep(restored(colour, tensor(flipped(rows)), undoing))
  })
  try {
    const step = Math.min(usualRows, mostRows)
    const perRow = width * channelsOf(picture)
    for (let row = 0; row < height; row += step) {
      const count = Math.min(step, height - row)
      const colour = scope(() => slice(whole, [null, { start: row, stop: row + count }]))
      const stored = picture.samples.subarray(row * perRow, (row + count) * perRow)
      yield { row, rows: count, known: 0, colour, alpha: picture.alpha ? alphaOf(stored, picture) : undefined }
    }
  } finally {
    whole.dispose()
  }
}
