// One's own picture: strokes of a pad, and what they stand for.

import type { Colour, Mark, Point, ShapeKind } from './task.ts'

export type Tool = 'line' | ShapeKind
export const tools: readonly Tool[] = ['disc', 'square', 'triangle', 'line']

/** Colours as bright as those of the data set's shapes. */
export const colours: Readonly<Record<'red' | 'green' | 'blue' | 'yellow' | 'violet' | 'white', Colour>> = {
  red: [0.92, 0.42, 0.4],
  green: [0.42, 0.82, 0.45],
  blue: [0.4, 0.6, 0.98],
  yellow: [0.95, 0.85, 0.4],
  violet: [0.78, 0.45, 0.9],
  white: [0.92, 0.92, 0.9],
}

export type ColourName = keyof typeof colours
export const colourNames = Object.keys(colours) as readonly ColourName[]

export interface PaintStroke {
  readonly tool: Tool
  readonly colour: ColourName
  readonly points: readonly Point[]
}

/** Of shapes, over the picture's side: of one that was only set down, and the limits of one that was drawn larger. */
const [usual, least, most] = [0.15, 0.06, 0.35]

/** A shape stands where the pen was put down; moving on makes it larger and turns it. */
export function markOf({ tool, colour: name, points }: PaintStroke): Mark {
  const colour = colours[name]
  if (tool === 'line') return { kind: 'line', colour, points }
  const [x, y] = points[0]
  const [toX, toY] = points[points.length - 1]
  const far = Math.hypot(toX - x, toY - y)
  if (far < 0.02) return { kind: tool, colour, x, y, radius: usual, turn: 0 }
  return { kind: tool, colour, x, y, radius: Math.min(most, Math.max(least, far)), turn: Math.atan2(toY - y, toX - x) }
}

export const firstPainting: readonly PaintStroke[] = [
  { tool: 'disc', colour: 'yellow', points: [[0.28, 0.3]] },
  {
    tool: 'square',
    colour: 'blue',
    points: [
      [0.7, 0.34],
      [0.84, 0.4],
    ],
  },
  {
    tool: 'triangle',
    colour: 'red',
    points: [
      [0.45, 0.74],
      [0.62, 0.78],
    ],
  },
]

/** The ground's colour, and a line's pen over the picture's side, as the worker paints them. */
const [ground, pen] = ['rgb(31 41 56)', 0.1]

/** The marks as they are drawn on the pad. */
export function drawMarks(context: CanvasRenderingContext2D, side: number, marks: readonly Mark[]): void {
  context.fillStyle = ground
  context.fillRect(0, 0, side, side)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const mark of marks) {
    const css = `rgb(${mark.colour.map((value) => Math.round(255 * value)).join(' ')})`
    context.beginPath()
    if (mark.kind === 'line') {
      context.strokeStyle = css
      context.lineWidth = pen * side
      const [first, ...rest] = mark.points
      context.moveTo(first[0] * side, first[1] * side)
      for (const [x, y] of rest.length === 0 ? [first] : rest) context.lineTo(x * side, y * side)
      context.stroke()
      continue
    }
    context.fillStyle = css
    for (const [i, [x, y]] of outlineOf(mark).entries())
      i === 0 ? context.moveTo(x * side, y * side) : context.lineTo(x * side, y * side)
    context.fill()
  }
  // The keyboard's pen is seen on the dark ground.
  context.strokeStyle = '#fff'
}

type Shape = Exclude<Mark, { readonly kind: 'line' }>

/** Angles of the corners, and how far they are from the middle. */
const corners: Readonly<Record<ShapeKind, readonly [angles: readonly number[], reach: number]>> = {
  disc: [Array.from({ length: 48 }, (_, i) => (i * Math.PI) / 24), 1],
  square: [[1, 3, 5, 7].map((n) => (n * Math.PI) / 4), 0.85 * Math.SQRT2],
  triangle: [[1, 5, 9].map((n) => (n * Math.PI) / 6), 1],
}

function outlineOf({ kind, x, y, radius, turn }: Shape): Point[] {
  const [angles, reach] = corners[kind]
  return angles.map((angle) => [
    x + reach * radius * Math.cos(angle + turn),
    y + reach * radius * Math.sin(angle + turn),
  ])
}
