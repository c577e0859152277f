// The chart of the docs: GFLOP/s of every contender, layer by layer, drawn from a report.

import { largestOf } from 'convoke/shapes'
import type { Family } from '../contender.ts'
import { gflops, type Pass, type Report, type Result, type Row } from '../results.ts'

const width = 960
const labelWidth = 226
const valueWidth = 60
const barHeight = 11
const groupGap = 9
const headHeight = 68

const ink = '#1f2933'
const faint = '#6b7785'
/** Keeps figures readable over lines. */
const halo = 'stroke="#ffffff" stroke-width="3" paint-order="stroke"'
const ours = '#2563eb'
const peers = ['#f59e0b', '#94a3b8', '#14b8a6', '#a78bfa']

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y.toFixed(1)}" ${attributes}>${escapeXml(content)}</text>`

const rectangle = (x: number, y: number, w: number, h: number, fill: string): string =>
  `<rect x="${x}" y="${y.toFixed(1)}" width="${Math.max(w, 0.5).toFixed(1)}" height="${h}" rx="1.5" fill="${fill}"/>`

interface Bar {
  readonly contender: string
  readonly value: number
}

interface Group {
  readonly layer: string
  readonly bars: readonly Bar[]
}

interface Panel {
  readonly title: string
  readonly groups: readonly Group[]
  /** Contender → colour, in the order of the legend. */
  readonly colours: ReadonlyMap<string, string>
  /** FMA peak of the cores in use, GFLOP/s. */
  readonly peak: number | null
}

const familyNames: Readonly<Record<Family, string>> = { native: 'Native code', wasm: 'WebAssembly' }

const shown = ({ role, timing }: Result): boolean => role !== 'variant' && timing !== null

function panel(pass: Pass, family: Family): Panel | null {
  const results = (row: Row) => row.results.filter((result) => result.family === family && shown(result))
  const rows = pass.rows.filter((row) => results(row).length > 0)
  if (rows.length === 0) return null
  const groups = rows.map((row) => ({
    layer: row.layer,
    bars: results(row).map((result) => ({
      contender: result.contender,
      value: result.timing === null ? 0 : gflops(row, result.timing),
    })),
  }))
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ contender }) => contender)))]
  let next = 0
  const colours = new Map(names.map((name) => [name, name.startsWith('convoke') ? ours : peers[next++ % peers.length]]))
  const peaks = rows.flatMap(({ peak }) => peak[family] ?? []).sort((a, b) => a - b)
  const task = pass.mode === 'train' ? `forward + backward, batch ${rows[0].spec.batch}` : 'forward, batch 1'
  const threads = pass.threads === 1 ? 'one thread' : `${pass.threads} threads`
  return {
    ...{ title: `${familyNames[family]} · ${task} · ${threads} · ${pass.environment}`, groups, colours },
    peak: peaks.length === 0 ? null : peaks[peaks.length >> 1] * pass.threads,
  }
}

/** Round steps that cut `top` into four to eight parts. */
export function gridStep(top: number): number {
  const power = 10 ** Math.floor(Math.log10(top))
  const steps = [0.1, 0.2, 0.25, 0.5, 1, 2].map((part) => part * power)
  return steps.find((step) => top / step <= 8) ?? power
}

const groupHeight = ({ bars }: Group): number => bars.length * (barHeight + 1) + groupGap

const panelHeight = ({ groups }: Panel): number =>
  headHeight + groups.reduce((total, group) => total + groupHeight(group), 0) + 30

function legend({ colours }: Panel, y: number): string[] {
  let x = labelWidth
  return [...colours].flatMap(([name, colour]) => {
    const at = x
    x += 34 + name.length * 7
    return [rectangle(at, y - 9, 10, 10, colour), text(at + 15, y, name, `font-size="12" fill="${ink}"`)]
  })
}

function drawPanel(subject: Panel, top: number): string {
  const values = subject.groups.flatMap(({ bars }) => bars.map(({ value }) => value))
  const limit = Math.max(largestOf(values), subject.peak ?? 0) * 1.02
  const scale = (value: number): number => (value / limit) * (width - labelWidth - valueWidth)
  const bottom = top + panelHeight(subject) - 30
  const parts = [
    text(16, top + 18, subject.title, `font-size="15" font-weight="600" fill="${ink}"`),
    ...legend(subject, top + 40),
  ]
  const step = gridStep(limit)
  for (let tick = 0; tick <= limit; tick += step) {
    const x = (labelWidth + scale(tick)).toFixed(1)
    parts.push(`<path d="M${x} ${top + headHeight - 4}V${bottom}" stroke="#e4e7eb"/>`)
    parts.push(
      text(
        Number(x),
        bottom + 16,
        `${Math.round(tick * 100) / 100}`,
        `font-size="11" fill="${faint}" text-anchor="middle"`,
      ),
    )
  }
  parts.push(text(16, bottom + 16, 'GFLOP/s, direct-algorithm count', `font-size="11" fill="${faint}"`))
  if (subject.peak !== null) {
    const x = (labelWidth + scale(subject.peak)).toFixed(1)
    parts.push(`<path d="M${x} ${top + headHeight - 4}V${bottom}" stroke="#dc2626" stroke-dasharray="4 3"/>`)
    parts.push(text(Number(x), top + headHeight - 8, 'FMA peak', 'font-size="11" fill="#dc2626" text-anchor="middle"'))
  }
  let y = top + headHeight
  for (const group of subject.groups) {
    const middle = y + (group.bars.length * (barHeight + 1)) / 2 + 4
    parts.push(text(labelWidth - 10, middle, group.layer, `font-size="12" fill="${ink}" text-anchor="end"`))
    for (const { contender, value } of group.bars) {
      parts.push(rectangle(labelWidth, y, scale(value), barHeight, subject.colours.get(contender) ?? faint))
      const label = value >= 10 ? value.toFixed(0) : value.toFixed(1)
      parts.push(
        text(labelWidth + scale(value) + 4, y + barHeight - 2, label, `font-size="10" fill="${faint}" ${halo}`),
      )
      y += barHeight + 1
    }
    y += groupGap
  }
  return parts.join('\n')
}

/** An SVG document: one panel for each family of engines in each pass. */
export function chart({ passes, machine }: Report): string {
  const families: Family[] = ['native', 'wasm']
  const panels = passes.flatMap((pass) => families.flatMap((family) => panel(pass, family) ?? []))
  const height = panels.reduce((total, subject) => total + panelHeight(subject) + 16, 40)
  let top = 12
  const drawn = panels.map((subject) => {
    const svg = drawPanel(subject, top)
    top += panelHeight(subject) + 16
    return svg
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, DejaVu Sans, sans-serif" role="img">`,
    '<title>Speed of convolutions, layer by layer</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    text(
      16,
      height - 14,
      `Convoke ${machine.convoke} · ${machine.processor}, ${machine.cores} cores`,
      `font-size="11" fill="${faint}"`,
    ),
    '</svg>',
    '',
  ].join('\n')
}
