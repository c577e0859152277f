// HTML from values. Whatever comes from a user, names of files and classes above all, goes through `escaped`.

import { visibleLines } from '../../terminal/visible.ts'

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escaped = (text: string): string => visibleLines(text).replace(/[&<>"']/g, (sign) => signs[sign])

/** A table; `colours` has a colour for each row, shown before its first cell. */
export function tableHtml(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  style = '',
  colours: readonly string[] = [],
): string {
  const swatch = (row: number): string => (row in colours ? `<i style="background:${colours[row]}"></i>` : '')
  const lines = rows.map((row, at) => {
    const cells = row.map((cell, column) => `<td>${column === 0 ? swatch(at) : ''}${escaped(cell)}</td>`)
    return `<tr>${cells.join('')}</tr>`
  })
  return `<table class="${style}"><thead><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr></thead>
<tbody>${lines.join('\n')}</tbody></table>`
}

/** A page that needs nothing from elsewhere. `title` is text, `body` HTML. */
export const pageHtml = (title: string, body: readonly string[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><main>${body.filter((one) => one !== '').join('\n')}<footer>Made by Convoke.</footer></main></body></html>
`

/** Everything a report looks like: no font, script or picture from elsewhere. */
const style = `
:root { --ink: #1d2430; --quiet: #5d6878; --line: #dfe3e8; --paper: #fbfaf7; --card: #fff; --accent: #1a68b0; --warm: #d95f0e; --grid: #eceff2 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --quiet: #9aa5b4; --line: #323a46; --paper: #14181e; --card: #1b2129; --accent: #6db3f2; --warm: #ff9d5c; --grid: #29303a }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 26px; margin: 0 0 2px; letter-spacing: -.01em }
h2 { font-size: 18px; margin: 40px 0 6px }
p { margin: 4px 0 12px; color: var(--quiet); max-width: 75ch }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 8px }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 18px; min-width: 112px }
.figure b { display: block; font-size: 24px; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums }
.figure span { color: var(--quiet); font-size: 13px }
.figure.first b { color: var(--accent) }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(420px, 1fr)); gap: 16px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; overflow-x: auto }
.card h3 { font-size: 14px; margin: 0 0 4px; font-weight: 600 }
svg { display: block; width: 100%; height: auto }
svg text { fill: var(--quiet); font-size: 11px; font-family: inherit }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1px solid var(--line); padding: 4px 14px 4px 0; vertical-align: bottom }
td { padding: 4px 14px 4px 0; border-bottom: 1px solid var(--grid); vertical-align: top; overflow-wrap: anywhere }
td + td, th + th { overflow-wrap: normal; white-space: nowrap }
table.numbers td + td, table.numbers th + th { text-align: right }
table.bars { width: 100% }
table.bars td { vertical-align: bottom }
table.bars td + td b { position: relative; font-weight: inherit }
table.bars .bar { display: block; height: 4px; border-radius: 2px; opacity: .75; margin: 3px 0 1px; min-width: 1px }
table.matrix { font-size: 13px }
table.matrix td, table.matrix th { padding: 5px 7px; text-align: center; border: 1px solid var(--card); min-width: 34px }
table.matrix th[scope=row] { text-align: right; border: 0; font-weight: 500; color: var(--ink); white-space: nowrap }
table.matrix thead th { border: 0; font-weight: 500; color: var(--ink); max-width: 110px; overflow-wrap: anywhere }
.tiles { display: flex; flex-wrap: wrap; gap: 14px }
.tiles.columns { display: grid }
.row { display: flex; gap: 8px; align-items: center; padding: 7px 0; border-top: 1px solid var(--grid); overflow-x: auto }
.row p { flex: 0 0 132px; margin: 0; color: var(--ink); font-size: 13px; line-height: 1.35; overflow-wrap: anywhere }
.row small { display: block; color: var(--quiet) }
.row .tile { flex: none }
.tile .pair { display: grid; grid-template-columns: 1fr 1fr }
.tile { margin: 0; font-size: 13px; line-height: 1.35 }
.tile .frame { position: relative; border-radius: 6px; overflow: hidden; border: 1px solid var(--line); line-height: 0; background: var(--card) }
.tile img { width: 100%; height: auto; image-rendering: pixelated }
.tile img.smooth { image-rendering: auto }
.tile svg { position: absolute; inset: 0; width: 100%; height: 100% }
.tile svg text { font-weight: 600; paint-order: stroke; stroke: rgb(0 0 0 / .75); stroke-width: 3px; fill: #fff }
.tile figcaption { padding: 4px 1px 0; overflow-wrap: anywhere }
.tile small { color: var(--quiet); display: block; font-size: 12px }
.tile.bad figcaption { color: var(--warm) }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; margin: 0 0 10px }
.legend i, td i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; border: 1px solid var(--line) }
details { margin-top: 40px } summary { cursor: pointer; font-weight: 600 }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; overflow: auto; font-size: 12.5px; line-height: 1.45; max-height: 520px }
footer { margin-top: 48px; color: var(--quiet); font-size: 13px }
@media print { body { background: #fff } .card, .figure { break-inside: avoid } }
`
