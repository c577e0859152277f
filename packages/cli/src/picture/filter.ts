// Slides kernels over a picture in strips of rows, so that a large picture needs little memory beyond itself.
// A strip carries the rows that its windows reach beyond it (the halo). Where a plan sums products directly, strips give what
// one piece would, to the bit; the FFT rounds otherwise where its tiles lie otherwise.
//
// Transparency. A transparent pixel has no colour to give, so where a window meets one, the pixel at the window's
// middle lends its own:  Σ k·(a·c + (1 − a)·c₀)  =  Σ k·(a·c) + c₀·Σ k·(1 − a).  The first sum is that of premultiplied
// colour; opaque pictures come out as they would without alpha, and an invisible colour never bleeds into a visible one.

import { scope } from 'convoke/autodiff'
import { add, multiply, sqrt, square } from 'convoke/ops'
import { largestOf, smallestOf } from 'convoke/shapes'
import type { Tensor } from 'convoke/tensor'
import type { Kernel, Matrix } from 'convoke-workbench'
import type { Boundary } from './boundary.ts'
import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'
import { alphaOf, type Columns, columnsOf, pickPixels } from './pixels.ts'
import { centreOf, type Placement } from './placement.ts'
import { coloursOf, lendColour, planesHeld, premultiplied, type View, valuesOf } from './planes.ts'

/** A kernel over planes of values that are padded already. */
export interface Slide {
  /** `[planes, rows, columns]` → `[planes, outRows, outColumns]` */
  readonly run: (planes: Tensor, kernel: Matrix, placement: Placement) => Tensor
  /** Products that one result takes, as its plan has it. */
  readonly products: (
    shape: readonly [planes: number, rows: number, columns: number],
    kernel: Matrix,
    placement: Placement,
  ) => number
}

/** How a kernel is undone. */
export interface Undoing {
  /** Power of the noise over that of the picture. */
  readonly noise: number
  readonly boundary: Boundary
}

/** One kernel, or two whose results a and b become √(a² + b²). */
export interface Filter {
  readonly name: string
  /** The one kernel was slid over the picture already, and is undone. */
  readonly undoing?: Undoing
  readonly kernels: readonly [Kernel] | readonly [Kernel, Kernel]
}

export interface Strip {
  /** First output row. */
  readonly row: number
  readonly rows: number
  /** Rows of `colour` that belong to the strip before. */
  readonly known: number
  /** `[colours, known + rows, columns]`. Whoever takes the strip disposes it. */
  readonly colour: Tensor
  /** `[rows, columns]`: opacity as stored, unfiltered. */
  readonly alpha: Samples | undefined
}

/** How strips are cut. */
export interface Cut {
  /** Floats that a padded strip and its result may hold together; a third of them where two results become one. */
  readonly usual: number
  /** For tall kernels, whose halo would be most of such a strip. */
  readonly withHalo: number
  /** All strips but the last have a multiple of so many rows. */
  readonly multiple?: number
  /** Rows that a strip may have, itself such a multiple. */
  readonly mostRows?: number
}

/** 24 and 48 MB of float32. */
export const usualCut: Cut = { usual: 6e6, withHalo: 12e6 }
/** Rows of a strip for each row of its halo: with fewer, tiles of the FFT hold more halo than picture. */
const rowsForHalo = 4
/** Products that one strip may take: a fraction of a second, so that progress moves and an interrupt is heard. */
const stripWork = 3e9

/** How many output rows a strip takes: as many as fit, but rather some for each row of the halo. `planes`: half of those held. */
export function stripRows([rows, columns]: Placement, planes: number, { usual, withHalo }: Cut = usualCut): number {
  const halo = rows.extent - rows.stride
  const within = (floats: number) => Math.floor((floats / (columns.source.length * planes) - halo) / (rows.stride + 1))
  const most = Math.max(within(usual), Math.min(Math.ceil((rowsForHalo * halo) / rows.stride), within(withHalo)))
  return Math.min(rows.output, Math.max(1, most))
}

/** Strips of about one size. */
function evenRows(output: number, most: number, { multiple = 1, mostRows = output }: Cut): number {
  const even = Math.ceil(output / Math.ceil(output / most))
  return Math.min(multiple * Math.ceil(even / multiple), mostRows)
}

const rooms: Samples[] = []

/** Memory for the samples of a strip, which the next strip of that size takes over, in whatever pass: none is read after it is on the backend. */
function roomFor(which: number, depth: Picture['depth'], length: number): Samples {
  const known = rooms[which]
  if (known?.length === length && known.BYTES_PER_ELEMENT * 8 === depth) return known
  rooms[which] = makeSamples(depth, length)
  return rooms[which]
}

