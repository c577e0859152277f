// Slides kernels over a picture in strips of rows, so that a large picture needs little memory beyond itself.
// A strip carries the rows that its windows reach beyond it (the halo): strips give what one piece would, to the bit.
//
// Transparency. A transparent pixel has no colour to give, so where a window meets one, the pixel at the window's
// middle lends its own:  Σ k·(a·c + (1 − a)·c₀)  =  Σ k·(a·c) + c₀·Σ k·(1 − a).  The first sum is that of premultiplied
// colour; opaque pictures come out as they would without alpha, and an invisible colour never bleeds into a visible one.

import { smallestOf } from 'convoke/shapes'
import type { Kernel } from '../gallery/gallery.ts'
import type { Matrix } from '../gallery/gallery-kernel.ts'
import { toLight } from './light.ts'
import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'
import { type AxisPlacement, centreOf, type Placement } from './placement.ts'

/** Slides `kernel` over `[rows, columns, channels]` values that are padded already. Returns `[outRows, outColumns, channels]`. */
export type Slide = (
  values: Float32Array,
  shape: readonly [rows: number, columns: number, channels: number],
  kernel: Matrix,
  stride: readonly [number, number],
  dilation: readonly [number, number],
) => Promise<Float32Array>

/** One kernel, or two whose results a and b become √(a² + b²). */
export interface Filter {
  readonly name: string
  readonly kernels: readonly [Kernel] | readonly [Kernel, Kernel]
}

export interface View {
  /** Filter brightness instead of colours. */
  readonly gray: boolean
  /** Filter linear light, 0 … 1, instead of stored values, 0 … 255 or 65535. */
  readonly linear: boolean
}

export interface Strip {
  /** First output row. */
  readonly row: number
  readonly rows: number
  /** `[rows, columns, colours]` */
  readonly colour: Float32Array
  /** `[rows, columns]`: opacity as stored, unfiltered. */
  readonly alpha: Samples | undefined
}

/** Floats that one padded strip may hold: 6 MB of float32. */
const stripBudget = 1.5e6
/** Products that one strip may take: a fraction of a second, so that progress moves and an interrupt is heard. */
const stripWork = 1e8

/** Rec. 709: weights of stored values for luma, of linear light for luminance. */
const brightness = [0.2126, 0.7152, 0.0722] as const

export const coloursOf = (picture: Picture, { gray }: View): 1 | 3 => (gray ? 1 : picture.colours)

/** How many output rows a strip takes. */
export function stripRows([rows, columns]: Placement, channels: number, budget = stripBudget): number {
  const lines = Math.floor(budget / (columns.source.length * channels))
  const inMemory = Math.floor((lines - rows.extent) / rows.stride) + 1
  const inTime = Math.floor(stripWork / (columns.output * channels * rows.kernel * columns.kernel))
  return Math.min(rows.output, Math.max(1, Math.min(inMemory, inTime)))
}

/** Filters the whole picture, strip by strip. `placements[i]` belongs to `filter.kernels[i]`; all give one output size. */
export async function* filterStrips(
  picture: Picture,
  filter: Filter,
  placements: readonly Placement[],
  view: View,
  slide: Slide,
  budget = stripBudget,
): AsyncGenerator<Strip> {
  const source = rowSource(picture, view)
  const [rows] = placements[0]
  const step = smallestOf(placements.map((placement) => stripRows(placement, source.channels, budget)))
  for (let row = 0; row < rows.output; row += step) {
    const count = Math.min(step, rows.output - row)
    const results: Float32Array[] = []
    for (const [index, kernel] of filter.kernels.entries()) {
      results.push(await colourOfStrip(source, kernel.rows, placements[index], row, count, slide))
    }
    const [first, second] = results
    const colour = second === undefined ? first : first.map((a, index) => Math.hypot(a, second[index]))
    yield { row, rows: count, colour, alpha: alphaOfStrip(picture, placements[0], row, count) }
  }
}

interface RowSource {
  readonly colours: number
  /** Colours, and one more for 1 − opacity where some pixel is not opaque. */
  readonly channels: number
  /** `[width, colours]` of one row, not premultiplied. */
  colourRow(y: number): Float32Array
  /** Values to filter: `[width, channels]` of one row, colours premultiplied. */
  row(y: number): Float32Array
}

