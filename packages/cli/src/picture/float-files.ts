// Files that hold 32-bit floats: TIFF (6.0, SampleFormat 3), NumPy's .npy (format 1.0), JSON and CSV.

import { check } from 'convoke/shapes'

export type FloatFormat = 'tiff' | 'npy' | 'json' | 'csv'

/** `[height, width, channels]` values; with `alpha` the last channel is opacity. */
export interface FloatPicture {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly alpha: boolean
  readonly values: Float32Array
}

const writers: Readonly<Record<FloatFormat, (picture: FloatPicture) => Iterable<Uint8Array | string>>> = {
  tiff: tiffChunks,
  npy: npyChunks,
  json: jsonChunks,
  csv: csvChunks,
}

/** The bytes of the file, in pieces. */
export const floatFile = (format: FloatFormat, picture: FloatPicture): Iterable<Uint8Array | string> =>
  writers[format](picture)

const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

function bytesOf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (little) return bytes
  const view = new DataView(new ArrayBuffer(values.byteLength))
  for (const [index, value] of values.entries()) view.setFloat32(4 * index, value, true)
  return new Uint8Array(view.buffer)
}

const [short, long] = [3, 4]

function* tiffChunks({ height, width, channels, alpha, values }: FloatPicture): Iterable<Uint8Array> {
  check(
    values.byteLength < 2 ** 32 - 1024,
    () => `a TIFF holds 4 GiB at most, this result has ${values.byteLength} bytes. Write .npy instead.`,
  )
  const colours = channels - (alpha ? 1 : 0)
  const directory = 8
  const perChannel = (value: number) => Array<number>(channels).fill(value)
  const entries: [tag: number, type: number, values: number[]][] = [
    [256, long, [width]],
    [257, long, [height]],
    [258, short, perChannel(32)],
    [259, short, [1]],
    [262, short, [colours === 1 ? 1 : 2]],
    [273, long, [0]],
    [277, short, [channels]],
    [278, long, [height]],
    [279, long, [values.byteLength]],
    [284, short, [1]],
    ...(alpha ? ([[338, short, [2]]] as [number, number, number[]][]) : []),
    [339, short, perChannel(3)],
  ]
  // Values of more than 4 bytes stand after the directory, and the samples after them.
  const overflowAt = directory + 2 + 12 * entries.length + 4
  const dataAt = overflowAt + 2 * 2 * channels
  const head = new DataView(new ArrayBuffer(dataAt))
  head.setUint16(0, 0x4949)
  head.setUint16(2, 42, true)
  head.setUint32(4, directory, true)
  head.setUint16(directory, entries.length, true)
  let overflow = overflowAt
  for (const [index, [tag, type, list]] of entries.entries()) {
    const at = directory + 2 + 12 * index
    const width = type === short ? 2 : 4
    const content = tag === 273 ? [dataAt] : list
    head.setUint16(at, tag, true)
    head.setUint16(at + 2, type, true)
    head.setUint32(at + 4, content.length, true)
    const inline = content.length * width <= 4
    const target = inline ? at + 8 : overflow
    if (!inline) {
      head.setUint32(at + 8, overflow, true)
      overflow += content.length * width
    }
    for (const [i, value] of content.entries()) {
      if (type === short) head.setUint16(target + 2 * i, value, true)
      else head.setUint32(target + 4 * i, value, true)
    }
  }
  yield new Uint8Array(head.buffer)
  yield bytesOf(values)
}

function* npyChunks({ height, width, channels, values }: FloatPicture): Iterable<Uint8Array> {
  const shape = channels === 1 ? `(${height}, ${width})` : `(${height}, ${width}, ${channels})`
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`
  const prefix = 10
  const length = Math.ceil((prefix + text.length + 1) / 64) * 64 - prefix
  const head = new Uint8Array(prefix + length)
  head.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8])
  head.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), prefix)
  yield head
  yield bytesOf(values)
}

/** Nine digits tell any two float32 apart. */
const shortest = (value: number): string => String(Number(value.toPrecision(9)) + 0)

function* jsonChunks({ height, width, channels, values }: FloatPicture): Iterable<string> {
  const shape = channels === 1 ? [height, width] : [height, width, channels]
  yield `{"shape":${JSON.stringify(shape)},"data":[`
  for (let row = 0; row < height; row++) {
    const pixels = Array.from({ length: width }, (_, x) => {
      const at = (row * width + x) * channels
      const pixel = Array.from(values.subarray(at, at + channels), shortest)
      return channels === 1 ? pixel[0] : `[${pixel.join(',')}]`
    })
    yield `${row === 0 ? '' : ','}\n[${pixels.join(',')}]`
  }
  yield '\n]}\n'
}

function* csvChunks({ height, width, channels, values }: FloatPicture): Iterable<string> {
  check(
    channels === 1,
    () => `a .csv file holds one channel, this result has ${channels}. Add --gray, or write .npy or .json.`,
  )
  for (let row = 0; row < height; row++) {
    yield `${Array.from(values.subarray(row * width, (row + 1) * width), shortest).join(',')}\n`
  }
}
