// maxPool, averagePool, and how their gradients flow.

import { type PoolSpec, type PoolWindow, windowInside } from '../../shapes/pool-spec.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'

/** The window of one output: what it reads along each of three axes, inside the input. */
interface Window {
  depth: PoolWindow
  height: PoolWindow
  width: PoolWindow
  readonly input: readonly number[]
  /** Taps that lie inside the input, and those that lie inside the padded input. */
  inside: number
  padded: number
}

/**
 * Calls `visit` with each window, the same object each time, and its first output element. Axes of size 1 stand for those
 * that are not there.
 */
function forEachWindow(spec: PoolSpec, visit: (batch: number, output: number, window: Window) => void): void {
  const missing = 3 - spec.rank
  const single: PoolWindow = { start: 0, taps: 1, step: 1, counted: 1 }
  const windowOf = (lifted: number, o: number): PoolWindow =>
    lifted < missing ? single : windowInside(spec, lifted - missing, o)
  const lift = (size: readonly number[]): number[] => [...Array<number>(missing).fill(1), ...size]
  const [input, output] = [lift(spec.inputSize), lift(spec.outputSize)]
  const window: Window = { depth: single, height: single, width: single, input, inside: 0, padded: 0 }
  let at = 0
  for (let b = 0; b < spec.batch; b++) {
    for (let d = 0; d < output[0]; d++) {
      for (let h = 0; h < output[1]; h++) {
        const [depth, height] = [windowOf(0, d), windowOf(1, h)]
        window.depth = depth
        window.height = height
        for (let w = 0; w < output[2]; w++, at += spec.channels) {
          const width = windowOf(2, w)
          window.width = width
          window.inside = depth.taps * height.taps * width.taps
          window.padded = depth.counted * height.counted * width.counted
          visit(b, at, window)
        }
      }
    }
  }
}

/** Calls `visit` with the flat spatial index of each tap. */
function forEachTap({ depth, height, width, input }: Window, visit: (tap: number) => void): void {
  for (let d = 0; d < depth.taps; d++) {
    const z = (depth.start + d * depth.step) * input[1]
    for (let h = 0; h < height.taps; h++) {
      const row = (z + height.start + h * height.step) * input[2]
      for (let w = 0; w < width.taps; w++) visit(row + width.start + w * width.step)
    }
  }
}

const spatialSize = (spec: PoolSpec): number => spec.inputSize.reduce((size, length) => size * length, 1)

export function maxPool(
  { pool }: KernelSpecs['maxPool'],
  [x]: readonly TypedArray[],
  [values, indices]: readonly TypedArray[],
): void {
  const { channels } = pool
  const size = spatialSize(pool)
  const largest = new Float64Array(channels)
  forEachWindow(pool, (b, at, window) => {
    // The first tap is the answer where nothing exceeds −∞; a window of padding alone has none.
    let seen = false
    values.fill(Number.NEGATIVE_INFINITY, at, at + channels)
    indices.fill(0, at, at + channels)
    forEachTap(window, (tap) => {
      for (let c = 0; c < channels; c++) {
        const value = x[(b * size + tap) * channels + c]
        const held = seen ? largest[c] : Number.NEGATIVE_INFINITY
        if (seen && (Number.isNaN(held) || !(Number.isNaN(value) || value > held))) continue
        largest[c] = value
        values[at + c] = value
        indices[at + c] = tap
      }
      seen = true
    })
  })
}

export function maxPoolGradient(
  { pool }: KernelSpecs['maxPoolGradient'],
  [gradient, indices]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { channels } = pool
  const size = spatialSize(pool)
  const totals = new Float64Array(pool.batch * size * channels)
  forEachWindow(pool, (b, at, { inside }) => {
    if (inside === 0) return
    for (let c = 0; c < channels; c++) totals[(b * size + indices[at + c]) * channels + c] += gradient[at + c]
  })
  y.set(totals)
}

const divisorOf = (divisor: KernelSpecs['averagePool']['divisor'], inside: number, padded: number): number =>
  divisor === 'one' ? 1 : divisor === 'inside' ? Math.max(inside, 1) : Math.max(padded, 1)

export function averagePool(
  { pool, divisor }: KernelSpecs['averagePool'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { channels } = pool
  const size = spatialSize(pool)
  const sums = new Float64Array(channels)
  forEachWindow(pool, (b, at, window) => {
    const by = divisorOf(divisor, window.inside, window.padded)
    sums.fill(0)
    forEachTap(window, (tap) => {
      for (let c = 0; c < channels; c++) sums[c] += x[(b * size + tap) * channels + c]
    })
    for (let c = 0; c < channels; c++) y[at + c] = sums[c] / by
  })
}

export function averagePoolGradient(
  { pool, divisor }: KernelSpecs['averagePoolGradient'],
  [gradient]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { channels } = pool
  const size = spatialSize(pool)
  const totals = new Float64Array(pool.batch * size * channels)
  forEachWindow(pool, (b, at, window) => {
    const by = divisorOf(divisor, window.inside, window.padded)
    forEachTap(window, (tap) => {
      for (let c = 0; c < channels; c++) totals[(b * size + tap) * channels + c] += gradient[at + c] / by
    })
  })
  y.set(totals)
}
