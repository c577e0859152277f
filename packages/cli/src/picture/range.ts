// From filtered values, which may lie anywhere, to what a picture file holds.
//
//   clip    values below black and above white are cut off
//   abs     the same for absolute values
//   auto    clip, unless results are signed: then 0 becomes middle grey and the largest |value| reaches black or white;
//           magnitudes: the largest becomes white
//   none    nothing is changed; only formats that hold floats can take it

export type Range = 'auto' | 'clip' | 'abs' | 'none'
export const ranges: readonly Range[] = ['auto', 'clip', 'abs', 'none']

/** What `auto` comes to for one filter. */
export type Mapping = 'clip' | 'abs' | 'none' | 'signed' | 'magnitude'

export function mappingOf(range: Range, kind: { signed: boolean; magnitude: boolean; floats: boolean }): Mapping {
  if (range !== 'auto') return range
  if (kind.floats) return 'none'
  if (kind.magnitude) return 'magnitude'
  return kind.signed ? 'signed' : 'clip'
}

/** Whether the largest |value| of the whole result must be known first. */
export const needsPeak = (mapping: Mapping): boolean => mapping === 'signed' || mapping === 'magnitude'

export type Bound = 'black' | 'white'

export interface Written {
  /** The sample that is white in the units of the results: 255, 65535, or 1 in linear light. */
  readonly white: number
  readonly linear: boolean
  /** The largest sample of the file; null where it holds floats. */
  readonly largest: number | null
}

/** Slopes of sRGB's transfer function at black and at white. */
const slopes = { black: 12.92, white: 1.055 / 2.4 } as const

/** What results between `least` and `most` were cut off at. What rounding to the file's samples undoes is not cut off. */
export function clippedAt(mapping: Mapping, least: number, most: number, { white, linear, largest }: Written): Bound[] {
  if (mapping !== 'clip' && mapping !== 'abs') return []
  const slack = (bound: Bound): number =>
    largest === null ? 1e-6 * white : (0.5 * white) / largest / (linear ? slopes[bound] : 1)
  const highest = mapping === 'abs' ? Math.max(-least, most) : most
  return [
    ...(mapping === 'clip' && least < -slack('black') ? (['black'] as const) : []),
    ...(highest >= white + slack('white') ? (['white'] as const) : []),
  ]
}
