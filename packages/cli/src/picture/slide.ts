// The library behind the strips: one call of `correlate` a strip, on the backend that is current.

import { correlate, scope, tensor } from 'convoke'
import type { Matrix } from '../gallery/gallery-kernel.ts'
import { separate } from '../kernel/separate.ts'
import type { Slide } from './filter.ts'

export const slide: Slide = async (values, shape, kernel, stride, dilation) => {
  const result = scope(() => correlate(tensor(values, { shape }), kernelTensors(kernel), { stride, dilation }))
  try {
    return (await result.data()) as Float32Array
  } finally {
    result.dispose()
  }
}

function kernelTensors(kernel: Matrix) {
  const halves = separate(kernel)
  if (halves === undefined) return tensor(kernel.map((row) => [...row]))
  return [tensor([...halves.column]), tensor([...halves.row])]
}
