// What lies beyond the edge of a picture, by the names of scipy.ndimage and NumPy:
//
//   zero     0 0 0 | a b c d | 0 0 0
//   reflect  c b a | a b c d | d c b
//   mirror   d c b | a b c d | c b a
//   edge     a a a | a b c d | d d d
//   wrap     b c d | a b c d | a b c

export type Boundary = 'zero' | 'reflect' | 'mirror' | 'edge' | 'wrap'

export const boundaries: readonly Boundary[] = ['reflect', 'zero', 'mirror', 'edge', 'wrap']

const modulo = (value: number, period: number): number => ((value % period) + period) % period

/** The position inside `0 … size − 1` whose value stands at `position`; −1 where that is zero. */
export function insideOf(position: number, size: number, boundary: Boundary): number {
  if (position >= 0 && position < size) return position
  switch (boundary) {
    case 'zero':
      return -1
    case 'edge':
      return position < 0 ? 0 : size - 1
    case 'wrap':
      return modulo(position, size)
    case 'reflect': {
      const folded = modulo(position, 2 * size)
      return folded < size ? folded : 2 * size - 1 - folded
    }
    case 'mirror': {
      if (size === 1) return 0
      const folded = modulo(position, 2 * (size - 1))
      return folded < size ? folded : 2 * (size - 1) - folded
    }
  }
}
