// A JPEG in bands of rows, each encoded by itself while the next is made, joined by restart markers (ITU-T T.81, B.2.1 and E.1.4): a
// restart sets the predictions back and fills up the byte, as the end of a picture does, so the scan of a band is what it would be
// inside the whole. The same tables everywhere are what the standard's Huffman tables give.
//
//     SOI, tables, frame (of the whole height), DRI (blocks of a band), scan head, scan of band 0, RST0, scan of band 1, RST1, … EOI

import { ConvokeError, check } from 'convoke/shapes'

/** Rows of a block: without subsampling, a unit of the scan. */
export const blockRows = 8

/** The most units between two restarts: a field of 16 bits. */
const mostUnits = 65535

/** Rows that a band of a picture so wide may have. */
export const mostBandRows = (width: number): number => blockRows * Math.floor(mostUnits / Math.ceil(width / blockRows))

/** The parts of a JPEG of one scan. */
interface Parts {
  /** All before the frame's height, and all after it up to the scan's head. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly scanHead: Uint8Array
  readonly scan: Uint8Array
}

/** Marker bytes, without the 0xff that begins them. */
const markers = { frame: 0xc0, scan: 0xda, restart: 0xd0, restartInterval: 0xdd, end: 0xd9 } as const

/** Takes apart a baseline JPEG. Throws `ConvokeError` where it is something else, such as progressive. */
function partsOf(jpeg: Uint8Array): Parts {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
  let height: number | undefined
  for (let at = 2; at + 4 <= jpeg.length; ) {
    const [marker, length] = [jpeg[at + 1], view.getUint16(at + 2)]
    if (marker === markers.frame) height = at + 5
    if (marker === markers.scan && height !== undefined) {
      const scan = at + 2 + length
      return {
        before: jpeg.subarray(0, height),
        after: jpeg.subarray(height + 2, at),
        scanHead: jpeg.subarray(at, scan),
        scan: jpeg.subarray(scan, jpeg.length - 2),
      }
    }
    at += 2 + length
  }
  throw new ConvokeError('the encoder gave no baseline JPEG, which bands are joined from. Please report this.')
}

const bytesOf = (value: number): [number, number] => [value >> 8, value & 255]

/**
 * The pieces of one JPEG of `height` rows, one list for each of `bands`: baseline JPEGs with the same tables and without subsampling,
 * `rows` rows each, a multiple of 8 and `mostBandRows` at most; the last may have fewer.
 */
export function joinedBands(
  size: { readonly width: number; readonly height: number },
  rows: number,
): (band: Uint8Array, index: number) => Uint8Array[] {
  const units = Math.ceil(size.width / blockRows) * (rows / blockRows)
  check(
    rows % blockRows === 0 && units <= mostUnits,
    () =>
      `bands of ${rows} rows: a JPEG ${size.width} pixels wide takes a multiple of 8, up to ${mostBandRows(size.width)}.`,
  )
  const bands = Math.ceil(size.height / rows)
  return (band, index) => {
    const { before, after, scanHead, scan } = partsOf(band)
    const head = [
      before,
      Uint8Array.from(bytesOf(size.height)),
      after,
      Uint8Array.from([0xff, markers.restartInterval, ...bytesOf(4), ...bytesOf(units)]),
      scanHead,
    ]
    const end = index === bands - 1 ? markers.end : markers.restart + (index % 8)
    return [...(index === 0 ? head : []), scan, Uint8Array.from([0xff, end])]
  }
}
