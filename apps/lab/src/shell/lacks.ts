// What the browser or the host lacks: everything works without it, only more slowly.

export type Lack = 'simd' | 'isolation'

/** A module with one function that splats and counts bits: valid where there is SIMD. */
const simdModule = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3],
  ...[2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
]

export const lacks: readonly Lack[] = [
  ...(typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(simdModule)) ? [] : ['simd' as const]),
  ...(crossOriginIsolated ? [] : ['isolation' as const]),
]
