// Accuracy against cost, as SVG; as PNG through sharp. Both axes are logarithmic, the upright one in the share that is
// wrong: 90%, 99% and 99.9% stand equally far apart.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import type { train } from 'convoke'
import { largestOf, smallestOf } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { loadSharp } from '../picture/sharp.ts'
import { writeWhole } from '../picture/write-whole.ts'
import { percent } from '../terminal/words.ts'
import { escaped } from '../training/report/html.ts'

const [width, height] = [860, 520]
const margin = { left: 74, right: 30, top: 66, bottom: 62 }
const costNames: Readonly<Record<train.CostName, string>> = {
  parameters: 'parameters',
  macs: 'multiply-accumulates for one example',
  milliseconds: 'milliseconds for one example',
}

interface Point {
  readonly row: train.ChoiceResult
  readonly cost: number
  readonly accuracy: number
}

export const chartFormats = ['.svg', '.png']

/** Refuses other endings before anything is trained. */
export function checkChartPath(path: string | undefined): void {
  if (path !== undefined && !chartFormats.includes(extname(path).toLowerCase()))
    throw new UsageError(`the chart ${path} must end in ${chartFormats.join(' or ')}.`)
}

/** 10, 20, 50, 100, … within the bounds. */
function powers(low: number, high: number): number[] {
  const all: number[] = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const factor of [1, 2, 5]) all.push(factor * 10 ** power)
  return all.filter((value) => value >= low && value <= high)
}

/** Shares wrong that make round accuracies: 50%, 80%, 90%, 95%, 98%, 99%, … */
const shares = (most: number, least: number): number[] => powers(least, most).filter((value) => value < 1)

const short = (value: number): string =>
  value >= 1e9
    ? `${value / 1e9}G`
    : value >= 1e6
      ? `${value / 1e6}M`
      : value >= 1e3
        ? `${value / 1e3}K`
        : String(Number(value.toPrecision(3)))

const at = (value: number): string => value.toFixed(1)

