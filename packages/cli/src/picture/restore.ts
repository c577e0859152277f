// Undoes a kernel rather than sliding it: the whole picture at once, since every pixel of the result hangs on all others.

import { concat, deconvolve, keep, reshape, scope, slice, type Tensor, tensor } from 'convoke'
import type { Matrix } from '../gallery/gallery-kernel.ts'
import type { Cut, Filter, Strip, Undoing } from './filter.ts'
import { channelsOf, makeSamples, type Picture, type Samples } from './picture.ts'
import { type View, valuesOf } from './planes.ts'

/** Rows of a strip of results, in a number that every format takes. */
const usualRows = 256

/** What was slid, as `deconvolve` takes it: kernels slide as they are written, and a convolution turns them round. */
const turned = (rows: Matrix): number[][] => rows.map((row) => [...row].reverse()).reverse()

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
    return keep(restored(colour, tensor(turned(rows)), undoing))
  })
  try {
    const step = Math.min(usualRows, mostRows)
    for (let row = 0; row < height; row += step) {
      const count = Math.min(step, height - row)
      const colour = scope(() => slice(whole, [null, { start: row, stop: row + count }]))
      yield { row, rows: count, colour, alpha: picture.alpha ? alphaOf(picture, row, count) : undefined }
    }
  } finally {
    whole.dispose()
  }
}

function alphaOf(picture: Picture, row: number, rows: number): Samples {
  const channels = channelsOf(picture)
  const alpha = makeSamples(picture.depth, rows * picture.width)
  for (let pixel = 0, at = (row * picture.width + 1) * channels - 1; pixel < alpha.length; pixel++, at += channels)
    alpha[pixel] = picture.samples[at]
  return alpha
}
