// One filter over one picture, from strips to samples that a file can hold.

import { ConvokeError } from 'convoke/shapes'
import { breathe } from '../terminal/progress.ts'
import { coloursOf, type Filter, filterStrips, type Strip, type View } from './filter.ts'
import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'
import type { Placement } from './placement.ts'
import { type Extremes, extremesOf, type Mapping, needsPeak, noExtremes, toFloat, toSample } from './range.ts'
import { slide } from './slide.ts'

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
  const strips = () => filterStrips(picture, filter, placements, view, slide)
  const kept: Strip[] = []
  const keep = head.width * head.height * colours <= keptValues
  let extremes = noExtremes
  if (needsPeak(mapping)) {
    for await (const strip of strips()) {
      extremes = extremesOf(strip.colour, extremes)
      if (keep) kept.push(strip)
      onRows(strip.rows)
      await breathe()
    }
  }
  const peak = Math.max(Math.abs(extremes.least), Math.abs(extremes.most))
  const values = allocate(head.width * head.height * channelsOf(head), sample)
  const place = placing(picture, head, { view, mapping, sample }, peak, values)
  for await (const strip of kept.length > 0 ? kept : strips()) {
    extremes = extremesOf(strip.colour, extremes)
    place(strip)
    onRows(strip.rows)
    await breathe()
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
  const scale = view.linear ? 1 : unit
  const floats = sample === 'float'
  const convert = floats ? toFloat(mapping, depth, view.linear) : toSample(mapping, depth, view.linear, peak * scale)
  const opacity = floats
    ? (stored: number) => (view.linear ? stored / largestSample(depth) : stored)
    : (stored: number) => Math.round(stored * unit)
  const channels = colours + (alpha ? 1 : 0)
  return (strip) => {
    let at = strip.row * width * channels
    for (let pixel = 0; pixel * colours < strip.colour.length; pixel++) {
      for (let c = 0; c < colours; c++) into[at++] = convert(scale * strip.colour[pixel * colours + c])
      if (strip.alpha !== undefined) into[at++] = opacity(strip.alpha[pixel])
    }
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