function rowSource(picture: Picture, view: View): RowSource {
  const { width, depth, samples, alpha } = picture
  const stored = channelsOf(picture)
  const colours = coloursOf(picture, view)
  const largest = largestSample(depth)
  const values = Float32Array.from({ length: largest + 1 }, (_, v) => (view.linear ? toLight(v / largest) : v))
  const translucent = alpha && !isOpaque(picture)
  const channels = colours + (translucent ? 1 : 0)

  const colourRow = (y: number): Float32Array => {
    const line = new Float32Array(width * colours)
    for (let x = 0, from = y * width * stored; x < width; x++, from += stored) {
      if (colours === picture.colours) {
        for (let c = 0; c < colours; c++) line[x * colours + c] = values[samples[from + c]]
      } else {
        let total = 0
        for (let c = 0; c < 3; c++) total += brightness[c] * values[samples[from + c]]
        line[x] = total
      }
    }
    return line
  }

  const row = (y: number): Float32Array => {
    const line = colourRow(y)
    if (!translucent) return line
    const premultiplied = new Float32Array(width * channels)
    for (let x = 0; x < width; x++) {
      const opacity = samples[(y * width + x) * stored + stored - 1] / largest
      for (let c = 0; c < colours; c++) premultiplied[x * channels + c] = opacity * line[x * colours + c]
      premultiplied[x * channels + colours] = 1 - opacity
    }
    return premultiplied
  }
  return { colours, channels, colourRow, row }
}

function isOpaque(picture: Picture): boolean {
  const { samples, depth } = picture
  const channels = channelsOf(picture)
  const largest = largestSample(depth)
  for (let index = channels - 1; index < samples.length; index += channels) if (samples[index] !== largest) return false
  return true
}

async function colourOfStrip(
  source: RowSource,
  kernel: Matrix,
  placement: Placement,
  row: number,
  count: number,
  slide: Slide,
): Promise<Float32Array> {
  const [rows, columns] = placement
  const { channels, colours } = source
  const top = row * rows.stride
  const lines = (count - 1) * rows.stride + rows.extent
  const padded = new Float32Array(lines * columns.source.length * channels)
  for (let line = 0; line < lines; line++) {
    const y = rows.source[top + line]
    if (y >= 0) spread(source.row(y), columns, channels, padded, line * columns.source.length * channels)
  }
  const stride = [rows.stride, columns.stride] as const
  const dilation = [rows.dilation, columns.dilation] as const
  const result = await slide(padded, [lines, columns.source.length, channels], kernel, stride, dilation)
  return channels === colours ? result : lendColour(result, source, placement, row, count)
}

/** Copies one row to its place in a padded strip. */
function spread(line: Float32Array, columns: AxisPlacement, channels: number, into: Float32Array, at: number): void {
  into.set(line, at + columns.before * channels)
  const outside = (position: number) => {
    const x = columns.source[position]
    if (x < 0) return
    for (let c = 0; c < channels; c++) into[at + position * channels + c] = line[x * channels + c]
  }
  for (let position = 0; position < columns.before; position++) outside(position)
  for (let position = columns.before + columns.size; position < columns.source.length; position++) outside(position)
}

/** Adds c₀·Σ k·(1 − a) to Σ k·(a·c), both of which `result` holds. */
function lendColour(
  result: Float32Array,
  source: RowSource,
  placement: Placement,
  row: number,
  count: number,
): Float32Array {
  const [rows, columns] = placement
  const { channels, colours } = source
  const colour = new Float32Array(count * columns.output * colours)
  for (let i = 0; i < count; i++) {
    const own = source.colourRow(centreOf(rows, row + i))
    for (let j = 0; j < columns.output; j++) {
      const pixel = i * columns.output + j
      const lent = result[pixel * channels + colours]
      const x = lent === 0 ? 0 : centreOf(columns, j)
      for (let c = 0; c < colours; c++) {
        colour[pixel * colours + c] = result[pixel * channels + c] + lent * own[x * colours + c]
      }
    }
  }
  return colour
}

function alphaOfStrip(picture: Picture, [rows, columns]: Placement, row: number, count: number): Samples | undefined {
  if (!picture.alpha) return undefined
  const channels = channelsOf(picture)
  const alpha = makeSamples(picture.depth, count * columns.output)
  for (let i = 0; i < count; i++) {
    const from = centreOf(rows, row + i) * picture.width
    for (let j = 0; j < columns.output; j++) {
      alpha[i * columns.output + j] = picture.samples[(from + centreOf(columns, j) + 1) * channels - 1]
    }
  }
  return alpha
}
