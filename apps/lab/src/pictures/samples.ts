// Pictures that are drawn, not downloaded.

import { drawScene, sceneSize } from 'convoke-workbench'
import type { Pixels } from '../ui/pixels.ts'

export type SampleName = 'scene' | 'rings' | 'shapes'
export const samples: readonly SampleName[] = ['scene', 'rings', 'shapes']

const drawn = new Map<SampleName, Pixels>()

/** Draws by a function of the place that gives red, green and blue, 0 … 255. */
function draw(width: number, height: number, colour: (row: number, column: number) => readonly number[]): Pixels {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = colour(Math.floor(i / width), i % width)
    data[4 * i] = red
    data[4 * i + 1] = green
    data[4 * i + 2] = blue
    data[4 * i + 3] = 255
  }
  return { width, height, data }
}

const side = 320

/** Rings that get finer towards the edge, up to half a period a pixel: what a blur takes away, and what stride would fold. */
const rings = (): Pixels =>
  draw(side, side, (row, column) => {
    const [y, x] = [row - side / 2 + 0.5, column - side / 2 + 0.5]
    const value = 127.5 + 127.5 * Math.cos((Math.PI * (x * x + y * y)) / side)
    return [value, value, value]
  })

/** Flat shapes with straight, slanted and round edges, and a single bright pixel. */
const shapes = (): Pixels =>
  draw(384, 256, (row, column) => {
    if (row === 40 && column === 340) return [255, 255, 255]
    if (row > 40 && row < 120 && column > 40 && column < 150) return [222, 120, 60]
    if (Math.hypot(row - 90, column - 250) < 55) return [70, 140, 210]
    if (row > 150 && row < 230 && column - 60 > (row - 150) * 0.9 && column < 170) return [240, 230, 200]
    if (Math.abs(row - 190 + (column - 280) * 0.4) < 4 && column > 200 && column < 360) return [250, 250, 250]
    if (row > 160 && column > 310 && (Math.floor(row / 6) + Math.floor(column / 6)) % 2 === 0) return [230, 230, 230]
    return [40, 44, 54]
  })

function scene(): Pixels {
  const { width, height } = sceneSize
  const rgb = drawScene()
  return draw(width, height, (row, column) => {
    const at = 3 * (row * width + column)
    return [rgb[at], rgb[at + 1], rgb[at + 2]]
  })
}

const makers: Readonly<Record<SampleName, () => Pixels>> = { scene, rings, shapes }

export function samplePicture(name: SampleName): Pixels {
  const known = drawn.get(name)
  if (known !== undefined) return known
  const made = makers[name]()
  drawn.set(name, made)
  return made
}
