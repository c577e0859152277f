// Pixels picked from a picture by the positions of their rows and columns: strips with what lies beyond the edges, and what
// stands under the middle of each window. Whole runs of a row are copied at once.

import { channelsOf, largestSample, makeSamples, type Picture, type Samples } from './picture.ts'

/** Columns `at … at + length − 1` of a result stand side by side in the picture, from `from` on; −1: outside. */
interface Run {
  readonly at: number
  readonly from: number
  readonly length: number
}

/** Which column of a picture, −1 for none, stands in each column of a result. */
export interface Columns {
  readonly count: number
  readonly runs: readonly Run[]
}

export function columnsOf(positions: Int32Array): Columns {
  const runs: Run[] = []
  for (let at = 0; at < positions.length; ) {
    const from = positions[at]
    let length = 1
    const next = () => positions[at + length]
    while (at + length < positions.length && next() === (from < 0 ? from : from + length)) length++
    runs.push({ at, from, length })
    at += length
  }
  return { count: positions.length, runs }
}

/** From here on `set` is faster than a loop. */
const longRun = 16

/**
 * Writes `[rows, columns, channels]` samples of `picture` to `into`. What lies outside, at position −1, is black and opaque, so
 * that it has no colour and nothing shines through it.
 */
export function pickPixels(picture: Picture, rows: Int32Array, { count, runs }: Columns, into: Samples): void {
  const { width, samples, alpha, depth } = picture
  const channels = channelsOf(picture)
  const blank = (from: number, to: number): void => {
    into.fill(0, from, to)
    if (alpha) for (let i = from + channels - 1; i < to; i += channels) into[i] = largestSample(depth)
  }
  for (let row = 0; row < rows.length; row++) {
    const [start, line] = [rows[row] * width * channels, row * count * channels]
    if (rows[row] < 0) {
      blank(line, line + count * channels)
      continue
    }
    for (const { at, from, length } of runs) {
      const to = line + at * channels
      const first = start + from * channels
      if (from < 0) blank(to, to + length * channels)
      else if (length >= longRun) into.set(samples.subarray(first, first + length * channels), to)
      else for (let i = 0; i < length * channels; i++) into[to + i] = samples[first + i]
    }
  }
}

/** The last sample of every pixel of a picture that has an alpha channel. */
export function alphaOf(samples: Samples, picture: Pick<Picture, 'colours' | 'alpha' | 'depth'>): Samples {
  const channels = channelsOf(picture)
  const alpha = makeSamples(picture.depth, samples.length / channels)
  for (let pixel = 0, at = channels - 1; pixel < alpha.length; pixel++, at += channels) alpha[pixel] = samples[at]
  return alpha
}
