// maxPool, averagePool, and how their gradients flow.

import { type PoolSpec, poolWindow } from '../../shapes/pool-spec.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'

interface AxisWindows {
  /** Input indices inside the input, for each output index. */
  readonly inside: readonly (readonly number[])[]
  readonly counted: readonly number[]
}

/** Lifts a pooling of rank 1–3 to three axes by putting axes of size 1 in front. */
function windowsOf(spec: PoolSpec): { windows: AxisWindows[]; input: number[]; output: number[] } {
  const missing = 3 - spec.rank
  const single: AxisWindows = { inside: [[0]], counted: [1] }
  const windows = Array.from({ length: 3 }, (_, lifted): AxisWindows => {
    const axis = lifted - missing
    if (axis < 0) return single
    const all = Array.from({ length: spec.outputSize[axis] }, (_, o) => poolWindow(spec, axis, o))
    const size = spec.inputSize[axis]
    return {
      inside: all.map(({ start, taps, step }) => {
        const first = start >= 0 ? 0 : Math.ceil(-start / step)
        const length = Math.max(0, Math.min(taps, Math.ceil((size - start) / step)) - first)
        return Array.from({ length }, (_, t) => start + (first + t) * step)
      }),
      counted: all.map(({ counted }) => counted),
    }
  })
  const lift = (size: readonly number[]): number[] => [...Array<number>(missing).fill(1), ...size]
  return { windows, input: lift(spec.inputSize), output: lift(spec.outputSize) }
}

/** Calls `visit(first output element, flat spatial input indices, divisor when padding counts)` for every window. */
function forEachWindow(
  spec: PoolSpec,
  visit: (batch: number, output: number, taps: readonly number[], padded: number) => void,
): void {
  const { windows, input, output } = windowsOf(spec)
  let at = 0
  for (let b = 0; b < spec.batch; b++) {
    for (let d = 0; d < output[0]; d++) {
      for (let h = 0; h < output[1]; h++) {
        for (let w = 0; w < output[2]; w++, at += spec.channels) {
          const taps: number[] = []
          for (const z of windows[0].inside[d]) {
            for (const y of windows[1].inside[h])
              for (const x of windows[2].inside[w]) taps.push((z * input[1] + y) * input[2] + x)
          }
          visit(b, at, taps, windows[0].counted[d] * windows[1].counted[h] * windows[2].counted[w])
        }
      }
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
  forEachWindow(pool, (b, at, taps) => {
    for (let c = 0; c < channels; c++) {
      let best = taps[0] ?? 0
      let held = taps.length === 0 ? Number.NEGATIVE_INFINITY : x[(b * size + best) * channels + c]
      for (let t = 1; t < taps.length; t++) {
        const value = x[(b * size + taps[t]) * channels + c]
        if (!Number.isNaN(held) && (Number.isNaN(value) || value > held)) {
          held = value
          best = taps[t]
        }
      }
      values[at + c] = held
      indices[at + c] = best
    }
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
  forEachWindow(pool, (b, at, taps) => {
    if (taps.length === 0) return
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
  forEachWindow(pool, (b, at, taps, padded) => {
    const by = divisorOf(divisor, taps.length, padded)
    for (let c = 0; c < channels; c++) {
      let sum = 0
      for (const tap of taps) sum += x[(b * size + tap) * channels + c]
      y[at + c] = sum / by
    }
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
  forEachWindow(pool, (b, at, taps, padded) => {
    const by = divisorOf(divisor, taps.length, padded)
    for (const tap of taps) {
      for (let c = 0; c < channels; c++) totals[(b * size + tap) * channels + c] += gradient[at + c] / by
    }
  })
  y.set(totals)
}
