// What lies outside an axis. With 1234 and two elements on each side:
//
//   zero  00|1234|00     reflect  21|1234|43     mirror  32|1234|32     edge  11|1234|44     wrap  34|1234|12
//
// The names are those of scipy.ndimage. numpy.pad and ONNX call `mirror` "reflect", and `reflect` "symmetric".

/** How an axis continues beyond its ends. */
export type Extension = 'reflect' | 'mirror' | 'edge' | 'wrap'

/** What `convolve` and its kin read outside the input: zeros, or the input continued beyond its ends. */
export type Boundary = 'zero' | Extension

/** Which element of an axis of `size` stands at position `i`, which may lie outside. */
export function sourceIndex(mode: Extension, i: number, size: number): number {
  const modulo = (period: number): number => ((i % period) + period) % period
  if (mode === 'edge') return Math.min(size - 1, Math.max(0, i))
  if (mode === 'wrap') return modulo(size)
  if (mode === 'reflect') {
    const at = modulo(2 * size)
    return at < size ? at : 2 * size - 1 - at
  }
  if (size === 1) return 0
  const at = modulo(2 * size - 2)
  return at < size ? at : 2 * size - 2 - at
}

/** The same with a boundary of zeros: undefined where a zero stands. */
export function elementAt(boundary: Boundary, i: number, size: number): number | undefined {
  if (i >= 0 && i < size) return i
  return boundary === 'zero' ? undefined : sourceIndex(boundary, i, size)
}
