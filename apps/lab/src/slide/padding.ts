// Paddings that have a name.

import { extentOf, type PaddingPair } from 'convoke/shapes'
import { limits, type SlideState } from './state.ts'

export type PaddingKind = 'none' | 'same' | 'full'

/**
 * `same`: as many outputs as inputs at stride 1, an odd element after, as TensorFlow does; `full`: every window that touches the
 * input. Undefined where that takes more padding than the view shows.
 */
export function paddingOf(state: SlideState, kind: PaddingKind): readonly PaddingPair[] | undefined {
  const pairs = state.kernel.map((taps, axis): PaddingPair => {
    const reach = extentOf(taps, state.dilation[axis]) - 1
    if (kind === 'none') return [0, 0]
    if (kind === 'full') return [reach, reach]
    return [Math.floor(reach / 2), Math.ceil(reach / 2)]
  })
  return pairs.flat().every((width) => width <= limits.padding.most) ? pairs : undefined
}

/** Which of the names the padding goes by; `own` for none. */
export function paddingKindOf(state: SlideState): PaddingKind | 'own' {
  const kinds: readonly PaddingKind[] = ['none', 'same', 'full']
  return kinds.find((kind) => paddingOf(state, kind)?.flat().join() === state.padding.flat().join()) ?? 'own'
}
