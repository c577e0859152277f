// Line plots as SVG.

import { largestOf, smallestOf } from 'convoke/shapes'
import { cssColour } from './colours.ts'
import { escaped } from './html.ts'
import type { Axis, Line, Plot } from './section.ts'

const [width, height] = [480, 240]
const margin = { left: 52, right: 20, top: 12, bottom: 30 }

/** Round numbers from below `low` to above `high`, about `count` of them. */
export function ticks(low: number, high: number, count = 5): number[] {
  const span = high - low || Math.abs(high) || 1
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const tickText = (value: number, { percent, log }: Axis): string => {
  if (log) return `1e${value}`
  if (percent) return `${Number((100 * value).toPrecision(6))}%`
  return value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? value.toExponential() : String(value)
}

function bounds(values: readonly number[], { range, percent }: Axis, pad: number): readonly [number, number] {
  if (range !== undefined) return range
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const [low, high] = [smallestOf(finite), largestOf(finite)]
  const room = (high - low || Math.abs(high) || 1) * pad
  // Shares end at 0 and 1.
  if (percent && low >= 0 && high <= 1) return [Math.max(0, low - room), Math.min(1, high + room)]
  return [low - room, high + room]
}

const round = (value: number): string => value.toFixed(1)

/** Blue, orange, green, pink, …: indices of the palette, in the order in which lines take them. */
const firstColours = [1, 0, 2, 3, 5, 4]

const colourOfLine = ({ colour }: Line, place: number): string => cssColour(colour ?? firstColours[place] ?? place)

/** Names of lines with their colours. */
export const legendHtml = (lines: readonly Line[]): string =>
  `<div class="legend">${lines.map((line, i) => `<span><i style="background:${colourOfLine(line, i)}"></i>${escaped(line.name)}</span>`).join('')}</div>`

/** Points up to which a line shows each of them. */
const mostDots = 40

/** A plot with axes, a grid and the names of its lines. */
export function plotSvg({ title, lines, x: across = {}, y: up = {}, unnamed = false }: Plot): string {
  const along = across.log ? Math.log10 : (value: number): number => value
  const shown = lines
    .filter(({ points }) => points.length > 0)
    .map((line) => ({ ...line, points: line.points.map(([x, y]) => [along(x), y] as const) }))
  const all = shown.flatMap(({ points }) => points)
  const [xLow, xHigh] = bounds(
    all.map(([x]) => x),
    across,
    0,
  )
  const [yLow, yHigh] = bounds(
    all.map(([, y]) => y),
    up,
    0.06,
  )
  const bottom = margin.bottom + (across.name === undefined ? 0 : 16)
  const x = (value: number): number =>
    margin.left + ((value - xLow) / (xHigh - xLow || 1)) * (width - margin.left - margin.right)
  const y = (value: number): number =>
    height - bottom - ((value - yLow) / (yHigh - yLow || 1)) * (height - margin.top - bottom)
  const grid = ticks(yLow, yHigh).map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="var(--grid)"/><text x="${margin.left - 7}" y="${round(y(value) + 4)}" text-anchor="end">${tickText(value, up)}</text>`,
  )
  const whole = across.log || (all.every(([at]) => Number.isInteger(at)) && across.range === undefined)
  const below = ticks(xLow, xHigh, 7)
    .filter((value) => !whole || Number.isInteger(value))
    .map(
      (value) =>
        `<text x="${round(x(value))}" y="${height - bottom + 17}" text-anchor="middle">${tickText(value, across)}</text>`,
    )
  if (across.name !== undefined)
    below.push(
      `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 6}" text-anchor="middle">${escaped(across.name)}</text>`,
    )
  const drawn = shown.map((line, i) => drawnLine(line, colourOfLine(line, i), x, y))
  const heading = title === '' ? '' : `<h3>${escaped(title)}</h3>`
  return `<div class="card">${heading}${unnamed || shown.length === 0 ? '' : legendHtml(shown)}
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${grid.join('')}${below.join('')}${drawn.join('')}</svg></div>`
}

function drawnLine(
  { points, dashed, dots, plain }: Line,
  colour: string,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const finite = points.filter(([, value]) => Number.isFinite(value))
  const circles = (radius: number, opacity: number) =>
    finite
      .map(
        ([px, py]) =>
          `<circle cx="${round(x(px))}" cy="${round(y(py))}" r="${radius}" fill="${colour}" opacity="${opacity}"/>`,
      )
      .join('')
  if (dots) return circles(2.4, 0.55)
  const path = finite.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${round(x(px))} ${round(y(py))}`).join('')
  const line = `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`
  return line + (finite.length <= mostDots && !dashed && !plain ? circles(2.6, 1) : '')
}
