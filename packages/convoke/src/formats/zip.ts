// ZIP archives of a few plain files. Definition: APPNOTE.TXT of PKWARE, 6.3: the directory at the end counts.
// fflate packs and unpacks; the directory is read here, for what an archive claims is to be checked before memory is taken for it.

import { inflateSync, zipSync } from 'fflate/browser'
import { ConvokeError, check, withinMemory } from '../shapes/error.ts'
import { innerPath } from './inner-path.ts'
import { quoted } from './names.ts'

export interface ZipEntry {
  readonly name: string
  /** Unpacked. Throws `ConvokeError` where that is not what the directory says. */
  readonly bytes: () => Uint8Array
}

const [endSign, end64Sign, locatorSign, entrySign, localSign] = [
  ...[0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50],
]

/** A byte of deflated data stands for so many at most: 258 in two bits, less what begins and ends a block. */
const mostPacked = 1032

/** Bytes that are unpacked of one archive at most. */
const mostUnpacked = 2 ** 31 - 1

interface Directory {
  readonly at: number
  readonly length: number
  readonly count: number
}

const damaged = (what: string, how: string): ConvokeError =>
  new ConvokeError(
    `${what}: ${how}. The archive was cut short or damaged, or is not a ZIP file; save or download it again.`,
  )

/** A number of 64 bits that must be a place or a size. */
const wide = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

function directoryOf(what: string, view: DataView): Directory {
  // A comment of 65,535 bytes may follow.
  const least = Math.max(0, view.byteLength - 22 - 0xffff)
  let at = view.byteLength - 22
  while (
    at >= least &&
    !(view.getUint32(at, true) === endSign && at + 22 + view.getUint16(at + 20, true) === view.byteLength)
  )
    at--
  if (at < least) throw damaged(what, 'there is no directory at its end')
  const [count, length, start] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ]
  if (count !== 0xffff && length !== 0xffffffff && start !== 0xffffffff) return { at: start, length, count }
  const locator = at - 20
  if (locator < 0 || view.getUint32(locator, true) !== locatorSign) return { at: start, length, count }
  const far = wide(view, locator + 8)
  if (far > view.byteLength - 56 || view.getUint32(far, true) !== end64Sign)
    throw damaged(what, 'its directory is not where the end of the file says')
  return { at: wide(view, far + 48), length: wide(view, far + 40), count: wide(view, far + 32) }
}

interface Item {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly local: number
}

/** What the directory says of one file; sizes and places of 64 bits stand in an extra field, those that do not fit alone. */
function itemAt(what: string, view: DataView, at: number, nameEnd: number, end: number): Item {
  const name = nameOf(what, new Uint8Array(view.buffer, view.byteOffset + at + 46, nameEnd - at - 46))
  const values = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)]
  for (let field = nameEnd; field + 4 <= end; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue
    let place = field + 4
    const fieldEnd = Math.min(end, place + view.getUint16(field + 2, true))
    for (let i = 0; i < 3 && place + 8 <= fieldEnd; i++) {
      if (values[i] !== 0xffffffff) continue
      values[i] = wide(view, place)
      place += 8
    }
  }
  check(
    (view.getUint16(at + 8, true) & 1) === 0,
    () => `${what}: ${quoted(name)} is encrypted. Save the archive again without a password.`,
  )
  const [size, packed, local] = values
  return { name, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true), packed, size, local }
}

function nameOf(what: string, bytes: Uint8Array): string {
  try {
    return innerPath(what, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw damaged(what, 'the name of a file in it is not UTF-8')
  }
}

/**
 * The files in an archive, stored or deflated. Throws `ConvokeError` for names that come twice or lead elsewhere, and for sizes that the
 * archive's bytes cannot have: files that share bytes, or claim more than deflated data can hold.
 */
export function readZip(what: string, bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 22) throw damaged(what, `${bytes.length} bytes are too few for an archive`)
  const directory = directoryOf(what, view)
  if (directory.at + directory.length > bytes.length) throw damaged(what, 'its directory lies beyond its end')
  const items = new Map<string, Item>()
  const stop = directory.at + directory.length
  let at = directory.at
  let [packed, size] = [0, 0]
  for (let i = 0; i < directory.count; i++) {
    if (at + 46 > stop || view.getUint32(at, true) !== entrySign) throw damaged(what, 'its directory ends too early')
    const nameEnd = at + 46 + view.getUint16(at + 28, true)
    const end = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (end > stop) throw damaged(what, 'its directory ends too early')
    const item = itemAt(what, view, at, nameEnd, nameEnd + view.getUint16(at + 30, true))
    check(!items.has(item.name), () => `${what}: there are two files ${quoted(item.name)}. Save the archive again.`)
    checkSizes(what, item)
    items.set(item.name, item)
    packed += item.packed
    size += item.size
    at = end
  }
  check(
    packed <= bytes.length,
    () =>
      `${what}: its files have ${packed} packed bytes, and the archive has ${bytes.length}. They share bytes, as in malicious archives (ZIP bombs).`,
  )
  check(
    size <= mostUnpacked,
    () => `${what}: it would unpack to ${size} bytes; the limit is ${mostUnpacked}. Divide it into smaller archives.`,
  )
  return [...items.values()].map((item) => ({ name: item.name, bytes: () => unpack(what, bytes, view, item) }))
}

function checkSizes(what: string, { name, method, packed, size }: Item): void {
  check(
    method === 0 || method === 8,
    () =>
      `${what}: ${quoted(name)} is packed by method ${method}. Known: 0 (stored) and 8 (deflate). Save the archive again.`,
  )
  check(
    method === 0 ? size === packed : size <= mostPacked * packed,
    () =>
      `${what}: ${quoted(name)} claims to unpack from ${packed} to ${size} bytes, which is impossible. The archive is damaged or malicious.`,
  )
}

function unpack(what: string, bytes: Uint8Array, view: DataView, item: Item): Uint8Array {
  const { name, local, packed, size, crc, method } = item
  const where = `${what}: ${quoted(name)}`
  if (local + 30 > bytes.length || view.getUint32(local, true) !== localSign)
    throw damaged(where, 'it is not where the directory says')
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (start + packed > bytes.length) throw damaged(where, 'it lies beyond the end')
  const data = bytes.subarray(start, start + packed)
  const whole = method === 0 ? data : inflated(where, data, size)
  if (whole.length !== size) throw damaged(where, `it has ${whole.length} bytes, but the directory says ${size}`)
  if (crcOf(whole) !== crc) throw damaged(where, 'its checksum differs from the one in the directory')
  return whole
}

function inflated(where: string, data: Uint8Array, size: number): Uint8Array {
  const out = withinMemory(
    () => `${where} with ${size} bytes`,
    () => new Uint8Array(size),
  )
  try {
    return inflateSync(data, { out })
  } catch (error) {
    throw damaged(where, `it cannot be unpacked (${(error as Error).message})`)
  }
}

/** CRC-32 of a byte alone, by the polynomial of IEEE 802.3. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * 0xedb88320)
  return value
})

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** The first day that an archive can state: the same files give the same bytes. */
const noDate = new Date(1980, 0, 1)

/**
 * An archive of files by their names, which may have folders in them, deflated or stored. The same files give the same bytes.
 *
 * @example
 * formats.writeZip({ 'notes/one.txt': new TextEncoder().encode('one') }, true).length > 0  // true
 */
export const writeZip = (files: Readonly<Record<string, Uint8Array>>, compress: boolean): Uint8Array =>
  zipSync(files, { level: compress ? 6 : 0, mtime: noDate })
