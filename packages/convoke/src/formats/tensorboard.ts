// TensorBoard event files: records framed with masked CRC-32C, each an `Event` protocol buffer.
// Definitions: tensorflow/core/lib/io/record_writer.h and tensorflow/core/util/event.proto.

/** Event { wall_time = 1: double, step = 2: int64, file_version = 3: string, summary = 5: Summary }. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly time: number
  /** The training step that the values belong to. */
  readonly step: number
  /** Values by tag: `train/loss`. */
  readonly values: Readonly<Record<string, number>>
}

/** The first record of every event file. */
export const eventFileStart = (time: number): Uint8Array =>
  framed([...double(1, time), ...bytesField(3, utf8('brain.Event:2'))])

/** A record that adds one point to each of some curves. Append it to the file. */
export function encodeScalars({ time, step, values }: ScalarEvent): Uint8Array {
  const summary = Object.entries(values).flatMap(([tag, value]) =>
    // Summary.Value { tag = 1: string, simple_value = 2: float }
    bytesField(1, [...bytesField(1, utf8(tag)), ...float(2, value)]),
  )
  return framed([...double(1, time), ...varintField(2, step), ...bytesField(5, summary)])
}

const utf8 = (text: string): readonly number[] => Array.from(new TextEncoder().encode(text))

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}

const varintField = (field: number, value: number): number[] => [field << 3, ...varint(value)]

const bytesField = (field: number, bytes: readonly number[]): number[] => [
  (field << 3) | 2,
  ...varint(bytes.length),
  ...bytes,
]

const double = (field: number, value: number): number[] => [
  (field << 3) | 1,
  ...fixed(8, (view) => view.setFloat64(0, value, true)),
]

const float = (field: number, value: number): number[] => [
  (field << 3) | 5,
  ...fixed(4, (view) => view.setFloat32(0, value, true)),
]

function fixed(length: number, put: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length)
  put(new DataView(bytes.buffer))
  return bytes
}

/** Length, its checksum, the data, its checksum. */
function framed(data: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length, true)
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true)
  bytes.set(data, 12)
  view.setUint32(12 + data.length, maskedCrc(bytes.subarray(12, 12 + data.length)), true)
  return bytes
}

/** The length of the record that begins at `at`; null where its framing is cut short or damaged. */
export function checkedLength(bytes: Uint8Array, at: number): number | null {
  if (bytes.length - at < 16) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(at, true))
  return view.getUint32(at + 8, true) === maskedCrc(bytes.subarray(at, at + 8)) ? length : null
}

/** CRC-32C (Castagnoli) by table, reflected polynomial 0x82f63b78. */
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

/** CRC-32C of the bytes (Castagnoli et al. 1993), as TFRecord files hold it. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = table[(value ^ byte) & 0xff] ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}

/** Rotated and offset, so that checksums of data that holds checksums stay strong. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
