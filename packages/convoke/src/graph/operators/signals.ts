// Spectra, windows, and what is told by numbers that are read: determinants, the distinct elements of a tensor. Definitions: ONNX DFT,
// STFT, HannWindow, HammingWindow, BlackmanWindow, MelWeightMatrix, Det and Unique.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { fromData, numbers } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { dtypeOf } from '../element-type.ts'
import { Value } from '../value.ts'
import { elementTypes } from './elementwise.ts'
import { wholeNumbers } from './shapes.ts'

/** Windows, frames and matrices with more numbers are refused. */
const most = 2 ** 26

/** The last axis holds a real part, or a real and an imaginary one. */
function complex(call: Call, x: Tensor): { readonly real: Tensor | null; readonly both: () => Tensor } {
  const parts = x.shape[x.rank - 1]
  call.require(
    x.rank >= 2 && (parts === 1 || parts === 2),
    () => `the last axis of [${x.shape}] must hold 1 or 2 numbers.`,
  )
  if (parts === 2) return { real: null, both: () => x }
  return { real: ops.squeeze(x, x.rank - 1), both: () => ops.concat([x, ops.multiply(x, 0)], x.rank - 1) }
}

interface Transform {
  readonly axis: number
  readonly length: number
  readonly inverse: boolean
  readonly onesided: boolean
}

function transformed(call: Call, x: Tensor, { axis, length, inverse, onesided }: Transform): Tensor {
  call.require(
    length >= 1 && length <= most,
    () => `a transform of length ${length} is not known; it must be 1 to ${most}.`,
  )
  const { real, both } = complex(call, x)
  const options = { axes: axis, sizes: length }
  if (inverse) return onesided ? ops.expandDims(ops.irfft(both(), options), x.rank - 1) : ops.ifft(both(), options)
  if (real !== null && onesided) return ops.rfft(real, options)
  const whole = ops.fft(both(), options)
  return onesided
    ? ops.slice(
        whole,
        whole.shape.map((_, i) => (i === axis ? { stop: Math.floor(length / 2) + 1 } : {})),
      )
    : whole
}

function dft(call: Call): Value {
  const x = call.value(0)
  const given = call.version >= 20 ? (call.numbers(2)?.[0] ?? -2) : call.int('axis', 1)
  const axis = call.axis(given, x.rank)
  call.require(
    axis < x.rank - 1,
    () => `axis ${given} of ${x} holds real and imaginary parts; it cannot be transformed.`,
  )
  const [inverse, onesided] = [call.flag('inverse'), call.flag('onesided')]
  const size = x.shape[axis]
  const length = call.numbers(1)?.[0] ?? (inverse && onesided ? 2 * (size - 1) : size)
  return Value.of(transformed(call, x.plain, { axis, length, inverse, onesided }), x.type)
}

/** Transforms of stretches of a signal `[batch, length, parts]`, `[batch, frames, bins, 2]`. */
function stft(call: Call): Value {
  const [x, window] = [call.value(0), call.optional(2)]
  const step = call.numbers(1)?.[0] ?? 0
  call.require(
    x.rank === 3 && step >= 1,
    () => `the signal ${x} must be [batch, length, parts], the step ${step} 1 or more.`,
  )
  const size = x.shape[1]
  const length = call.numbers(3)?.[0] ?? window?.size ?? size
  const width = window?.size ?? length
  call.require(
    length >= 1 && length <= size && width <= length,
    () => `frames of ${length} and a window of ${width} do not fit a signal of ${size}.`,
  )
  const frames = 1 + Math.floor((size - length) / step)
  call.require(frames * width <= most, () => `${frames} frames of ${width} are more than ${most} numbers.`)
  const places = Int32Array.from({ length: frames * width }, (_, i) => Math.floor(i / width) * step + (i % width))
  const cut = ops.gather(x.plain, fromData(places, [frames, width], 'int32'), { axis: 1 })
  const weighed = window === null ? cut : ops.multiply(cut, ops.reshape(window.plain, [width, 1]))
  const onesided = call.flag('onesided', true)
  return Value.of(transformed(call, weighed, { axis: 2, length, inverse: false, onesided }), x.type)
}

/** A sum of cosines: a₀ − a₁·cos(2πn/N) + a₂·cos(4πn/N). */
const window =
  (a0: number, a1: number, a2: number): Operator =>
  (call: Call) => {
    const size = call.numbers(0)?.[0] ?? 0
    call.require(size >= 0 && size <= most, () => `a window of ${size} cannot be made.`)
    const type = elementTypes[call.int('output_datatype', 1)] ?? call.refuse('output_datatype is not known.')
    const period = call.flag('periodic', true) ? size : size - 1
    const at = (n: number): number => {
      const turn = (2 * Math.PI * n) / period
      return a0 - a1 * Math.cos(turn) + a2 * Math.cos(2 * turn)
    }
    return Value.of(fromData(numbers('window', size, period === 0 ? () => 1 : at), [size], dtypeOf(type)), type)
  }

