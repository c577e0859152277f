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
