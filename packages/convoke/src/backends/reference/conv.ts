// Convolution, its two adjoints, and im2col with its adjoint: one walk over (input pixel, output pixel, tap), five sums.
//
//   conv                y[o, co]      += x[i, ci] · f[t, ci, co]
//   convTranspose       x[i, ci]      += y[o, co] · f[t, ci, co]
//   convFilterGradient  f[t, ci, co]  += x[i, ci] · y[o, co]
//   unfold              c[o, t, ci]    = x[i, ci]
//   fold                x[i, ci]      += c[o, t, ci]

import { sizeOf } from '../../shapes/broadcast.ts'
import { liftAxes, tapsInside } from '../../shapes/conv-axes.ts'
import { type ConvSpec, convShapes } from '../../shapes/conv-spec.ts'
import type { Epilogue, KernelSpecs, TypedArray } from '../backend.ts'
import { scalarUnary } from './scalar.ts'

/** Visits every pair of an input pixel and an output pixel that a tap connects. Pixels are counted across the batch. */
function forEachTap(spec: ConvSpec, visit: (input: number, output: number, tap: number) => void): void {
  const [depth, height, width] = liftAxes(spec)
  let output = 0
  for (let b = 0; b < spec.batch; b++) {
    for (let od = 0; od < depth.output; od++) {
      const [firstD, endD] = tapsInside(depth, od)
      for (let oh = 0; oh < height.output; oh++) {
        const [firstH, endH] = tapsInside(height, oh)
        if (endD === 0 || endH === 0) {
          output += width.output
          continue
        }
        for (let ow = 0; ow < width.output; ow++, output++) {
          const [firstW, endW] = tapsInside(width, ow)
          for (let kd = firstD; kd < endD; kd++) {
            const plane = b * depth.input + od * depth.stride - depth.before + kd * depth.dilation
            for (let kh = firstH; kh < endH; kh++) {
              const row = plane * height.input + oh * height.stride - height.before + kh * height.dilation
              const start = row * width.input + ow * width.stride - width.before
              const tap = (kd * height.kernel + kh) * width.kernel
              for (let kw = firstW; kw < endW; kw++) visit(start + kw * width.dilation, output, tap + kw)
            }
          }
        }
      }
    }
  }
}

function channelsOf(spec: ConvSpec): {
  inputs: number
  outputs: number
  groups: number
  perGroupIn: number
  perGroupOut: number
} {
  const { inputChannels: inputs, outputChannels: outputs, groups } = spec
  return { inputs, outputs, groups, perGroupIn: inputs / groups, perGroupOut: outputs / groups }
}

/** Adds bias and residual, applies the activation, stores. */
function finish(
  totals: Float64Array,
  epilogue: Epilogue | null,
  extras: readonly TypedArray[],
  channels: number,
  y: TypedArray,
): void {
  if (epilogue !== null) {
    const bias = epilogue.bias ? extras[0] : null
    const residual = epilogue.residual ? extras[extras.length - 1] : null
    const f = epilogue.activation === null ? null : scalarUnary(epilogue.activation.kind, epilogue.activation)
    for (let i = 0; i < totals.length; i++) {
      let value = totals[i]
      if (bias !== null) value += bias[i % channels]
      if (residual !== null) value += residual[i]
      totals[i] = f === null ? value : f(value)
    }
  }
  y.set(totals)
}

export function conv(
  { conv: spec, epilogue }: KernelSpecs['conv'],
  inputs: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const [x, filter, ...extras] = inputs
  const { inputs: ins, outputs: outs, groups, perGroupIn, perGroupOut } = channelsOf(spec)
  const totals = new Float64Array(y.length)
  forEachTap(spec, (input, output, tap) => {
    for (let g = 0; g < groups; g++) {
      const to = output * outs + g * perGroupOut
      for (let ci = 0; ci < perGroupIn; ci++) {
        const value = x[input * ins + g * perGroupIn + ci]
        const from = (tap * perGroupIn + ci) * outs + g * perGroupOut
        for (let co = 0; co < perGroupOut; co++) totals[to + co] += value * filter[from + co]
      }
    }
  })
  finish(totals, epilogue, extras, outs, y)
}

export function convTranspose(
  { conv: spec, epilogue }: KernelSpecs['convTranspose'],
  inputs: readonly TypedArray[],
  [x]: readonly TypedArray[],
): void {
  const [y, filter, ...extras] = inputs
  const { inputs: ins, outputs: outs, groups, perGroupIn, perGroupOut } = channelsOf(spec)
  const totals = new Float64Array(x.length)
  forEachTap(spec, (input, output, tap) => {
    for (let g = 0; g < groups; g++) {
      const from = output * outs + g * perGroupOut
      for (let ci = 0; ci < perGroupIn; ci++) {
        const row = (tap * perGroupIn + ci) * outs + g * perGroupOut
        let sum = 0
        for (let co = 0; co < perGroupOut; co++) sum += y[from + co] * filter[row + co]
        totals[input * ins + g * perGroupIn + ci] += sum
      }
    }
  })
  finish(totals, epilogue, extras, ins, x)
}

export function convFilterGradient(
  { conv: spec }: KernelSpecs['convFilterGradient'],
  [x, y]: readonly TypedArray[],
  [filter]: readonly TypedArray[],
): void {
  const { inputs: ins, outputs: outs, groups, perGroupIn, perGroupOut } = channelsOf(spec)
  const totals = new Float64Array(filter.length)
  forEachTap(spec, (input, output, tap) => {
    for (let g = 0; g < groups; g++) {
      const from = output * outs + g * perGroupOut
      for (let ci = 0; ci < perGroupIn; ci++) {
        const value = x[input * ins + g * perGroupIn + ci]
        const to = (tap * perGroupIn + ci) * outs + g * perGroupOut
        for (let co = 0; co < perGroupOut; co++) totals[to + co] += value * y[from + co]
      }
    }
  })
  filter.set(totals)
}

export function unfold(
  { conv: spec }: KernelSpecs['unfold'],
  [x]: readonly TypedArray[],
  [columns]: readonly TypedArray[],
): void {
  const channels = spec.inputChannels
  const taps = sizeOf(spec.kernel)
  columns.fill(0)
  forEachTap(spec, (input, output, tap) => {
    columns.set(x.subarray(input * channels, (input + 1) * channels), (output * taps + tap) * channels)
  })
}

export function fold(
  { conv: spec }: KernelSpecs['fold'],
  [columns]: readonly TypedArray[],
  [x]: readonly TypedArray[],
): void {
  const channels = spec.inputChannels
  const taps = sizeOf(spec.kernel)
  const totals = new Float64Array(sizeOf(convShapes(spec).input))
  forEachTap(spec, (input, output, tap) => {
    const from = (output * taps + tap) * channels
    for (let c = 0; c < channels; c++) totals[input * channels + c] += columns[from + c]
  })
  x.set(totals)
}
