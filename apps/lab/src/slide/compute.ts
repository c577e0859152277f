// The view's numbers, by the library. Runs in the worker.

import {
  conv,
  convTranspose,
  currentBackend,
  flip,
  gather,
  keep,
  multiply,
  pad,
  scope,
  type Tensor,
  tensor,
} from 'convoke'
import type { Answered } from '../engine/index.ts'
import { libraryFilter } from './filter-layout.ts'
import { geometryOf, isMisfit, termsOf } from './geometry.ts'
import { inputShape, type SlideState } from './state.ts'
import type { SlideAnswer, SlideQuestion } from './task.ts'

/** The output `[...output, channels]`. Throws `ConvokeError` where the kernel does not fit. */
export function slide(state: SlideQuestion): Tensor {
  return scope(() => {
    const x = tensor(state.input, { shape: inputShape(state as SlideState) })
    const { shape, values } = libraryFilter(state)
    const written = tensor(values, { shape })
    const spatial = state.kernel.map((_, axis) => axis)
    const filter = state.flipped ? flip(written, spatial) : written
    const { stride, dilation, groups, padding, boundary, outputPadding, transposed } = state
    if (transposed) return convTranspose(x, filter, { stride, dilation, groups, padding, outputPadding })
    if (boundary === 'zero') return conv(x, filter, { stride, dilation, groups, padding })
    const framed = pad(x, [...padding, [0, 0]], { mode: boundary })
    return conv(framed, filter, { stride, dilation, groups })
  })
}

/** The products of every window of every channel, `[channels, places, terms]`. */
function productsOf(state: SlideState): Tensor {
  const geometry = geometryOf(state)
  if (isMisfit(geometry)) return tensor([], { shape: [0, 0, 0] })
  return scope(() => {
    // One zero behind the input stands for all that lie around it.
    const x = tensor([...state.input, 0], { shape: [state.input.length + 1] })
    const weights = tensor(state.filter, { shape: [state.filter.length] })
    const list = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
    const channelsOfGroup = state.outputChannels / state.groups
    // Channels of a group see the same.
    const inputs = list(state.groups, (group) =>
      list(geometry.places, (place) =>
        termsOf(state, geometry, place, group * channelsOfGroup).map(({ input }) => input ?? state.input.length),
      ),
    )
    const seen = list(state.outputChannels, (channel) => inputs[Math.floor(channel / channelsOfGroup)])
    const met = list(state.outputChannels, (channel) => [
      termsOf(state, geometry, 0, channel).map(({ weight }) => weight),
    ])
    return multiply(gather(x, seen), gather(weights, met))
  })
}

export async function computeSlide(question: SlideQuestion): Promise<Answered<SlideAnswer>> {
  const state: SlideState = { ...question, place: 0, channel: 0 }
  const [y, products] = scope(() => [keep(slide(question)), keep(productsOf(state))])
  try {
    const [output, parts] = [await y.data(), await products.data()] as Float32Array[]
    const { shape } = y
    const answer = { output, shape, products: parts, backend: currentBackend().name }
    return { answer, transfer: [output.buffer as ArrayBuffer, parts.buffer as ArrayBuffer] }
  } finally {
    y.dispose()
    products.dispose()
  }
}
