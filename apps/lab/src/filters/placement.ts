// Where a kernel lies on a pixel.

import type { PaddingPair } from 'convoke/shapes'

/** As large as the input at stride 1, the middle of the kernel on the pixel; of an even side the later of the two middles. */
export const centred = (sides: readonly number[]): PaddingPair[] =>
  sides.map((side) => [Math.floor(side / 2), side - 1 - Math.floor(side / 2)])
