// The filter as the library takes it.

import { filterShape, indicesOf, offsetOf, type SlideState } from './state.ts'

export interface Filter {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/**
 * `[...kernel, in / groups, out]`, as a convolution takes it; for a transposed one `[...kernel, out / groups, in]`, in which
 * the weight from channel to channel is the same.
 */
export function libraryFilter(state: Omit<SlideState, 'place' | 'channel'>): Filter {
  const shape = filterShape(state as SlideState)
  if (!state.transposed) return { shape, values: state.filter }
  const { kernel, groups, inputChannels, outputChannels } = state
  const [inputs, outputs] = [inputChannels / groups, outputChannels / groups]
  const target = [...kernel, outputs, inputChannels]
  const values = indicesOf(target).map((index) => {
    const tap = index.slice(0, kernel.length)
    const [output, input] = index.slice(kernel.length)
    const group = Math.floor(input / inputs)
    return state.filter[offsetOf([...tap, input % inputs, group * outputs + output], shape)]
  })
  return { shape: target, values }
}
