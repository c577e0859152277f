// The view as a drawing to keep: the picture before and after, the kernels, and how the pixel that is looked at came about.

import { largestOf } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'
import type { Pixels } from '../ui/pixels.ts'
import { escaped, ink, paleTint, quiet, svgImage, svgSheet, svgText } from '../ui/svg.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { showNumber } from '../words/numbers.ts'
import type { filtersMessages } from './messages.ts'
import { type FiltersState, kernelsOf } from './state.ts'
import type { FiltersAnswer, Probe } from './task.ts'

type Words = ReturnType<typeof filtersMessages>

const [margin, gap, large, cell] = [24, 28, 360, 36]

/** Kernels up to this side show their numbers. */
const numberedSide = 11

/** Numbers in tinted cells, or, where there are many, tints alone. */
function drawMatrix(rows: Matrix, x: number, y: number): { readonly drawn: string; readonly side: number } {
  const numbered = rows.length <= numberedSide
  const size = numbered ? cell : Math.max(4, Math.floor((numberedSide * cell) / rows.length))
  const largest = largestIn(rows.flat())
  const cells = rows.flatMap((line, i) =>
    line.map((value, j) => {
      const [left, top] = [x + j * size, y + i * size]
      const box = `<rect x="${left}" y="${top}" width="${size - 1}" height="${size - 1}" fill="${paleTint(strengthOf(value, largest))}" stroke="#d5d2c9" stroke-width=".5"/>`
      const digits = showNumber(value, Math.abs(value) >= 10 ? 0 : 2)
      return numbered
        ? `${box}<text class="cell" x="${left + size / 2}" y="${top + size / 2}">${escaped(digits)}</text>`
        : box
    }),
  )
  return { drawn: cells.join(''), side: rows.length * size }
}

interface Shown {
  readonly state: FiltersState
  readonly before: Pixels
  readonly answer: FiltersAnswer
  readonly probe: Probe | undefined
}

export function pictureOf({ state, before, answer, probe }: Shown, words: Words): string {
  const parts = [svgText(margin, margin + 12, 'title', words.title)]
  const scale = large / Math.max(before.width, before.height)
  const [width, height] = [before.width * scale, before.height * scale]
  const [row, column] = [Math.min(state.pixel[0], before.height - 1), Math.min(state.pixel[1], before.width - 1)]
  const top = margin + 56
  const pictures = [
    [words.before, before],
    [words.after, answer.result],
  ] as const
  for (const [i, [name, pixels]] of pictures.entries()) {
    const left = margin + i * (width + gap)
    const [x, y] = [left + (column + 0.5) * scale, top + (row + 0.5) * scale]
    parts.push(svgText(left, top - 12, 'name', name), svgImage(pixels, left, top, width, height))
    parts.push(`<circle cx="${x}" cy="${y}" r="7" fill="none" stroke="#fff" stroke-width="4"/>`)
    parts.push(`<circle cx="${x}" cy="${y}" r="7" fill="none" stroke="${ink}" stroke-width="1.5"/>`)
  }
  const [least, most] = answer.range.map((value) => showNumber(value, 1))
  const signed = kernelsOf(state).some((kernel) => kernel.signed)
  parts.push(svgText(margin + width + gap, top + height + 20, 'quiet', words.range(least, most, signed)))
  let right = margin + 2 * width + gap
  let y = top + height + 60

  /** Matrices beside each other, each below its name. */
  const line = (matrices: readonly (readonly [name: string, rows: Matrix])[], signs: readonly string[]): void => {
    let x = margin
    const sides = matrices.map(([name, rows], i) => {
      const { drawn, side } = drawMatrix(rows, x, y + 12)
      parts.push(svgText(x, y, 'name', name), drawn)
      if (signs[i] !== undefined) parts.push(svgText(x + side + gap / 2, y + 12 + side / 2, 'sign', signs[i]))
      right = Math.max(right, x + side)
      // Names of kernels are longer than small kernels are wide.
      x += Math.max(side, 8 * name.length) + gap
      return side
    })
    y += 12 + largestOf([0, ...sides]) + 34
  }
  line(
    kernelsOf(state).map(({ name, rows }) => [name, rows] as const),
    [],
  )
  if (probe !== undefined) {
    const { window, kernel, products, sum } = probe
    parts.push(svgText(margin, y, 'quiet', `${words.pixelAt(row, column)}. ${words.firstChannel}`))
    y += 26
    const matrices = [
      [words.window, window],
      [words.kernel, kernel],
      [words.products, products],
    ] as const
    line(matrices, ['·', '='])
    parts.push(svgText(margin, y, 'name', words.pixelSum(showNumber(sum, 2))))
    y += margin
  }
  return svgSheet({
    ...{ width: right + margin, height: y, title: words.title, parts },
    style: `text{font-size:13px}.title{font-size:20px;font-weight:600}.name{font-weight:600}.quiet{fill:${quiet};font-size:12px}.cell{font-size:11px;text-anchor:middle;dominant-baseline:central}.sign{font-size:18px;text-anchor:middle;dominant-baseline:central}`,
  })
}
