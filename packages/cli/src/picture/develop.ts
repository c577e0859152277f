// One filter over one picture, from strips to samples that a file can hold.

import { scope } from 'convoke/autodiff'
import { slice } from 'convoke/ops'
import { ConvokeError } from 'convoke/shapes'
import { breathe } from '../terminal/progress.ts'
import { type Cut, type Filter, filterStrips, type Strip, usualCut } from './filter.ts'
import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'
import type { Placement } from './placement.ts'
import { coloursOf, type View } from './planes.ts'
import { type Mapping, needsPeak } from './range.ts'
import { restoredStrips } from './restore.ts'
import { slideBy } from './slide.ts'
import { type Extremes, extremesOf, noExtremes, type Store, toFloats, toSamples } from './store.ts'

export interface Development {
  readonly view: View
  readonly mapping: Mapping
  /** Bits of a sample, or floats. */
  readonly sample: 8 | 16 | 'float'
  /** Hears of every strip that is done: twice as many rows where the peak must be known first. */
  readonly onRows?: (rows: number) => void
}

type Head = Omit<Picture, 'samples'>

export interface Developed {
  readonly head: Head
  readonly values: Samples | Float32Array<ArrayBuffer>
  /** Of the results, before they were brought into the picture's range. */
  readonly extremes: Extremes
}

/** Results that a first pass keeps for the second, in values: all of them up to 64 MB of float32, else 16 MB of the last. */
const keptValues = { all: 16e6, last: 4e6 } as const

/** Strips of results in floats are exact, as those who compute on with them expect; samples are rounded anyhow. */
const slides = { float: slideBy('exact'), samples: slideBy('fast') }
const slideFor = (sample: Development['sample']) => (sample === 'float' ? slides.float : slides.samples)

/**
 * Filters the first strip of a picture of this kind that is black: what is made once, such as programs, threads and the
 * spectrum of a kernel, is there when the picture comes.
 */
export function rehearse(
  head: Head,
  filter: Filter,
  placements: readonly Placement[],
  development: Development,
  asked?: Canvas['cut'],
): void {
  const { view, sample } = development
  // One row that stands in for all.
  const picture = { ...head, samples: makeSamples(head.depth, head.width * channelsOf(head)) }
  const everywhere = placements.map(
    ([rows, columns]): Placement => [{ ...rows, source: new Int32Array(rows.source.length) }, columns],
  )
  const into = developedHead(head, placements, development)
  for (const strip of filterStrips(picture, filter, everywhere, view, slideFor(sample), { ...usualCut, ...asked })) {
    extremesOf(strip.colour, noExtremes)
    storing(picture, into, development, 1)(strip.colour).dispose()
    strip.colour.dispose()
    break
  }
}

/** Where the samples of the result go, strip by strip from the top down. */
export interface Canvas {
  /** Room for `rows` rows from `row` on, which are written before the next are asked for. */
  readonly room: (row: number, rows: number) => Developed['values']
  /** The room asked for last is full; resolves when there may be more. */
  readonly filled: () => Promise<void>
  /** What it asks of strips. */
  readonly cut?: Pick<Cut, 'multiple' | 'mostRows'>
}

/** What comes of `picture`. */
export function developedHead(
  picture: Head,
  [[rows, columns]]: readonly Placement[],
  { view, sample }: Development,
): Head {
  return {
    width: columns.output,
    height: rows.output,
    colours: coloursOf(picture, view),
    alpha: picture.alpha,
    depth: sample === 'float' ? picture.depth : sample,
  }
}

/** Filters `picture` as a whole. */
export async function develop(
  picture: Picture,
  filter: Filter,
  placements: readonly Placement[],
  development: Development,
): Promise<Developed> {
  const head = developedHead(picture, placements, development)
  const line = head.width * channelsOf(head)
  const values = allocate(head.height * line, development.sample)
  const canvas: Canvas = {
    room: (row, rows) => values.subarray(row * line, (row + rows) * line),
    filled: async () => {},
  }
  const extremes = await developOnto(canvas, picture, filter, placements, development)
  return { head, values, extremes }
}

