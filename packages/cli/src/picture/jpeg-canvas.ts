// A large JPEG that is encoded while it is filtered: a band of rows on another thread while the next is made. Neither the result
// nor its coefficients are ever in memory as a whole.

import type { Canvas } from './develop.ts'
import { blockRows, joinedBands, mostBandRows } from './jpeg-bands.ts'
import { channelsOf, type Picture } from './picture.ts'

/** Pixels of a band: with fewer, beginning one costs more than it gains. */
const bandPixels = 1e6
/** Bands that are encoded at the same time. */
const mostAtOnce = 2

export interface JpegCanvas extends Canvas {
  /** The pieces of the file, once everything is filled. */
  readonly finished: () => Promise<Uint8Array[]>
}

/** What bands ask of strips. */
export const jpegCut = ({ width }: Pick<Picture, 'width'>): Required<Canvas>['cut'] => ({
  multiple: blockRows,
  mostRows: mostBandRows(width),
})

/** `encode` makes a baseline JPEG of some rows, `[rows, width, channels]`. */
export function jpegCanvas(head: Omit<Picture, 'samples'>, encode: (band: Picture) => Promise<Uint8Array>): JpegCanvas {
  const { width, height } = head
  const line = width * channelsOf(head)
  const mostRows = mostBandRows(width)
  const free: Uint8Array<ArrayBuffer>[] = []
  const running: Promise<void>[] = []
  const pieces: Uint8Array[][] = []
  let [bandRows, first, end] = [0, 0, 0]
  let join: ReturnType<typeof joinedBands>
  let band: Uint8Array<ArrayBuffer>

  /** All strips but the last have as many rows as the first. */
  const begin = (rows: number): void => {
    const strip = rows === height ? blockRows * Math.ceil(rows / blockRows) : rows
    const wanted = Math.ceil(bandPixels / (width * strip))
    bandRows = strip * Math.max(1, Math.min(wanted, Math.floor(mostRows / strip)))
    join = joinedBands(head, bandRows)
  }
  const send = (rows: number): void => {
    const [samples, index] = [band, pieces.length]
    pieces.push([])
    const picture = { ...head, height: rows, samples: samples.subarray(0, rows * line) }
    const sent = encode(picture).then((jpeg) => {
      pieces[index] = join(jpeg, index)
      free.push(samples)
    })
    // Whoever waits for it hears of a failure; nobody may be waiting yet.
    sent.catch(() => {})
    running.push(sent)
  }
  return {
    cut: jpegCut(head),
    room: (row, rows) => {
      if (row === 0) begin(rows)
      if (row % bandRows === 0) {
        first = row
        band = free.pop() ?? new Uint8Array(bandRows * line)
      }
      end = row + rows
      return band.subarray((row - first) * line, (end - first) * line)
    },
    filled: async () => {
      if (end - first < bandRows && end < height) return
      send(end - first)
      if (running.length >= mostAtOnce) await running.shift()
    },
    finished: async () => {
      await Promise.all(running)
      return pieces.flat()
    },
  }
}
