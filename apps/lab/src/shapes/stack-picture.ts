// The view as a drawing to keep: what one output sees, and the stack with its numbers. Plain SVG that any program reads.

import { largestOf } from 'convoke/shapes'
import { ink, quiet, svgImage, svgSheet, svgText } from '../ui/svg.ts'

export interface PictureFigure {
  readonly name: string
  /** A PNG as a data URL, for `width` × `height` units. */
  readonly href: string
  readonly width: number
  readonly height: number
  /** A frame over it, in units from its corner. */
  readonly frame:
    | { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    | undefined
  readonly lines: readonly string[]
}

export interface PictureRow {
  readonly cells: readonly string[]
  /** Rows and channels of the output, from 0 to 1 of the largest; undefined for the total. */
  readonly slab: { readonly height: number; readonly width: number; readonly weighted: boolean } | undefined
  readonly marked: boolean
}

export interface StackPicture {
  readonly title: string
  readonly note: string
  readonly figures: readonly PictureFigure[]
  /** Of the columns, the first that of the layers. */
  readonly heads: readonly string[]
  readonly rows: readonly PictureRow[]
}

const [margin, gap, figureSide, rowHeight] = [24, 28, 240, 26]
/** Of a sign, about: the drawing is laid out before anything measures it. */
const signWidth = 7.2

function figureText({ name, href, width, height, frame, lines }: PictureFigure, x: number, y: number): string {
  const scale = figureSide / Math.max(width, height)
  const [left, top] = [x + (figureSide - width * scale) / 2, y + 14 + (figureSide - height * scale) / 2]
  const around =
    frame === undefined
      ? ''
      : `<rect x="${left + frame.x * scale}" y="${top + frame.y * scale}" width="${frame.width * scale}" height="${frame.height * scale}" fill="none" stroke="#fff" stroke-width="3"/><rect x="${left + frame.x * scale}" y="${top + frame.y * scale}" width="${frame.width * scale}" height="${frame.height * scale}" fill="none" stroke="${ink}" stroke-width="1"/>`
  return [
    svgText(x, y, 'name', name),
    svgImage(href, left, top, width * scale, height * scale),
    around,
    ...lines.map((line, i) => svgText(x, y + 34 + figureSide + 18 * i, 'quiet', line)),
  ].join('')
}

/** About: signs of Chinese are twice as wide as Latin letters. */
const widthOf = (words: string): number => [...words].reduce((sum, sign) => sum + (sign > '\u2e80' ? 2 : 1), 0)

/** Texts in lines that fit below a figure: Latin words stay whole, Chinese breaks anywhere. */
export function linesFor(texts: readonly string[]): string[] {
  const most = Math.floor(figureSide / 6.8)
  return texts.flatMap((one) => {
    const lines = ['']
    for (const piece of one.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+|\s+/g) ?? []) {
      const last = lines.length - 1
      if (widthOf(lines[last] + piece) <= most || lines[last] === '') lines[last] += piece
      else lines.push(piece.trimStart())
    }
    return lines
  })
}

export function drawStack({ title, note, figures, heads, rows }: StackPicture): string {
  const widths = heads.map(
    (head, i) => signWidth * largestOf([head.length, ...rows.map(({ cells }) => cells[i]?.length ?? 0)]) + 20,
  )
  const tableWidth = widths.reduce((sum, width) => sum + width, 48)
  const figuresWidth = figures.length * (figureSide + gap) - gap
  const width = 2 * margin + Math.max(tableWidth, figuresWidth)
  const figuresHeight =
    figures.length === 0 ? 0 : 40 + figureSide + 18 * largestOf(figures.map(({ lines }) => lines.length)) + gap
  const top = margin + 44 + figuresHeight
  const height = top + rowHeight * (rows.length + 1) + margin
  const columnEnd = (column: number): number =>
    margin + 48 + widths.slice(0, column + 1).reduce((sum, one) => sum + one, 0)
  const line = (cells: readonly string[], y: number, kind: string): string =>
    cells
      .map((cell, i) =>
        i === 0 ? svgText(margin + 48, y, kind, cell) : svgText(columnEnd(i), y, `${kind} number`, cell),
      )
      .join('')
  const drawn = rows.map(({ cells, slab, marked }, i) => {
    const y = top + rowHeight * (i + 1)
    const ground = marked
      ? `<rect x="${margin - 8}" y="${y - rowHeight / 2}" width="${tableWidth + 16}" height="${rowHeight}" fill="#fdf0e8"/>`
      : ''
    const [w, h] = slab === undefined ? [0, 0] : [4 + 26 * slab.width, 3 + 19 * slab.height]
    const box =
      slab === undefined
        ? `<path d="M${margin} ${y - rowHeight / 2}H${margin + tableWidth}" stroke="${ink}"/>`
        : `<rect x="${margin + 18 - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" rx="1.5" fill="${slab.weighted ? '#bcd2e8' : '#f3f1eb'}" stroke="${slab.weighted ? '#1a68b0' : '#8b8f98'}"/>`
    return `${ground}${box}${line(cells, y, slab === undefined ? 'name' : 'plain')}`
  })
  return svgSheet({
    ...{ width, height, title },
    style: `text{font-size:13px;dominant-baseline:central}.title{font-size:18px;font-weight:600}.name{font-weight:600}.quiet{fill:${quiet}}.number{text-anchor:end}`,
    parts: [
      ...[svgText(margin, margin + 8, 'title', title), svgText(margin, margin + 32, 'quiet', note)],
      ...figures.map((figure, i) => figureText(figure, margin + i * (figureSide + gap), margin + 62)),
      ...[line(heads, top, 'quiet'), ...drawn],
    ],
  })
}
