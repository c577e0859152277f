// What a layer costs: parameters, multiply-accumulates, floating-point operations and activation memory.
//
// One MAC is a multiplication and an addition, so 2 FLOPs; adding a bias is a FLOP and not a MAC. Taps that fall on
// padding are counted like any other, as published tables do. "GFLOPs" in papers often means GMACs: here they are apart.

import type { ConvSpec } from './conv-spec.ts'

/** What a layer costs, for the batch its shapes state. */
export interface Counts {
  /** Trained numbers: weights and biases. */
  readonly parameters: number
  /** Multiply-accumulates of one forward pass. */
  readonly macs: number
  /** Floating-point operations of one forward pass: 2 a MAC, and all others (bias, comparison, scale) 1 each. */
  readonly flops: number
  /** Bytes of the layer's output in float32. */
  readonly activationBytes: number
}

const bytesOfFloat32 = 4

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

const counts = (parameters: number, macs: number, otherFlops: number, outputs: number): Counts =>
  Object.freeze({ parameters, macs, flops: 2 * macs + otherFlops, activationBytes: bytesOfFloat32 * outputs })

/** Counts of nothing: all zero. */
export const noCounts: Counts = counts(0, 0, 0, 0)

/** The sum of two counts, entry by entry. */
export const addCounts = (a: Counts, b: Counts): Counts =>
  Object.freeze({
    parameters: a.parameters + b.parameters,
    macs: a.macs + b.macs,
    flops: a.flops + b.flops,
    activationBytes: a.activationBytes + b.activationBytes,
  })

const filterSize = ({ kernel, inputChannels, outputChannels, groups }: ConvSpec): number =>
  (product(kernel) * inputChannels * outputChannels) / groups

/** A convolution: grouped and depthwise ones are told by `spec.groups`. */
export function convCounts(spec: ConvSpec, bias = true): Counts {
  const positions = spec.batch * product(spec.outputSize)
  const outputs = positions * spec.outputChannels
  const weights = filterSize(spec)
  return counts(weights + (bias ? spec.outputChannels : 0), positions * weights, bias ? outputs : 0, outputs)
}

/** A transposed convolution, from the spec of the convolution it is the adjoint of (see `convTransposeSpec`). */
export function convTransposeCounts(spec: ConvSpec, bias = true): Counts {
  const positions = spec.batch * product(spec.outputSize)
  const outputs = spec.batch * product(spec.inputSize) * spec.inputChannels
  const weights = filterSize(spec)
  return counts(weights + (bias ? spec.inputChannels : 0), positions * weights, bias ? outputs : 0, outputs)
}

/**
 * Pooling over windows of `window` elements: no MAC. Maximum: `window − 1` comparisons an output;
 * average: `window − 1` additions and one division.
 */
export const poolCounts = (kind: 'max' | 'average', window: number, outputShape: readonly number[]): Counts => {
  const outputs = product(outputShape)
  return counts(0, 0, outputs * (kind === 'max' ? window - 1 : window), outputs)
}

/** A fully connected layer on `rows` vectors: `inputs → outputs`. */
export const linearCounts = (inputs: number, outputs: number, bias = true, rows = 1): Counts =>
  counts(inputs * outputs + (bias ? outputs : 0), rows * inputs * outputs, bias ? rows * outputs : 0, rows * outputs)

/** A normalisation with a trained scale and shift a channel, at inference: one scale and one shift an element. */
export const normalisationCounts = (shape: readonly number[]): Counts => {
  const elements = product(shape)
  return counts(2 * shape[shape.length - 1], 0, 2 * elements, elements)
}

/** An elementwise function: one FLOP an element, whatever the function. */
export const elementwiseCounts = (shape: readonly number[]): Counts => {
  const elements = product(shape)
  return counts(0, 0, elements, elements)
}

/** Interpolation that weighs `taps` neighbours an output (0: nearest, a copy). */
export const resizeCounts = (taps: number, outputShape: readonly number[]): Counts => {
  const outputs = product(outputShape)
  return counts(0, outputs * taps, 0, outputs)
}
