// The view as a drawing to keep: words, their vectors, the filters' answers, what each winner adds. Plain SVG that any program reads.

import { largestOf } from 'convoke/shapes'
import { blue, escaped, ink, orange, paleTint, quiet, svgSheet } from '../ui/svg.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { operandText } from '../words/formula.ts'
import { showNumber } from '../words/numbers.ts'
import { phraseOf } from './phrases.ts'
import { vectorSize } from './state.ts'
import type { FilterReading, Reading, TextAnswer } from './task.ts'

export interface PictureWords {
  readonly title: string
  readonly vector: string
  readonly windowName: (width: number) => string
  readonly shortName: (width: number, map: number) => string
  readonly nothing: string
  readonly silent: string
  readonly bias: string
  readonly logit: string
  readonly verdict: string
}

const [margin, row, small, wide, gap] = [24, 26, 18, 30, 14]

/** Width of a text of 14 px, roughly: wide characters count twice. */
const widthOf = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + (character.codePointAt(0)! > 0x2e80 ? 14 : 7.8), 0)

const cell = (x: number, y: number, width: number, strength: number, more = ''): string =>
  `<rect x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${row - 2}" rx="3" fill="${paleTint(strength)}"${more}/>`

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}"${more}>${escaped(words)}</text>`

export function pictureOf(answer: TextAnswer, reading: Reading, words: PictureWords): string {
  const { settings } = answer
  const { tokens, vectors, filters } = reading
  const names = [...tokens.map((token) => token.text), words.nothing]
  const left = margin + largestOf(names.map(widthOf)) + 10
  const top = margin + 52
  const largest = largestIn(vectors.flat())
  const loudest = largestIn(filters.map(({ pooled }) => pooled))
  const startOf = (i: number): number =>
    left + vectorSize * small + i * wide + gap * (1 + Math.floor(i / settings.maps))
  const right = startOf(filters.length - 1) + wide
  const y = (i: number): number => top + i * row

  const heads = [
    text(left, margin + 12, words.vector, ' class="quiet"'),
    ...settings.windows.map((window, i) =>
      text(startOf(i * settings.maps), margin + 12, words.windowName(window), ' class="quiet"'),
    ),
    ...filters.map(({ map }, i) => text(startOf(i) + wide / 2, margin + 36, String(map + 1), ' class="mid quiet"')),
  ]
  const rows = names.map((name, i) => {
    const cells = Array.from({ length: vectorSize }, (_, j) =>
      cell(left + j * small, y(i), small, strengthOf(vectors[i]?.[j] ?? 0, largest)),
    )
    const answers = filters.map((filter, j) => drawAnswer(filter, i, startOf(j), y(i), loudest))
    return text(left - 8, y(i) + row / 2, name, ' class="end"') + cells.join('') + answers.join('')
  })

  const sums = filters.map((filter, i) => {
    const { window, map, pooled, weight, contribution } = filter
    const phrase = pooled > 0 ? phraseOf(answer, reading, filter) || words.nothing : words.silent
    const arithmetic = `${showNumber(pooled)} × ${operandText(weight)} = ${showNumber(contribution)}`
    return { i, name: words.shortName(window, map), phrase, arithmetic, value: contribution }
  })
  const [below, line] = [y(names.length) + 28, 24]
  const phraseWidth = Math.max(largestOf(sums.map(({ phrase }) => widthOf(phrase))), 60)
  const middle = margin + 52 + phraseWidth + 30 + 190 + 100
  const most = largestIn([reading.bias, ...sums.map(({ value }) => value)]) || 1
  const bar = (value: number, at: number): string => {
    const width = (90 * Math.abs(value)) / most
    const fill = (value < 0 ? blue : orange).join(',')
    return `<rect x="${(value < 0 ? middle - width : middle).toFixed(1)}" y="${at - 6}" width="${width.toFixed(1)}" height="12" rx="2" fill="rgb(${fill})"/>`
  }
  const drawn = sums.map(({ i, name, phrase, arithmetic, value }) => {
    const at = below + i * line
    return (
      text(margin, at, name, ' class="quiet"') +
      text(margin + 52, at, phrase) +
      text(middle - 110, at, arithmetic, ' class="end"') +
      bar(value, at)
    )
  })
  const end = below + sums.length * line
  const total = [
    text(margin, end, words.bias) + text(middle - 110, end, showNumber(reading.bias), ' class="end"'),
    bar(reading.bias, end),
    text(margin, end + line, words.logit, ' class="strong"'),
    text(middle - 110, end + line, showNumber(reading.logit), ' class="end strong"'),
    text(margin, end + 2.4 * line, words.verdict, ' class="large"'),
    `<line x1="${middle}" x2="${middle}" y1="${below - 10}" y2="${end + 10}" stroke="#8b8f98"/>`,
  ]
  return svgSheet({
    ...{ width: Math.max(right, middle + 100) + margin, height: end + 2.4 * line + margin + 8, title: words.title },
    style: `text{font-size:14px;dominant-baseline:central}.end{text-anchor:end}.mid{text-anchor:middle}.quiet{fill:${quiet};font-size:12px}.strong{font-weight:600}.large{font-size:18px;font-weight:600}.won{font-size:11px;text-anchor:middle}`,
    parts: [...heads, ...rows, ...drawn, ...total],
  })
}

function drawAnswer(filter: FilterReading, at: number, x: number, y: number, loudest: number): string {
  const value = filter.activations[at]
  const won = at === filter.winner && value > 0
  const outline = won ? ` stroke="${ink}" stroke-width="1.5"` : ' stroke="#e0ddd4"'
  const number = won ? text(x + wide / 2, y + row / 2, showNumber(value, 1), ' class="won"') : ''
  return cell(x, y, wide, strengthOf(value, loudest), outline) + number
}
