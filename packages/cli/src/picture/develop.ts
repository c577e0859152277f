// One filter over one picture, from strips to samples that a file can hold.

import { ConvokeError } from 'convoke/shapes'
import { breathe } from '../terminal/progress.ts'
import { type Filter, filterStrips, type Strip } from './filter.ts'
import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'
import type { Placement } from './placement.ts'
import { coloursOf, type View } from './planes.ts'
import { type Mapping, needsPeak } from './range.ts'
import { slideBy } from './slide.ts'
import { type Extremes, extremesOf, noExtremes, toFloats, toSamples } from './store.ts'

export interface Development {
  readonly view: View
  readonly mapping: Mapping
  /** Bits of a sample, or floats. */
  readonly sample: 8 | 16 | 'float'
  /** Hears of every strip that is done: twice as many rows where the peak must be known first. */
  readonly onRows?: (rows: number) => void
}

export interface Developed {
  readonly head: Omit<Picture, 'samples'>
  readonly values: Samples | Float32Array<ArrayBuffer>
  /** Of the results, before they were brought into the picture's range. */
  readonly extremes: Extremes
}

/** Results that a first pass may keep for the second, in values: 64 MB of float32. */
const keptValues = 16e6

/** Strips of results in floats are exact, as those who compute on with them expect; samples are rounded anyhow. */
const slides = { float: slideBy('exact'), samples: slideBy('fast') }
const slideFor = (sample: Development['sample']) => (sample === 'float' ? slides.float : slides.samples)

/**
 * Filters the first strip of a picture of this kind that is black: what is made once, such as programs, threads and the
 * spectrum of a kernel, is there when the picture comes.
 */
export function rehearse(
  head: Developed['head'],
  filter: Filter,
  placements: readonly Placement[],
  { view, mapping, sample }: Development,
): void {
  const picture = { ...head, samples: makeSamples(head.depth, head.width * head.height * channelsOf(head)) }
  for (const strip of filterStrips(picture, filter, placements, view, slideFor(sample))) {
    extremesOf(strip.colour, noExtremes)
    const size = {
      width: placements[0][1].output,
      height: strip.rows,
      colours: coloursOf(picture, view),
      alpha: head.alpha,
    }
    const depth = sample === 'float' ? head.depth : sample
    const into = allocate(size.width * size.height * channelsOf(size), sample)
    placing(picture, { ...size, depth }, { view, mapping, sample }, 1, into)(strip)
    strip.colour.dispose()
    break
  }
}

/** Filters `picture`, twice where `mapping` needs the peak first and the results are too many to keep. */
export async function develop(
  picture: Picture,
  filter: Filter,
  placements: readonly Placement[],
  { view, mapping, sample, onRows = () => {} }: Development,
): Promise<Developed> {
  const [rows, columns] = placements[0]
  const colours = coloursOf(picture, view)
  const depth = sample === 'float' ? picture.depth : sample
  const head = { width: columns.output, height: rows.output, colours, alpha: picture.alpha, depth }
  const strips = () => filterStrips(picture, filter, placements, view, slideFor(sample))
  const kept: Strip[] = []
  const keep = head.width * head.height * colours <= keptValues
  let extremes = noExtremes
  const values = allocate(head.width * head.height * channelsOf(head), sample)
  try {
    if (needsPeak(mapping)) {
      for (const strip of strips()) {
        if (keep) kept.push(strip)
        extremes = extremesOf(strip.colour, extremes)
        if (!keep) strip.colour.dispose()
        onRows(strip.rows)
        await breathe()
      }
    }
    const peak = Math.max(Math.abs(extremes.least), Math.abs(extremes.most))
    const place = placing(picture, head, { view, mapping, sample }, peak, values)
    for (const strip of kept.length > 0 ? kept : strips()) {
      if (!needsPeak(mapping)) extremes = extremesOf(strip.colour, extremes)
      place(strip)
      strip.colour.dispose()
      onRows(strip.rows)
      await breathe()
    }
  } finally {
    for (const { colour } of kept) colour.dispose()
  }
  return { head, values, extremes }
}

/** Converts the values of a strip and puts them where they belong. */
function placing(
  picture: Picture,
  { width, colours, alpha, depth }: Developed['head'],
  { view, mapping, sample }: Development,
  peak: number,
  into: Samples | Float32Array,
): (strip: Strip) => void {
  // Results stand in units of the picture that was read: an 8-bit format takes those of 16 bits scaled down.
  const unit = largestSample(depth) / largestSample(picture.depth)
  const floats = sample === 'float'
  const store = floats
    ? toFloats(mapping, depth, view.linear)
    : toSamples(mapping, depth, view.linear, peak, view.linear ? 1 : unit)
  const opacity = floats ? (view.linear ? 1 / largestSample(depth) : 1) : unit
  const channels = colours + (alpha ? 1 : 0)
  let line: Uint8Array | Float32Array | undefined
  return (strip) => {
    const stored = store(strip.colour)
    const [at, length] = [strip.row * width * channels, strip.rows * width * colours]
    const target = into.subarray(at, at + strip.rows * width * channels)
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