/** Triangles that overlap, evenly on the mel scale: `[spectrum bins, mel bins]`. */
function melWeightMatrix(call: Call): Value {
  const [count, length, rate, low, high] = [0, 1, 2, 3, 4].map((i) => call.numbers(i)?.[0] ?? 0)
  call.require(
    count >= 1 && length >= 1 && rate > 0 && low >= 0 && high >= low,
    () => `${count} bins from ${low} to ${high} Hz at ${rate} samples per second are not possible.`,
  )
  const bins = Math.floor(length / 2) + 1
  call.require(bins * count <= most, () => `a matrix of ${bins} by ${count} cannot be made.`)
  const mel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700)
  const step = (mel(high) - mel(low)) / (count + 2)
  const edges = numbers('MelWeightMatrix', count + 2, (i) => {
    const hertz = 700 * (10 ** ((i * step + mel(low)) / 2595) - 1)
    return Math.floor(((length + 1) * hertz) / rate)
  })
  const matrix = new Float64Array(bins * count)
  const put = (bin: number, column: number, weight: number): void => {
    if (bin >= 0 && bin < bins) matrix[bin * count + column] = weight
  }
  for (let i = 0; i < count; i++) {
    const [left, centre, right] = [edges[i], edges[i + 1], edges[i + 2]]
    if (left === centre) put(centre, i, 1)
    else for (let j = left; j <= Math.min(centre, bins); j++) put(j, i, (j - left) / (centre - left))
    for (let j = centre; j < Math.min(right, bins); j++) put(j, i, (right - j) / (right - centre))
  }
  const type = elementTypes[call.int('output_datatype', 1)] ?? call.refuse('output_datatype is not known.')
  return Value.of(fromData(matrix, [bins, count], dtypeOf(type)), type)
}

/** Gaussian elimination with the largest pivot first, in float64. */
function determinant(matrix: Float64Array, n: number): number {
  let result = 1
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(matrix[row * n + column]) > Math.abs(matrix[pivot * n + column])) pivot = row
    }
    const top = matrix[pivot * n + column]
    if (top === 0) return 0
    result *= pivot === column ? top : -top
    for (let k = 0; k < n && pivot !== column; k++) {
      const held = matrix[column * n + k]
      matrix[column * n + k] = matrix[pivot * n + k]
      matrix[pivot * n + k] = held
    }
    for (let row = column + 1; row < n; row++) {
      const factor = matrix[row * n + column] / top
      for (let k = column; k < n; k++) matrix[row * n + k] -= factor * matrix[column * n + k]
    }
  }
  return result
}

function det(call: Call): Value {
  const x = call.value(0)
  const n = x.shape[x.rank - 1]
  call.require(x.rank >= 2 && x.shape[x.rank - 2] === n, () => `the matrices ${x} must be square.`)
  const shape = x.shape.slice(0, -2)
  const all = Float64Array.from(x.numbers())
  const found = numbers('Det', sizeOf(shape), (i) => determinant(all.slice(i * n * n, (i + 1) * n * n), n))
  return Value.of(fromData(found, shape, dtypeOf(x.type)), x.type)
}

/** Not a number is larger than any, and equal to itself. */
function compared(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    if (Number.isNaN(x) || Number.isNaN(y)) {
      if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1
    } else if (x !== y) return x - y
  }
  return 0
}

/** Distinct elements, or distinct slices of an axis. */
function unique(call: Call): Value[] {
  const x = call.value(0)
  const axis = call.has('axis') ? call.axis(call.int('axis'), x.rank) : null
  const t = axis === null ? ops.reshape(x.plain, [-1]) : x.plain
  const along = axis ?? 0
  const count = t.shape[along]
  const after = sizeOf(t.shape.slice(along + 1))
  const each = count === 0 ? 0 : t.size / count
  const all = t.dataSync()
  const slice = (i: number): number[] =>
    Array.from({ length: each }, (_, j) => all[(Math.floor(j / after) * count + i) * after + (j % after)])
  const groups = new Map<string, number>()
  const firsts: number[] = []
  const counts: number[] = []
  const members: number[] = []
  for (let i = 0; i < count; i++) {
    const key = slice(i).join()
    const known = groups.get(key) ?? firsts.length
    if (known === firsts.length) {
      groups.set(key, known)
      firsts.push(i)
      counts.push(0)
    }
    counts[known]++
    members.push(known)
  }
  const order = firsts.map((_, group) => group)
  if (call.flag('sorted', true)) {
    const slices = firsts.map(slice)
    order.sort((a, b) => compared(slices[a], slices[b]))
  }
  const places: number[] = []
  order.forEach((group, place) => {
    places[group] = place
  })
  const kept = order.map((group) => firsts[group])
  return [
    Value.of(ops.gather(t, fromData(kept, [kept.length], 'int32'), { axis: along }), x.type),
    wholeNumbers(kept),
    wholeNumbers(members.map((group) => places[group])),
    wholeNumbers(order.map((group) => counts[group])),
  ]
}

export const signals: Readonly<Record<string, Operator>> = {
  ...{ DFT: dft, STFT: stft, MelWeightMatrix: melWeightMatrix, Det: det, Unique: unique },
  ...{
    HannWindow: window(0.5, 0.5, 0),
    HammingWindow: window(25 / 46, 21 / 46, 0),
    BlackmanWindow: window(0.42, 0.5, 0.08),
  },
}
