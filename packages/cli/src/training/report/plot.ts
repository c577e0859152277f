// Line plots as SVG.

import { largestOf, smallestOf } from 'convoke/shapes'
import { cssColour } from './colours.ts'
import { escaped } from './html.ts'
import type { Plot } from './section.ts'

const [width, height] = [480, 240]
const margin = { left: 52, right: 12, top: 12, bottom: 30 }

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

const tickText = (value: number): string =>
  value !== 0 && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? value.toExponential(0) : String(value)

function bounds(values: readonly number[], pad: number): [number, number] {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return [0, 1]
  const [low, high] = [smallestOf(finite), largestOf(finite)]
  const room = (high - low || Math.abs(high) || 1) * pad
  return [low - room, high + room]
}

const round = (value: number): string => value.toFixed(1)

/** A plot with axes, a grid and the names of its lines. */
export function plotSvg({ title, lines }: Plot): string {
  const shown = lines.filter(({ points }) => points.length > 0)
  const [xLow, xHigh] = bounds(
    shown.flatMap(({ points }) => points.map(([x]) => x)),
    0,
  )
  const [yLow, yHigh] = bounds(
    shown.flatMap(({ points }) => points.map(([, y]) => y)),
    0.06,
  )
  const x = (value: number): number =>
    margin.left + ((value - xLow) / (xHigh - xLow || 1)) * (width - margin.left - margin.right)
  const y = (value: number): number =>
    height - margin.bottom - ((value - yLow) / (yHigh - yLow || 1)) * (height - margin.top - margin.bottom)
  const grid = ticks(yLow, yHigh).map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="var(--grid)"/><text x="${margin.left - 7}" y="${round(y(value) + 4)}" text-anchor="end">${tickText(value)}</text>`,
  )
  const whole = shown.every(({ points }) => points.every(([at]) => Number.isInteger(at)))
  const below = ticks(xLow, xHigh, 7)
    .filter((value) => !whole || Number.isInteger(value))
    .map(
      (value) =>
        `<text x="${round(x(value))}" y="${height - margin.bottom + 17}" text-anchor="middle">${tickText(value)}</text>`,
    )
  const drawn = shown.map(({ points, dashed, dots }, i) => {
    const colour = cssColour(lineColours[i % lineColours.length])
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
    return line + (finite.length <= 40 && !dashed ? circles(2.6, 1) : '')
  })
  const names = shown.map(
    ({ name }, i) =>
      `<span><i style="background:${cssColour(lineColours[i % lineColours.length])}"></i>${escaped(name)}</span>`,
  )
  return `<div class="card">${title === '' ? '' : `<h3>${escaped(title)}</h3>`}<div class="legend">${names.join('')}</div>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">${grid.join('')}${below.join('')}${drawn.join('')}</svg></div>`
}

/** Blue, orange, green, pink: indices of the palette. */
const lineColours = [1, 0, 2, 3, 5]
