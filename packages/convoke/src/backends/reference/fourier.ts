// Discrete Fourier transforms over any axes in float64. Complex values are pairs along a last axis that shapes do not name.

import { sizeOf } from '../../shapes/broadcast.ts'
import { halvedLength, halvedShape } from '../../shapes/spectrum.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'
import { complexLine, lineTransform } from './fourier-line.ts'

/** Calls `visit` with the first element of each line along `axis` and the distance between its elements. */
function eachLine(shape: readonly number[], axis: number, visit: (start: number, step: number) => void): void {
  const [inner, length] = [sizeOf(shape.slice(axis + 1)), shape[axis]]
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    for (let i = 0; i < inner; i++) visit(outer * length * inner + i, inner)
  }
}

/** Transforms every line of `values`, pairs of `shape`, along `axes`, in place. */
function transformAxes(
  values: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  inverse: boolean,
): void {
  for (const axis of axes) {
    const length = shape[axis]
    if (length === 1) continue
    const [line, transform] = [complexLine(length), lineTransform(length)]
    eachLine(shape, axis, (start, step) => {
      for (let j = 0; j < length; j++) {
        line.re[j] = values[2 * (start + j * step)]
        line.im[j] = values[2 * (start + j * step) + 1]
      }
      transform(line, inverse)
      for (let j = 0; j < length; j++) {
        values[2 * (start + j * step)] = line.re[j]
        values[2 * (start + j * step) + 1] = line.im[j]
      }
    })
  }
}

function scaled(values: ArrayLike<number>, scale: number, into: TypedArray): void {
  for (let i = 0; i < into.length; i++) into[i] = values[i] * scale
}

export function fft(
  { shape, axes, inverse, scale }: KernelSpecs['fft'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const values = Float64Array.from(x)
  transformAxes(values, shape, axes, inverse)
  scaled(values, scale, y)
}

export function rfft(
  { shape, axes, scale }: KernelSpecs['rfft'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const last = axes[axes.length - 1]
  const [length, kept] = [shape[last], halvedLength(shape[last])]
  const half = halvedShape(shape, axes)
  const values = new Float64Array(2 * sizeOf(half))
  const [line, transform] = [complexLine(length), lineTransform(length)]
  const starts: number[] = []
  eachLine(half, last, (start) => starts.push(start))
  let next = 0
  eachLine(shape, last, (start, step) => {
    for (let j = 0; j < length; j++) line.re[j] = x[start + j * step]
    line.im.fill(0)
    transform(line, false)
    const to = starts[next++]
    for (let k = 0; k < kept; k++) {
      values[2 * (to + k * step)] = line.re[k]
      values[2 * (to + k * step) + 1] = line.im[k]
    }
  })
  transformAxes(values, half, axes.slice(0, -1), false)
  scaled(values, scale, y)
}

export function irfft(
  { shape, axes, scale }: KernelSpecs['irfft'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const last = axes[axes.length - 1]
  const [length, kept] = [shape[last], halvedLength(shape[last])]
  const half = halvedShape(shape, axes)
  const values = Float64Array.from(x)
  transformAxes(values, half, axes.slice(0, -1), true)
  const [line, transform] = [complexLine(length), lineTransform(length)]
  const starts: number[] = []
  eachLine(half, last, (start) => starts.push(start))
  let next = 0
  eachLine(shape, last, (start, step) => {
    const from = starts[next++]
    for (let k = 0; k < kept; k++) {
      const [re, im] = [values[2 * (from + k * step)], values[2 * (from + k * step) + 1]]
      // These are their own mirror images: real, in the spectrum of real values.
      const own = k === 0 || 2 * k === length
      line.re[k] = re
      line.im[k] = own ? 0 : im
      if (own) continue
      line.re[length - k] = re
      line.im[length - k] = -im
    }
    transform(line, true)
    for (let j = 0; j < length; j++) y[start + j * step] = line.re[j] * scale
  })
}
