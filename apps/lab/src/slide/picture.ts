// The view as a drawing to keep: input with its window, kernel, output. Plain SVG that any program reads.

import { largestOf } from 'convoke/shapes'
import { escaped, ink, paleTint, svgSheet, svgText } from '../ui/svg.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { isOutside, shortNumber } from './cells.ts'
import { cellOf, channelsSeenBy, elementIn, type Geometry, outputSize, placeOf, tapsOf, widthOf } from './geometry.ts'
import { filterShape, offsetOf, type SlideState } from './state.ts'
import type { SlideAnswer } from './task.ts'

export interface PictureWords {
  readonly title: string
  readonly input: string
  readonly kernel: string
  readonly output: string
  /** The formula of the window that is watched, with its numbers. */
  readonly formula: string
}

const [side, gap, margin, heading] = [40, 56, 24, 34]

interface DrawnCell {
  readonly text: string
  readonly strength: number
  readonly faint?: boolean
  readonly marked?: boolean
}

function drawCell({ text, strength, faint, marked }: DrawnCell, x: number, y: number): string {
  const size = Math.min(16, (1.55 * side) / Math.max(text.length, 3))
  const stroke = marked ? ` stroke="${ink}" stroke-width="2"` : ' stroke="#d5d2c9"'
  const dash = faint ? ' stroke-dasharray="3 3"' : ''
  return (
    `<rect x="${x + 1.5}" y="${y + 1.5}" width="${side - 3}" height="${side - 3}" rx="4" fill="${paleTint(strength)}"${stroke}${dash}/>` +
    `<text x="${x + side / 2}" y="${y + side / 2}" font-size="${size.toFixed(1)}"${faint ? ' opacity=".6"' : ''}>${escaped(text)}</text>`
  )
}

interface Block {
  readonly name: string
  readonly rows: number
  readonly columns: number
  readonly layers: readonly ((row: number, column: number) => DrawnCell)[]
}

/** Layers below each other, the names above. */
function drawBlock({ name, rows, columns, layers }: Block, left: number): string {
  const parts = layers.flatMap((cell, layer) => {
    const top = margin + heading + layer * (rows * side + 14)
    return Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns]
      return drawCell(cell(row, column), left + column * side, top + row * side)
    })
  })
  return `${svgText(left, margin + 12, 'name', name)}${parts.join('')}`
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

export function pictureOf(state: SlideState, geometry: Geometry, answer: SlideAnswer, words: PictureWords): string {
  const place = placeOf(geometry, state.place)
  const taps = new Set(tapsOf(geometry).map((tap) => cellOf(geometry, place, tap).join()))
  const [first, seen] = channelsSeenBy(state, state.channel)
  const [rows, columns] = geometry.axes
  const inputLargest = largestIn(state.input)
  const [filterLargest, outputLargest] = [largestIn(state.filter), largestIn(answer.output)]
  const input = range(state.inputChannels).map((channel) => (row: number, column: number): DrawnCell => {
    const element = elementIn(geometry, [row, column], widthOf(state))
    const value = element === undefined ? 0 : state.input[element * state.inputChannels + channel]
    const marked = channel >= first && channel < first + seen && taps.has(`${row},${column}`)
    const faint = isOutside(state, row, column, element)
    return { text: shortNumber(value), strength: strengthOf(value, inputLargest), faint, marked }
  })
  const shape = filterShape(state)
  const kernel = range(seen).map((own) => (row: number, column: number): DrawnCell => {
    const tap = state.rank === 1 ? [column] : [row, column]
    const value = state.filter[offsetOf([...tap, own, state.channel], shape)]
    return { text: shortNumber(value), strength: strengthOf(value, filterLargest) }
  })
  const [height, width] = state.rank === 1 ? [1, ...outputSize(geometry, 1)] : outputSize(geometry, 2)
  const output = range(state.outputChannels).map((channel) => (row: number, column: number): DrawnCell => {
    const value = answer.output[(row * width + column) * state.outputChannels + channel]
    const marked = row === place[0] && column === place[1] && channel === state.channel
    return { text: shortNumber(value), strength: strengthOf(value, outputLargest), marked }
  })
  const blocks: readonly Block[] = [
    { name: words.input, rows: rows.source.length, columns: columns.source.length, layers: input },
    { name: words.kernel, rows: rows.taps, columns: columns.taps, layers: kernel },
    { name: words.output, rows: height, columns: width, layers: output },
  ]
  const widthOfBlock = (block: Block): number => Math.max(block.columns * side, 64)
  const lefts = blocks.map(
    (_, i) => margin + blocks.slice(0, i).reduce((sum, block) => sum + widthOfBlock(block) + gap, 0),
  )
  const total = lefts[2] + widthOfBlock(blocks[2]) + margin
  const tallest = largestOf(blocks.map((block) => block.layers.length * (block.rows * side + 14)))
  const bottom = margin + heading + tallest
  const signs = ['∗', '='].map((sign, i) => svgText(lefts[i + 1] - gap / 2, margin + heading + side / 2, 'sign', sign))
  const formula = wrap(words.formula, Math.floor((total - 2 * margin) / 8.2))
  const lines = formula.map((line, i) => svgText(margin, bottom + 18 + 20 * i, 'formula', line))
  return svgSheet({
    ...{ width: total, height: bottom + 20 * formula.length + margin, title: words.title },
    style:
      'text{text-anchor:middle;dominant-baseline:central}.name{text-anchor:start;font-size:14px;font-weight:600}.sign{font-size:22px;fill:#5d6878}.formula{text-anchor:start;font-size:14px}',
    parts: [...blocks.map((block, i) => drawBlock(block, lefts[i])), ...signs, ...lines],
  })
}

/** Words in lines of at most `most` letters. */
function wrap(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
