// Drawings to keep: plain SVG that any program reads, without styles of the page.

import { dataUrlOf, type Pixels } from './pixels.ts'

/** Colours of lines and of words that stay in the background. */
export const [ink, quiet] = ['#1d2430', '#566070']

/** The palette's colours of what is above zero and below, as red, green and blue. */
export const [orange, blue] = [
  [217, 95, 14],
  [26, 104, 176],
] as const

const fonts = 'system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif'

export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!)

/** A text of a kind that the sheet's style names. */
export const svgText = (x: number, y: number, kind: string, words: string): string =>
  `<text class="${kind}" x="${x}" y="${y}">${escaped(words)}</text>`

/** Pixels, or a PNG as a data URL, each pixel a square. */
export const svgImage = (picture: Pixels | string, x: number, y: number, width: number, height: number): string =>
  `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${typeof picture === 'string' ? picture : dataUrlOf(picture)}"/>`

/** White at zero, orange above, blue below, as in the command's pictures; paler, for the digits on it. */
export function paleTint(strength: number): string {
  const full = strength >= 0 ? orange : blue
  return `rgb(${full.map((part) => Math.round(255 + (part - 255) * Math.abs(strength) * 0.5)).join(',')})`
}

interface Sheet {
  readonly width: number
  readonly height: number
  readonly title: string
  /** Rules beyond the font and its colour. */
  readonly style: string
  readonly parts: readonly string[]
}

/** A white sheet with a title that screen readers read. */
export const svgSheet = ({
  width,
  height,
  title,
  style,
  parts,
}: Sheet): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" role="img">
<title>${escaped(title)}</title>
<style>text{font-family:${fonts};fill:${ink};font-variant-numeric:tabular-nums}${style}</style>
<rect width="100%" height="100%" fill="#fff"/>
${parts.join('\n')}
</svg>
`