/** Filters `picture` onto `canvas`, twice where `mapping` needs the peak first and the results are too many to keep. */
export async function developOnto(
  canvas: Canvas,
  picture: Picture,
  filter: Filter,
  placements: readonly Placement[],
  development: Development,
): Promise<Extremes> {
  const { view, mapping, sample, onRows = () => {} } = development
  const head = developedHead(picture, placements, development)
  const cut = { ...usualCut, ...canvas.cut }
  const strips = () =>
    filter.undoing === undefined
      ? filterStrips(picture, filter, placements, view, slideFor(sample), cut)
      : restoredStrips(picture, filter, filter.undoing, view, canvas.cut ?? {})
  const line = head.width * head.colours
  const keepsFrom = head.height * line <= keptValues.all ? 0 : head.height - Math.floor(keptValues.last / line)
  const kept: Strip[] = []
  let extremes = noExtremes
  try {
    if (needsPeak(mapping)) {
      for (const strip of strips()) {
        extremes = extremesOf(strip.colour, extremes)
        if (strip.row >= keepsFrom) kept.push(strip)
        else strip.colour.dispose()
        onRows(strip.rows)
        await breathe()
      }
    }
    const peak = Math.max(Math.abs(extremes.least), Math.abs(extremes.most))
    const place = placing(picture, head, development, peak)
    for (const strip of before(kept, strips)) {
      if (!needsPeak(mapping)) extremes = extremesOf(strip.colour, extremes)
      place(strip, canvas.room(strip.row, strip.rows))
      strip.colour.dispose()
      onRows(strip.rows)
      await canvas.filled()
      await breathe()
    }
  } finally {
    for (const { colour } of kept) colour.dispose()
  }
  return extremes
}

/** The strips of a picture, of which the last are there already. */
function* before(kept: readonly Strip[], strips: () => Iterable<Strip>): Generator<Strip> {
  const end = kept[0]?.row
  if (end !== 0) {
    for (const strip of strips()) {
      yield strip
      if (strip.row + strip.rows === end) break
    }
  }
  yield* kept
}

/** Converts values into samples. */
function storing(picture: Head, { depth }: Head, { view, mapping, sample }: Development, peak: number): Store {
  // Results stand in units of the picture that was read: an 8-bit format takes those of 16 bits scaled down.
  const unit = largestSample(depth) / largestSample(picture.depth)
  return sample === 'float'
    ? toFloats(mapping, depth, view.linear)
    : toSamples(mapping, depth, view.linear, peak, view.linear ? 1 : unit)
}

/** Converts the values of a strip into its samples, and puts them where they belong. */
function placing(
  picture: Head,
  into: Head,
  development: Development,
  peak: number,
): (strip: Strip, target: Developed['values']) => void {
  const { width, colours, depth } = into
  const { view, sample } = development
  const store = storing(picture, into, development, peak)
  const floats = sample === 'float'
  const unit = largestSample(depth) / largestSample(picture.depth)
  const opacity = floats ? (view.linear ? 1 / largestSample(depth) : 1) : unit
  let line: Uint8Array | Float32Array | undefined
  return (strip, target) => {
    const stored = scope(() => {
      const all = store(strip.colour)
      return strip.known === 0 ? all : slice(all, [{ start: strip.known }])
    })
    const length = strip.rows * width * colours
    const isDirect = strip.alpha === undefined && !(target instanceof Uint16Array)
    if (isDirect) stored.dataSync(target)
    else {
      if (line?.length !== length) line = stored.dtype === 'uint8' ? new Uint8Array(length) : new Float32Array(length)
      stored.dataSync(line)
      if (strip.alpha === undefined) target.set(line)
      else interleave(line, colours, strip.alpha, opacity, floats, target)
    }
    stored.dispose()
  }
}

/** `[pixels, colours]` and `[pixels]` of opacity, the latter multiplied, as `[pixels, colours + 1]`. */
function interleave(
  colour: Uint8Array | Float32Array,
  colours: number,
  alpha: Samples,
  opacity: number,
  floats: boolean,
  into: Samples | Float32Array,
): void {
  for (let pixel = 0, from = 0, to = 0; pixel < alpha.length; pixel++) {
    for (let c = 0; c < colours; c++) into[to++] = colour[from++]
    into[to++] = floats ? alpha[pixel] * opacity : Math.round(alpha[pixel] * opacity)
  }
}

function allocate(length: number, sample: Development['sample']): Developed['values'] {
  try {
    return sample === 'float' ? new Float32Array(length) : makeSamples(sample, length)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ConvokeError(
      `the result needs ${length} samples, more memory than there is. Use a larger --stride, or a part of the picture.`,
    )
  }
}
