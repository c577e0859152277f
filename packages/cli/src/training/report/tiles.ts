// Pictures with captions, as PNG within the page.

import type { data } from 'convoke'
import { loadSharp } from '../../picture/sharp.ts'
import { cssColour, inColour } from './colours.ts'
import { escaped } from './html.ts'
import type { DrawnBox, Section, Tile } from './section.ts'

/** A picture as the source of an `img`. */
async function pngSource(picture: data.Values): Promise<string> {
  const { shape, data: bytes } = inColour(picture)
  const [height, width] = shape
  const sharp = await loadSharp()
  const png = await sharp(bytes as Uint8Array, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

function boxesSvg(boxes: readonly DrawnBox[], height: number, width: number, shown: number): string {
  // Lines and letters keep their size on the page, whatever that of the picture.
  const unit = width / shown
  const drawn = boxes.map(({ box, label, colour, wanted }) => {
    const [left, top] = [box.x - box.width / 2, box.y - box.height / 2]
    const stroke = wanted ? '#fff' : cssColour(colour)
    const rect = `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${box.width.toFixed(1)}" height="${box.height.toFixed(1)}" fill="none" stroke="${stroke}" stroke-width="${(1.8 * unit).toFixed(2)}"${wanted ? ` stroke-dasharray="${(4 * unit).toFixed(1)}"` : ''}/>`
    const text =
      label === ''
        ? ''
        : `<text x="${(left + 2 * unit).toFixed(1)}" y="${Math.max(10 * unit, top - 3 * unit).toFixed(1)}" style="font-size:${(10 * unit).toFixed(1)}px;stroke-width:${(2.5 * unit).toFixed(1)}px">${escaped(label)}</text>`
    return rect + text
  })
  return `<svg viewBox="0 0 ${width} ${height}">${drawn.join('')}</svg>`
}

async function tileHtml({ picture, second, caption, detail, tone, boxes }: Tile, width: number): Promise<string> {
  const [rows, columns] = picture.shape
  const smooth = columns > width ? ' class="smooth"' : ''
  const other = second === undefined ? '' : `<img${smooth} alt="" src="${await pngSource(second)}">`
  const words =
    caption + (detail ?? '') === ''
      ? ''
      : `<figcaption>${escaped(caption)}${detail === undefined || detail === '' ? '' : `<small>${escaped(detail)}</small>`}</figcaption>`
  const over = boxes === undefined ? '' : boxesSvg(boxes, rows, columns, width)
  const [style, frame] = other === '' ? [width, 'frame'] : [2 * width, 'frame pair']
  return `<figure class="tile ${tone ?? ''}" style="width:${style}px"><div class="${frame}"><img${smooth} alt="${escaped(caption)}" src="${await pngSource(picture)}">${other}${over}</div>${words}</figure>`
}

/** Rows of tiles, each with its name before it. */
export async function rowsHtml({ rows, width }: Extract<Section, { kind: 'rows' }>): Promise<string> {
  const drawn = await Promise.all(
    rows.map(async ({ name, detail, tiles }) => {
      const own = await Promise.all(tiles.map((tile) => tileHtml(tile, width)))
      return `<div class="row"><p>${escaped(name)}<small>${escaped(detail)}</small></p>${own.join('')}</div>`
    }),
  )
  return `<div class="rows">${drawn.join('\n')}</div>`
}

/** Tiles in rows, with the colours of classes explained. */
export async function tilesHtml(section: Extract<Section, { kind: 'tiles' }>): Promise<string> {
  const { tiles, width, columns, legend, solid } = section
  const drawn = await Promise.all(tiles.map((tile) => tileHtml(tile, width)))
  const names = (legend ?? []).map((name, label) => {
    const colour = solid ? cssColour(label) : label === 0 ? 'transparent' : cssColour(label - 1)
    return `<span><i style="background:${colour}"></i>${escaped(name)}</span>`
  })
  const grid =
    columns === undefined
      ? 'class="tiles"'
      : `class="tiles columns" style="grid-template-columns:repeat(${columns},${width}px)"`
  return `${names.length === 0 ? '' : `<div class="legend">${names.join('')}</div>`}<div ${grid}>${drawn.join('\n')}</div>`
}
