// The score of a template at every place of a picture, strip by strip.

import { matchTemplate, reshape, scope, slice, type Tensor, tensor } from 'convoke'
import { check } from 'convoke/shapes'
import { channelsOf, type Picture } from '../picture/picture.ts'
import { type View, valuesOf } from '../picture/planes.ts'
import type { ScoreMap } from './peaks.ts'

/** Pixels of a strip, without the rows it shares with the next. */
const stripPixels = 5e5

/** Rows `[first, first + rows)` as `[rows, width, 1]` of brightness or `[rows, width, colours]`. Opacity is left out. */
function rowsOf(picture: Picture, first: number, rows: number, gray: boolean): Tensor {
  const { width, colours } = picture
  const row = width * channelsOf(picture)
  const samples = picture.samples.subarray(first * row, (first + rows) * row)
  const view: View = { gray, linear: false }
  if (gray || colours === 1) return reshape(valuesOf(samples, [rows, width], picture, view).colour, [rows, width, 1])
  const whole = tensor(samples, { shape: [rows, width, channelsOf(picture)], dtype: 'float32' })
  return picture.alpha ? slice(whole, [null, null, { start: 0, stop: colours }]) : whole
}

/** Compares colours where both are in colour, and brightness otherwise. */
export function scoreMap(picture: Picture, template: Picture, gray: boolean, onRows: (rows: number) => void): ScoreMap {
  check(
    template.width <= picture.width && template.height <= picture.height,
    () =>
      `the template of ${template.width} × ${template.height} pixels is larger than the picture of ${picture.width} × ${picture.height}. Cut it smaller.`,
  )
  const [width, height] = [picture.width - template.width + 1, picture.height - template.height + 1]
  const plain = gray || picture.colours === 1 || template.colours === 1
  const scores = new Float32Array(width * height)
  const kernel = rowsOf(template, 0, template.height, plain)
  const perStrip = Math.max(template.height, Math.ceil(stripPixels / picture.width))
  try {
    for (let first = 0; first < height; first += perStrip) {
      const rows = Math.min(perStrip, height - first)
      scope(() => {
        const strip = rowsOf(picture, first, rows + template.height - 1, plain)
        scores.set(matchTemplate(strip, kernel).dataSync() as Float32Array, first * width)
        return []
      })
      onRows(rows)
    }
  } finally {
    kernel.dispose()
  }
  return { width, height, scores }
}
