// Every channel with the same kernel, and what lies outside by a rule:
//
//   y[o, c] = Σ_t x[o − before + t·dilation, c] · k[t]        turned: k[last − t]

import { elementAt } from '../../shapes/boundary.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { type Axis, liftAxes } from '../../shapes/conv-axes.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'

/** The taps of kernels of one axis each, multiplied out. */
const outer = (factors: readonly TypedArray[]): number[] =>
  factors.reduce<number[]>(
    (taps, factor) => taps.flatMap((tap) => Array.from(factor, (value: number) => tap * value)),
    [1],
  )

export function correlate(
  { conv, boundary, factors, turned }: KernelSpecs['correlate'],
  [x, ...kernels]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const [depth, height, width] = liftAxes(conv)
  const given = factors ? outer(kernels) : Array.from(kernels[0])
  const kernel = turned ? given.reverse() : given
  const channels = conv.inputChannels
  const image = sizeOf(conv.inputSize) * channels
  const at = (axis: Axis, output: number, tap: number): number | undefined =>
    elementAt(boundary, output - axis.before + tap * axis.dilation, axis.input)
  /** Where tap t of the window reads, in pixels of its image; undefined where zeros stand. */
  const pixelOf = (od: number, oh: number, ow: number, t: number): number | undefined => {
    const d = at(depth, od, Math.floor(t / (height.kernel * width.kernel)))
    const h = at(height, oh, Math.floor(t / width.kernel) % height.kernel)
    const w = at(width, ow, t % width.kernel)
    return d === undefined || h === undefined || w === undefined ? undefined : (d * height.input + h) * width.input + w
  }
  let output = 0
  for (let b = 0; b < conv.batch; b++) {
    for (let od = 0; od < depth.output; od++) {
      for (let oh = 0; oh < height.output; oh++) {
        for (let ow = 0; ow < width.output; ow++) {
          const pixels = Array.from({ length: kernel.length }, (_, t) => pixelOf(od, oh, ow, t))
          for (let c = 0; c < channels; c++, output++) {
            let sum = 0
            pixels.forEach((pixel, t) => {
              sum += kernel[t] * (pixel === undefined ? 0 : x[b * image + pixel * channels + c])
            })
            y[output] = sum
          }
        }
      }
    }
  }
}
