// The library behind the strips: one call of `correlate` a strip, on the backend that is current.

import { correlate, scope, tensor } from 'convoke'
import type { Slide } from './filter.ts'

export const slide: Slide = async (values, shape, kernel, stride, dilation) => {
  const result = scope(() => {
    const rows = kernel.map((row) => [...row])
    return correlate(tensor(values, { shape }), tensor(rows), { stride, dilation })
  })
  try {
    return (await result.data()) as Float32Array
  } finally {
    result.dispose()
  }
}
