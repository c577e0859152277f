// The view as a drawing to keep: all layers, the map that is looked at, and where the class was seen. Plain SVG that any program reads.

import type { Pixels } from '../ui/pixels.ts'
import { ink, quiet, svgImage, svgSheet, svgText } from '../ui/svg.ts'
import { showNumber } from '../words/numbers.ts'
import type { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { drawOver, drawPicture, drawSigns } from './pixels.ts'

type Words = ReturnType<typeof insideMessages>

const [margin, gap, square, cell, large] = [24, 16, 34, 38, 220]
/** Layers that fit on a sheet. */
const mostLayers = 24

export function pictureOf(model: InsideModel, words: Words): string {
  const network = model.network.peek()!
  const overview = model.overview.peek()!
  const looked = model.looked.peek()!
  const place = model.place.peek()
  const { form, layers, classes } = network
  const picture = { ...form, values: overview.pixels }
  const parts: string[] = [svgText(margin, margin + 12, 'title', words.pictureTitle)]
  const top = margin + 72
  parts.push(svgImage(drawPicture(picture), margin, top, 72, (72 * form.height) / form.width))
  parts.push(svgText(margin, top - 22, 'name', words.input))
  let x = margin + 72 + gap
  let tallest = (72 * form.height) / form.width
  // The layer that is looked at is among them.
  const begin = Math.max(0, Math.min(looked.at - mostLayers + 1, layers.length - mostLayers))
  layers.slice(begin, begin + mostLayers).forEach((layer, i) => {
    const { count, height, width, values, largest } = overview.thumbnails[begin + i]
    const shown = Math.min(count, 16)
    const columns = shown > 8 ? 2 : 1
    parts.push(svgText(x, top - 22, 'name', layer.name.slice(-14)))
    parts.push(svgText(x, top - 6, 'quiet', `${layer.height}×${layer.width}×${layer.channels}`))
    for (let c = 0; c < shown; c++) {
      const [left, down] = [x + (c % columns) * cell, top + Math.floor(c / columns) * cell]
      const map = { height, width, values: values.slice(c * height * width, (c + 1) * height * width) }
      parts.push(svgImage(drawSigns(map, largest), left, down, square, square))
      const chosen = begin + i === looked.at && c === looked.channel
      parts.push(
        `<rect x="${left}" y="${down}" width="${square}" height="${square}" fill="none" stroke="${chosen ? ink : '#e0ddd4'}" stroke-width="${chosen ? 2.5 : 1}"/>`,
      )
    }
    tallest = Math.max(tallest, Math.ceil(shown / columns) * cell)
    x += Math.max(columns * cell, 96) + gap
  })
  const below = top + tallest + 48
  let left = margin
  const figure = (pixels: Pixels, name: string, note: string): void => {
    const scale = large / Math.max(pixels.width, pixels.height)
    parts.push(svgText(left, below, 'name', name), svgText(left, below + large + 34, 'quiet', note))
    parts.push(svgImage(pixels, left, below + 12, pixels.width * scale, pixels.height * scale))
    left += large + 2 * gap
  }
  const { layer, channel, row, column } = looked
  if (place !== undefined && layer.height * layer.width > 1)
    figure(
      drawSigns(place),
      words.mapTitle(layer.name, channel + 1, layer.channels),
      words.valueIs(words.place(row + 1, column + 1), showNumber(place.value)),
    )
  const wanted = model.class.peek()
  const { opacity } = model.state.peek()
  const [cam, occlusion] = [model.cam.peek(), model.occlusion.peek()]
  if (classes !== undefined && wanted !== undefined) {
    if (cam !== undefined)
      figure(drawOver(picture, cam.spread, opacity), words.cam, `${classes[wanted]} · ${layers[cam.layer].name}`)
    if (occlusion !== undefined) figure(drawOver(picture, occlusion, opacity), words.occlusion, classes[wanted])
  }
  const width = Math.max(x, left) + margin
  const height = below + large + 34 + margin
  return svgSheet({
    ...{ width, height, title: words.pictureTitle, parts },
    style: `text{font-size:13px}.title{font-size:20px;font-weight:600}.name{font-weight:600}.quiet{fill:${quiet};font-size:12px}`,
  })
}
