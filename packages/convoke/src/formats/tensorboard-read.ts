// Reads TensorBoard event files back: as many whole records as there are.

import { checkedLength, maskedCrc } from './tensorboard.ts'

export interface EventRecord {
  /** Its bytes, framing included. */
  readonly bytes: Uint8Array
  /** 0 where the record does not say, as the first one of a file. */
  readonly step: number
}

/** The records before the first one that is cut short or damaged. */
export function eventRecords(bytes: Uint8Array): EventRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: EventRecord[] = []
  for (let at = 0; ; ) {
    const length = checkedLength(bytes, at)
    if (length === null || length > bytes.length - at - 16) return records
    const data = bytes.subarray(at + 12, at + 12 + length)
    if (view.getUint32(at + 12 + length, true) !== maskedCrc(data)) return records
    records.push({ bytes: bytes.subarray(at, at + 16 + length), step: stepOf(data) })
    at += 16 + length
  }
}

/** Field 2 of the Event; 0 where there is none, or where the message is not one. */
function stepOf(data: Uint8Array): number {
  let at = 0
  const varint = (): number => {
    let [value, scale] = [0, 1]
    while (at < data.length) {
      const byte = data[at++]
      value += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < data.length) {
    const tag = varint()
    if (tag === 2 << 3) return varint() || 0
    const kind = tag % 8
    if (kind === 0) varint()
    else if (kind === 1) at += 8
    else if (kind === 5) at += 4
    else if (kind === 2) {
      const length = varint()
      if (Number.isNaN(length)) return 0
      at += length
    } else return 0
  }
  return 0
}
