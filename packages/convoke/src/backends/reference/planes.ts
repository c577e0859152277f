// toPlanes, fromPlanes, extremes.

import type { KernelSpecs, TypedArray } from '../backend.ts'

export function toPlanes(
  { channels }: KernelSpecs['toPlanes'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const pixels = x.length / channels
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < pixels; p++) y[c * pixels + p] = x[p * channels + c]
  }
}

export function fromPlanes(
  { channels, absolute, scale, offset, most, whole }: KernelSpecs['fromPlanes'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const pixels = x.length / channels
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < pixels; p++) {
      const value = x[c * pixels + p]
      let stored = scale * (absolute ? Math.abs(value) : value) + offset
      if (most !== null) stored = stored > 0 ? Math.min(stored, most) : 0
      y[p * channels + c] = whole ? Math.round(stored) : stored
    }
  }
}

export function extremes(_: KernelSpecs['extremes'], [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < x.length; i++) {
    if (x[i] < least || Number.isNaN(x[i])) least = x[i]
    if (x[i] > greatest || Number.isNaN(x[i])) greatest = x[i]
  }
  y[0] = least
  y[1] = greatest
}
