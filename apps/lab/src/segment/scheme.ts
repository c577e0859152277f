// The U as a drawing: where each block stands, and what joins them.

import { escaped, svgSheet } from '../ui/svg.ts'
import type { NetworkFacts } from './task.ts'

export interface Box {
  readonly path: string
  readonly x: number
  readonly y: number
  readonly shape: readonly [height: number, width: number, channels: number]
}

export interface Line {
  readonly kind: 'skip' | 'cut' | 'down' | 'up' | 'along'
  readonly from: readonly [x: number, y: number]
  readonly to: readonly [x: number, y: number]
}

export interface Scheme {
  readonly width: number
  readonly height: number
  /** The picture, then the blocks in the order in which they are computed. */
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

/** Of the drawing, of a box, from level to level, and how far each level stands further in. */
const [width, boxWidth, boxHeight, rise, indent] = [420, 104, 34, 62, 22]
export const boxSize = [boxWidth, boxHeight] as const

/** A level counts from 1 at the top; the picture and the result stand above it. */
export function schemeOf({ blocks, skips }: NetworkFacts, side: number): Scheme {
  const depth = blocks.filter(({ path }) => path.startsWith('down')).length
  const top = (level: number): number => 4 + level * rise
  const left = (level: number): number => 4 + Math.max(0, level - 1) * indent
  const right = (level: number): number => width - boxWidth - left(level)
  const middle = (width - boxWidth) / 2
  const place = (path: string): readonly [x: number, y: number] => {
    if (path === 'head') return [right(0), top(0)]
    if (path === 'bottom') return [middle, top(depth + 1)]
    const level = Number(/\d+$/.exec(path)?.[0])
    return [path.startsWith('down') ? left(level) : right(level), top(level)]
  }
  const picture: Box = { path: 'picture', x: left(0), y: top(0), shape: [side, side, 3] }
  const boxes = blocks.map(({ path, shape }): Box => {
    const [x, y] = place(path)
    return { path, x, y, shape }
  })
  const all = [picture, ...boxes]
  const lines = all.slice(1).map((box, i) => joint(all[i], box))
  const across = boxes
    .filter(({ path }) => path.startsWith('down'))
    .map((box): Line => {
      const level = Number(box.path.slice(4))
      const y = box.y + boxHeight / 2
      return { kind: skips ? 'skip' : 'cut', from: [box.x + boxWidth, y], to: [right(level), y] }
    })
  return { width, height: top(depth + 1) + boxHeight + 4, boxes: all, lines: [...lines, ...across] }
}

/** From one box to the next that is computed. */
function joint(from: Box, to: Box): Line {
  const down = to.y > from.y
  const kind = to.path === 'head' || from.path === 'picture' ? 'along' : down ? 'down' : 'up'
  // Beside the middle of the box that stands further in, so that the line is upright.
  const inner = down ? to : from
  const x = inner.path === 'bottom' ? (down ? inner.x + 16 : inner.x + boxWidth - 16) : inner.x + boxWidth / 2
  const outer = down ? from : to
  const edge = Math.min(outer.x + boxWidth - 8, Math.max(outer.x + 8, x))
  return down
    ? { kind, from: [edge, from.y + boxHeight], to: [x, to.y] }
    : { kind, from: [x, from.y], to: [edge, to.y + boxHeight] }
}

/** The drawing as a file, on white. */
export function schemeSvg(
  scheme: Scheme,
  title: string,
  textOf: (box: Box) => string,
  markOf: (line: Line) => string,
): string {
  const boxes = scheme.boxes.map(
    (box) =>
      `<rect x="${box.x}" y="${box.y}" width="${boxWidth}" height="${boxHeight}" rx="6" fill="#f3f1eb" stroke="#566070"/><text x="${box.x + boxWidth / 2}" y="${box.y + boxHeight / 2}" text-anchor="middle" dominant-baseline="central">${escaped(textOf(box))}</text>`,
  )
  const lines = scheme.lines.map((line) => {
    const [[x1, y1], [x2, y2]] = [line.from, line.to]
    const cut = line.kind === 'cut'
    const skip = cut || line.kind === 'skip'
    const text = markOf(line)
    const word =
      text === ''
        ? ''
        : `<text x="${(x1 + x2) / 2 + (skip ? 0 : 8)}" y="${(y1 + y2) / 2 - (skip ? 8 : 0)}" text-anchor="${skip ? 'middle' : 'start'}" dominant-baseline="central" style="font-size:12px;fill:#566070">${escaped(text)}</text>`
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${cut ? 'stroke="#c9c5ba" stroke-width="2" stroke-dasharray="5 5"' : `stroke="${skip ? '#1a68b0' : '#1d2430'}" stroke-width="${skip ? 2.5 : 1.5}" marker-end="url(#arrow)"`}/>${word}`
  })
  return svgSheet({
    ...{ width: scheme.width, height: scheme.height, title, style: 'text{font-size:13px}' },
    parts: [
      '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" orient="auto"><path d="M0 0L8 4L0 8z" fill="#1d2430"/></marker></defs>',
      ...lines,
      ...boxes,
    ],
  })
}
