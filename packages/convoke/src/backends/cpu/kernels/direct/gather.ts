// Strided pointwise convolutions: the pixels that are looked at, side by side in scratch. They are few, and where they
// stand they may all fall into one set of the first cache.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { liftAxes } from '../../../../shapes/conv-axes.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { copySteps } from '../copy/copy.ts'
import type { KernelStep } from '../plan.ts'
import { type Geometry, pixelAxis } from './geometry.ts'

export interface GatheredPixels {
  /** Of the pixels in scratch. */
  readonly geometry: Geometry
  readonly bytes: number
  /** The steps that fill buffer `scratch` from buffer 0. */
  readonly stepsTo: (scratch: number) => readonly KernelStep[]
}

/** Vectors of outputs that a pixel must meet for its copy to be of no weight. */
const fewestVectors = 4

/** A distance between pixels, in bytes, that puts many of them into few sets of a cache. */
const awkwardPitch = 1024

/** Null unless a kernel of one tap skips pixels, without padding. */
export function gatherPixels(conv: ConvSpec, target: Target): GatheredPixels | null {
  const { batch, inputChannels: channels, outputChannels, kernel, stride, padding, groups } = conv
  const skips = kernel.every((size) => size === 1) && stride.some((step) => step > 1)
  if (!skips || groups > 1 || padding.flat().some((amount) => amount > 0)) return null
  if (outputChannels < fewestVectors * target.lanes) return null
  const axes = liftAxes(conv)
  const pitch = (channels * 4) % awkwardPitch === 0 ? channels + target.lanes : channels
  const inPixels = (axis: number): number => axes.slice(axis).reduce((product, { input }) => product * input, channels)
  const outPixels = (axis: number): number => axes.slice(axis).reduce((product, { output }) => product * output, pitch)
  const copy = {
    shape: [batch, ...axes.map(({ output }) => output), channels],
    inputOffset: 0,
    inputStrides: [inPixels(0), ...axes.map(({ stride: step }, axis) => step * inPixels(axis + 1)), 1],
    outputOffset: 0,
    outputStrides: [outPixels(0), ...axes.map((_, axis) => outPixels(axis + 1)), 1],
  }
  const count = sizeOf(convShapes(conv).output.slice(0, -1))
  return {
    geometry: {
      axes: [pixelAxis(1), pixelAxis(1), pixelAxis(count)],
      ...{ batch: 1, inputPitch: pitch, outputPitch: outputChannels },
      ...{ steps: channels, inputStep: 4, tapsFollow: false },
    },
    bytes: 4 * count * pitch,
    stepsTo: (scratch) => copySteps(copy, 'float32', target, 0, scratch),
  }
}
