// The compression of a TIFF, which decoders do not tell: TIFF 6.0, section 2, and its large form, BigTIFF.

/** The tag of the compression. */
const compressionTag = 259

/** Compressions that change values: JPEG in its old and new form, JPEG 2000 (three of Aperio's), WebP, JPEG XL. */
export const lossyCompressions: readonly number[] = [6, 7, 33003, 33004, 33005, 34712, 50001, 50002, 52546]

/** The compression of the first picture in a TIFF, 1 for none; null for what is no TIFF, or cut short. */
export function tiffCompression(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const little = view.getUint16(0) === 0x4949
    if (!little && view.getUint16(0) !== 0x4d4d) return null
    const version = view.getUint16(2, little)
    if (version !== 42 && version !== 43) return null
    const isBig = version === 43
    const place = (at: number): number => (isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
    const start = place(isBig ? 8 : 4)
    const count = isBig ? place(start) : view.getUint16(start, little)
    const [first, size] = isBig ? [start + 8, 20] : [start + 2, 12]
    for (let at = first; at < first + count * size; at += size)
      if (view.getUint16(at, little) === compressionTag) return view.getUint16(at + (isBig ? 12 : 8), little)
    return 1
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
