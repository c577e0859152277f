// Single elements of a convolution and of its gradients, straight from the definition in float64. Every contender,
// Convoke's own kernels included, is held to these before it is timed.

import type { ConvSpec } from 'convoke/shapes'

/** One element of a result, by its flat channels-last index. */
export interface SampledValue {
  readonly name: string
  readonly at: (index: number) => number
}

/** The index along each axis of element `index` of a row-major array. */
function unravel(index: number, shape: readonly number[]): number[] {
  const position = new Array<number>(shape.length)
  let rest = index
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = rest % shape[axis]
    rest = Math.floor(rest / shape[axis])
  }
  return position
}

const ravel = (position: readonly number[], shape: readonly number[]): number =>
  position.reduce((index, at, axis) => index * shape[axis] + at, 0)

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

const inside = (position: readonly number[], size: readonly number[]): boolean =>
  position.every((at, axis) => at >= 0 && at < size[axis])

/** Where output `o` reads the input through `tap`: o · stride − before + tap · dilation. */
const reads = ({ stride, padding, dilation }: ConvSpec, o: readonly number[], tap: readonly number[]): number[] =>
  o.map((at, axis) => at * stride[axis] - padding[axis][0] + tap[axis] * dilation[axis])

/** Element `index` of conv(x, f). */
export function exactConv(spec: ConvSpec, x: Float32Array, f: Float32Array, index: number): number {
  const { inputSize, outputSize, inputChannels, outputChannels, kernel } = spec
  const [batch, ...rest] = unravel(index, [spec.batch, ...outputSize, outputChannels])
  const channel = rest.pop() as number
  const perGroup = inputChannels / spec.groups
  const firstIn = Math.floor(channel / (outputChannels / spec.groups)) * perGroup
  let sum = 0
  for (let t = 0; t < product(kernel); t++) {
    const at = reads(spec, rest, unravel(t, kernel))
    if (!inside(at, inputSize)) continue
    const pixel = batch * product(inputSize) + ravel(at, inputSize)
    for (let c = 0; c < perGroup; c++) {
      sum += x[pixel * inputChannels + firstIn + c] * f[(t * perGroup + c) * outputChannels + channel]
    }
  }
  return sum
}

/** Element `index` of the adjoint of conv(·, f) applied to `g`: a transposed convolution, the gradient of the input. */
export function exactAdjoint(spec: ConvSpec, g: Float32Array, f: Float32Array, index: number): number {
  const { inputSize, outputSize, inputChannels, outputChannels, kernel, stride, padding, dilation } = spec
  const [batch, ...rest] = unravel(index, [spec.batch, ...inputSize, inputChannels])
  const channel = rest.pop() as number
  const perGroup = inputChannels / spec.groups
  const outPerGroup = outputChannels / spec.groups
  const firstOut = Math.floor(channel / perGroup) * outPerGroup
  let sum = 0
  for (let t = 0; t < product(kernel); t++) {
    const tap = unravel(t, kernel)
    const scaled = rest.map((at, axis) => at + padding[axis][0] - tap[axis] * dilation[axis])
    const at = scaled.map((value, axis) => value / stride[axis])
    if (!at.every(Number.isInteger) || !inside(at, outputSize)) continue
    const pixel = batch * product(outputSize) + ravel(at, outputSize)
    for (let c = 0; c < outPerGroup; c++) {
      const weight = (t * perGroup + (channel % perGroup)) * outputChannels + firstOut + c
      sum += g[pixel * outputChannels + firstOut + c] * f[weight]
    }
  }
  return sum
}

/** Element `index` of the gradient of the filter, from the input and the gradient of the output. */
export function exactFilterGradient(spec: ConvSpec, x: Float32Array, g: Float32Array, index: number): number {
  const { inputSize, outputSize, inputChannels, outputChannels, kernel } = spec
  const perGroup = inputChannels / spec.groups
  const [...tap] = unravel(index, [...kernel, perGroup, outputChannels])
  const out = tap.pop() as number
  const fromGroup = tap.pop() as number
  const channel = Math.floor(out / (outputChannels / spec.groups)) * perGroup + fromGroup
  const outputs = product(outputSize)
  let sum = 0
  for (let o = 0; o < outputs; o++) {
    const at = reads(spec, unravel(o, outputSize), tap)
    if (!inside(at, inputSize)) continue
    const pixel = ravel(at, inputSize)
    for (let batch = 0; batch < spec.batch; batch++) {
      const input = x[(batch * product(inputSize) + pixel) * inputChannels + channel]
      sum += input * g[(batch * outputs + o) * outputChannels + out]
    }
  }
  return sum
}
