// Deformable im2col and its gradients (Dai et al. 2017, "Deformable Convolutional Networks"; the mask is that of
// Zhu et al. 2019, "Deformable ConvNets v2"). Each tap reads x at its regular place plus an offset, bilinearly; pixels
// outside the input are 0. Offsets: [batch, outH, outW, offsetGroups · taps · 2] as (dy, dx); mask: without the · 2.

import { sizeOf } from '../../shapes/broadcast.ts'
import type { DeformSpec, TypedArray } from '../backend.ts'

interface Sample {
  /** Index of the pixel at each corner, −1 outside the input: (y0,x0), (y0,x1), (y1,x0), (y1,x1). */
  readonly corners: readonly [number, number, number, number]
  /** Fractions towards y1 and x1. */
  readonly fractionY: number
  readonly fractionX: number
}

/** Visits every sample: the column it fills (of one offset group), its index among the offsets, and where it reads. */
function forEachSample(
  spec: DeformSpec,
  offsets: TypedArray,
  visit: (column: number, at: number, group: number, sample: Sample) => void,
): void {
  const { conv, offsetGroups } = spec
  const [height, width] = conv.inputSize
  const [kernelH, kernelW] = conv.kernel
  const taps = kernelH * kernelW
  const outputs = sizeOf(conv.outputSize)
  for (let pixel = 0; pixel < conv.batch * outputs; pixel++) {
    const b = Math.floor(pixel / outputs)
    const oh = Math.floor((pixel % outputs) / conv.outputSize[1])
    const ow = pixel % conv.outputSize[1]
    for (let group = 0; group < offsetGroups; group++) {
      for (let tap = 0; tap < taps; tap++) {
        const at = (pixel * offsetGroups + group) * taps + tap
        const y =
          oh * conv.stride[0] - conv.padding[0][0] + Math.floor(tap / kernelW) * conv.dilation[0] + offsets[2 * at]
        const x = ow * conv.stride[1] - conv.padding[1][0] + (tap % kernelW) * conv.dilation[1] + offsets[2 * at + 1]
        const [y0, x0] = [Math.floor(y), Math.floor(x)]
        const corner = (row: number, column: number): number =>
          row >= 0 && row < height && column >= 0 && column < width ? (b * height + row) * width + column : -1
        const corners = [corner(y0, x0), corner(y0, x0 + 1), corner(y0 + 1, x0), corner(y0 + 1, x0 + 1)] as const
        visit(pixel * taps + tap, at, group, { corners, fractionY: y - y0, fractionX: x - x0 })
      }
    }
  }
}

const weightsOf = ({ fractionY: fy, fractionX: fx }: Sample): [number, number, number, number] => [
  (1 - fy) * (1 - fx),
  (1 - fy) * fx,
  fy * (1 - fx),
  fy * fx,
]

export function deformUnfold(
  spec: DeformSpec,
  [x, offsets, mask]: readonly TypedArray[],
  [columns]: readonly TypedArray[],
): void {
  const channels = spec.conv.inputChannels
  const perGroup = channels / spec.offsetGroups
  forEachSample(spec, offsets, (column, at, group, sample) => {
    const weights = weightsOf(sample)
    const scale = spec.masked ? mask[at] : 1
    for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
      let value = 0
      for (let n = 0; n < 4; n++) if (sample.corners[n] >= 0) value += weights[n] * x[sample.corners[n] * channels + c]
      columns[column * channels + c] = scale * value
    }
  })
}

export function deformUnfoldGradient(
  spec: DeformSpec,
  [gradient, x, offsets, mask]: readonly TypedArray[],
  [xGradient, offsetGradient, maskGradient]: readonly TypedArray[],
): void {
  const channels = spec.conv.inputChannels
  const perGroup = channels / spec.offsetGroups
  const totals = new Float64Array(xGradient.length)
  forEachSample(spec, offsets, (column, at, group, sample) => {
    const weights = weightsOf(sample)
    const { fractionY: fy, fractionX: fx } = sample
    // Derivatives of the four weights along y and x.
    const alongY = [fx - 1, -fx, 1 - fx, fx]
    const alongX = [fy - 1, 1 - fy, -fy, fy]
    const scale = spec.masked ? mask[at] : 1
    let [dy, dx, dMask] = [0, 0, 0]
    for (let c = group * perGroup; c < (group + 1) * perGroup; c++) {
      const g = gradient[column * channels + c]
      for (let n = 0; n < 4; n++) {
        if (sample.corners[n] < 0) continue
        const at = sample.corners[n] * channels + c
        totals[at] += g * scale * weights[n]
        dy += g * scale * alongY[n] * x[at]
        dx += g * scale * alongX[n] * x[at]
        dMask += g * weights[n] * x[at]
      }
    }
    offsetGradient[2 * at] = dy
    offsetGradient[2 * at + 1] = dx
    if (spec.masked) maskGradient[at] = dMask
  })
  xGradient.set(totals)
}
