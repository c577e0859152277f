// A pad to draw on, by pointer or by keyboard.

import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { theme } from '../ui/theme.ts'
import type { Stroke } from './strokes.ts'
import './drawing.css'

type Point = readonly [x: number, y: number]

interface PadProps {
  /** What it is, for those who do not see it, and how it is drawn on by keyboard. */
  readonly label: string
  readonly strokes: readonly Stroke[]
  readonly onChange: (strokes: readonly Stroke[]) => void
  /** Enter: the drawing is done. */
  readonly onDone?: (() => void) | undefined
  /** Draws the strokes on a square of that side; in ink when not given. */
  readonly draw?: ((context: CanvasRenderingContext2D, side: number) => void) | undefined
}

/** Pixels of the pad's own picture, and of the pen, as wide as it becomes in the network's picture. */
const [side, pen] = [280, 15]

/** How far an arrow key moves the pen. */
const stride = 0.04

const moves: Readonly<Record<string, Point>> = {
  ArrowUp: [0, -stride],
  ArrowDown: [0, stride],
  ArrowLeft: [-stride, 0],
  ArrowRight: [stride, 0],
}

const within = (value: number): number => Math.min(1, Math.max(0, value))

function drawInk(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  context.lineWidth = pen
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const stroke of strokes) {
    context.beginPath()
    for (const [i, [x, y]] of stroke.entries())
      i === 0 ? context.moveTo(x * side, y * side) : context.lineTo(x * side, y * side)
    if (stroke.length === 1) context.lineTo(stroke[0][0] * side, stroke[0][1] * side)
    context.stroke()
  }
}

export function Pad({ strokes, onChange, onDone, label, draw }: PadProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  /** Where the keyboard's pen is, and whether it is down. */
  const cursor = useSignal<Point | undefined>(undefined)
  const down = useSignal(false)
  const drawing = useRef<number | undefined>(undefined)
  const latest = useRef(strokes)
  latest.current = strokes
  const change = (next: readonly Stroke[]): void => {
    latest.current = next
    onChange(next)
  }
  const begin = (point: Point): void => change([...latest.current, [point]])
  const goOn = (points: readonly Point[]): void => {
    const all = latest.current
    const stroke = all[all.length - 1] ?? []
    change([...all.slice(0, -1), [...stroke, ...points]])
  }
  const colour = theme.value
  const at = cursor.value
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context === null || context === undefined || canvas.current === null) return
    context.clearRect(0, 0, side, side)
    context.strokeStyle = getComputedStyle(canvas.current).color
    draw === undefined ? drawInk(context, strokes) : draw(context, side)
    if (at === undefined) return
    context.lineWidth = 2
    context.beginPath()
    context.arc(at[0] * side, at[1] * side, pen / 2 + 2, 0, 2 * Math.PI)
    context.stroke()
  }, [strokes, colour, at])
  const placesOf = (event: PointerEvent, all: readonly PointerEvent[]): Point[] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect()
    return all.map((one) => [
      within((one.clientX - box.left) / box.width),
      within((one.clientY - box.top) / box.height),
    ])
  }
  const press = (event: KeyboardEvent): void => {
    const move = moves[event.key]
    if (move !== undefined) {
      const [x, y] = cursor.peek() ?? [0.5, 0.5]
      const next: Point = [within(x + move[0]), within(y + move[1])]
      if (down.peek()) goOn([next])
      cursor.value = next
    } else if (event.key === ' ') {
      cursor.value ??= [0.5, 0.5]
      down.value = !down.peek()
      if (down.peek()) begin(cursor.peek()!)
    } else if (event.key === 'Enter' && onDone !== undefined) {
      down.value = false
      onDone()
    } else return
    event.preventDefault()
  }
  return (
    <div
      class="pad"
      role="application"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is drawn on by keyboard as well
      tabIndex={0}
      onKeyDown={press}
      onBlur={() => {
        cursor.value = undefined
        down.value = false
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        drawing.current = event.pointerId
        begin(placesOf(event, [event])[0])
      }}
      onPointerMove={(event) => {
        if (drawing.current !== event.pointerId) return
        // A browser tells of moves once a frame, with all those in between.
        const between = event.getCoalescedEvents?.() ?? []
        goOn(placesOf(event, between.length > 0 ? between : [event]))
      }}
      onPointerUp={() => {
        drawing.current = undefined
      }}
      onPointerCancel={() => {
        drawing.current = undefined
      }}
    >
      <canvas ref={canvas} width={side} height={side} />
    </div>
  )
}