/** The chart; null where nothing was trained. */
export function chartSvg(title: string, result: train.ChooseResult): string | null {
  const points: Point[] = result.rows.flatMap((row) => {
    const cost = row.cost[result.cost]
    return row.accuracy === null || cost === null ? [] : [{ row, cost, accuracy: row.accuracy }]
  })
  if (points.length === 0) return null
  const costs = points.map(({ cost }) => Math.max(cost, 1e-6))
  const [low, high] = [smallestOf(costs) / 1.3, largestOf(costs) * 1.3]
  const wrong = points.flatMap(({ accuracy }) => (accuracy < 1 ? [1 - accuracy] : []))
  // What was never wrong stands where half of the least error would.
  const least = Math.min(0.5, smallestOf(wrong)) / 2
  const rise = (accuracy: number): number => -Math.log10(Math.max(least, 1 - accuracy))
  const rises = points.flatMap(({ accuracy, row }) => [rise(accuracy - row.error!), rise(accuracy + row.error!)])
  const [bottom, top] = [Math.max(0, smallestOf(rises) - 0.03), largestOf(rises) + 0.06]
  const x = (cost: number): number =>
    margin.left + (Math.log(cost / low) / Math.log(high / low)) * (width - margin.left - margin.right)
  const y = (accuracy: number): number =>
    height - margin.bottom - ((rise(accuracy) - bottom) / (top - bottom)) * (height - margin.top - margin.bottom)
  const [right, base] = [width - margin.right, height - margin.bottom]
  const grid = [
    ...shares(10 ** -bottom, 10 ** -top).map(
      (error) =>
        `<line x1="${margin.left}" x2="${right}" y1="${at(y(1 - error))}" y2="${at(y(1 - error))}" stroke="#e3e6ea"/><text x="${margin.left - 9}" y="${at(y(1 - error) + 4)}" text-anchor="end">${Number((100 * (1 - error)).toPrecision(6))}%</text>`,
    ),
    ...powers(low, high).map(
      (value) =>
        `<line x1="${at(x(value))}" x2="${at(x(value))}" y1="${margin.top}" y2="${base}" stroke="#eef0f2"/><text x="${at(x(value))}" y="${base + 18}" text-anchor="middle">${short(value)}</text>`,
    ),
  ]
  const front = points.filter(({ row }) => row.onFront).sort((a, b) => a.cost - b.cost)
  const line = front.map(({ cost, accuracy }, i) => `${i === 0 ? 'M' : 'L'}${at(x(cost))} ${at(y(accuracy))}`).join('')
  const drawn = points.map(({ row, cost, accuracy }) => {
    const [px, py] = [x(cost), y(accuracy)]
    const chosen = row.name === result.recommended
    const colour = chosen ? '#d95f0e' : row.onFront ? '#1a68b0' : '#98a2af'
    const bar = `<line x1="${at(px)}" x2="${at(px)}" y1="${at(y(accuracy - row.error!))}" y2="${at(y(accuracy + row.error!))}" stroke="${colour}" opacity="0.45"/>`
    const dot = `<circle cx="${at(px)}" cy="${at(py)}" r="${chosen ? 7 : 4.5}" fill="${colour}"><title>${escaped(row.name)}</title></circle>`
    return bar + dot
  })
  const numbers = front.map(
    ({ cost, accuracy }, i) =>
      `<text x="${at(x(cost) - 9)}" y="${at(y(accuracy) - 9)}" text-anchor="end" fill="#1d2430">${i + 1}</text>`,
  )
  // The front climbs to the upper right: the lower right is free for its names.
  const names = front.map(({ row, accuracy }, i) => {
    const colour = row.name === result.recommended ? 'fill="#d95f0e" font-weight="700"' : 'fill="#1d2430"'
    const line = base - 14 - 18 * (front.length - 1 - i)
    return `<text x="${right - 12}" y="${line}" text-anchor="end" ${colour}>${i + 1}: ${escaped(row.name)}, ${percent(accuracy)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="12" fill="#5d6878">
<rect width="${width}" height="${height}" fill="#fbfaf7"/>
<text x="${margin.left}" y="30" font-size="18" font-weight="700" fill="#1d2430">${escaped(title)}</text>
<text x="${margin.left}" y="50">orange: recommended; blue: best at its cost; bars: one standard error</text>
${grid.join('\n')}
<path d="${line}" fill="none" stroke="#1a68b0" stroke-width="1.5" stroke-dasharray="5 4"/>
${drawn.join('\n')}
${numbers.join('\n')}
${names.join('\n')}
<text x="${(margin.left + right) / 2}" y="${height - 16}" text-anchor="middle">${costNames[result.cost]}</text>
<text x="20" y="${(margin.top + base) / 2}" text-anchor="middle" transform="rotate(-90 20 ${(margin.top + base) / 2})">accuracy on the validation set</text>
</svg>
`
}

/** Writes the chart in the format that its name ends in. */
export async function writeChart(path: string, svg: string): Promise<void> {
  const bytes = extname(path).toLowerCase() === '.svg' ? Buffer.from(svg) : await withFonts(() => pngOf(svg))
  await writeWhole(path, (temporary) => writeFile(temporary, bytes))
}

async function pngOf(svg: string): Promise<Buffer> {
  const sharp = await loadSharp()
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer()
}

/** Text in SVG is drawn with fonts of the system; small containers have none, so those of the npm package are named. */
async function withFonts<T>(draw: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux' || process.env['FONTCONFIG_FILE'] !== undefined) return draw()
  const folder = await mkdtemp(join(tmpdir(), 'convoke-fonts-'))
  try {
    const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'))
    const file = join(folder, 'fonts.conf')
    await writeFile(
      file,
      `<fontconfig><dir>${escaped(fonts)}</dir><cachedir>${escaped(folder)}</cachedir></fontconfig>`,
    )
    process.env['FONTCONFIG_FILE'] = file
    return await draw()
  } finally {
    delete process.env['FONTCONFIG_FILE']
    await rm(folder, { recursive: true, force: true })
  }
}