/** Filters the whole picture, strip by strip. `placements[i]` belongs to `filter.kernels[i]`; all give one output size. */
export function* filterStrips(
  picture: Picture,
  filter: Filter,
  placements: readonly Placement[],
  view: View,
  slide: Slide,
  cut: Cut = usualCut,
): Generator<Strip> {
  const colours = coloursOf(picture, view)
  const translucent = picture.alpha && !isOpaque(picture)
  const planes = colours + (translucent ? 1 : 0)
  const [rows, columns] = placements[0]
  const work = filter.kernels.map((kernel, i) => {
    const most = stripRows(placements[i], planesHeld(picture, view, translucent) / 2, {
      ...cut,
      usual: cut.usual / (2 * filter.kernels.length - 1),
    })
    const within = (products: number) =>
      Math.min(most, Math.max(1, Math.floor(stripWork / (columns.output * planes * products))))
    // No plan takes more than the sum of all products, and asking for it takes time.
    if (within(kernel.rows.length * kernel.rows[0].length) === most) return most
    // Of the strip that there will be if nothing is in the way: its plan is then made once.
    const likely = Math.min(evenRows(rows.output, most, cut), rows.output)
    const size = [planes, linesOf(placements[i], likely), placements[i][1].source.length] as const
    return within(slide.products(size, kernel.rows, placements[i]))
  })
  const step = evenRows(rows.output, smallestOf(work), cut)
  const bound = boundOf(filter, picture, view)
  const centres = columnsOf(Int32Array.from({ length: columns.output }, (_, j) => centreOf(columns, j)))
  const sources = placements.map(([, { source }]) => columnsOf(source))
  const picked = (which: number, lines: Int32Array, from: Columns): Samples => {
    const samples = roomFor(which, picture.depth, lines.length * from.count * channelsOf(picture))
    pickPixels(picture, lines, from, samples)
    return samples
  }
  const count = Math.min(step, rows.output)
  for (let row = 0; row < rows.output; row += count) {
    // The last strip is as tall as the others and begins within the one before it: a plan for another height takes longer.
    const first = Math.min(row, rows.output - count)
    const known = row - first
    const middle = Int32Array.from({ length: count }, (_, i) => centreOf(rows, first + i))
    // Only where somebody looks at it.
    const centre = picture.alpha ? picked(2, middle, centres) : undefined
    const colour = scope(() => {
      const results = filter.kernels.map((kernel, index) => {
        const placement = placements[index]
        const from = first * placement[0].stride
        const lines = placement[0].source.subarray(from, from + linesOf(placement, count))
        const size = [lines.length, sources[index].count] as const
        const { colour, opacity } = valuesOf(picked(index, lines, sources[index]), size, picture, view)
        if (!translucent || opacity === undefined || centre === undefined)
          return slide.run(colour, kernel.rows, placement)
        const own = valuesOf(centre, [count, columns.output], picture, view).colour
        return lendColour(slide.run(premultiplied(colour, opacity), kernel.rows, placement), own)
      })
      return together(results, bound)
    })
    const alpha = centre && alphaOf(centre, picture).subarray(known * columns.output)
    yield { row, rows: count - known, known, colour, alpha }
  }
}

const linesOf = ([rows]: Placement, count: number): number => (count - 1) * rows.stride + rows.extent

/** No result of these kernels is larger. */
function boundOf({ kernels }: Filter, picture: Picture, view: View): number {
  const white = view.linear ? 1 : largestSample(picture.depth)
  const gains = kernels.map(({ rows }) => rows.flat().reduce((sum, number) => sum + Math.abs(number), 0))
  return largestOf(gains) * white
}

/** √(a² + b²) of two. Where squares might leave the range of float32, both are divided by a power of two first. */
function together([first, second]: readonly Tensor[], bound: number): Tensor {
  if (second === undefined) return first
  const exponent = Math.max(-100, Math.min(100, Math.round(Math.log2(bound))))
  if (Math.abs(exponent) < 50) return sqrt(add(square(first), square(second)))
  const shrunk = [first, second].map((x) => square(multiply(x, 2 ** -exponent)))
  return multiply(sqrt(add(shrunk[0], shrunk[1])), 2 ** exponent)
}

function isOpaque(picture: Picture): boolean {
  const { samples, depth } = picture
  const channels = channelsOf(picture)
  const largest = largestSample(depth)
  for (let index = channels - 1; index < samples.length; index += channels) if (samples[index] !== largest) return false
  return true
}
