// fill, cast, copy, unary, binary, select.

import type { BinaryOp, DType, InvertibleActivation, KernelSpecs, StridedCopy, TypedArray } from '../backend.ts'
import { scalarUnary } from './scalar.ts'
import { forEachRow } from './strides.ts'

export function fill({ value }: KernelSpecs['fill'], _inputs: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  y.fill(value)
}

const integerRange: Record<Exclude<DType, 'float32' | 'bool'>, readonly [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
}

export function cast({ to }: KernelSpecs['cast'], [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  if (to === 'float32') y.set(x)
  else if (to === 'bool') for (let i = 0; i < x.length; i++) y[i] = x[i] !== 0 ? 1 : 0
  else {
    const [low, high] = integerRange[to]
    for (let i = 0; i < x.length; i++) y[i] = Math.min(high, Math.max(low, Math.trunc(x[i])))
  }
}

export function copy(spec: StridedCopy, [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  const last = spec.shape.length - 1
  const inputStep = last < 0 ? 0 : spec.inputStrides[last]
  const outputStep = last < 0 ? 0 : spec.outputStrides[last]
  forEachRow(spec.shape, [spec.inputStrides, spec.outputStrides], (count, [from, to]) => {
    let i = spec.inputOffset + from
    let o = spec.outputOffset + to
    for (let n = 0; n < count; n++, i += inputStep, o += outputStep) y[o] = x[i]
  })
}

export function unary(
  { op, activation }: KernelSpecs['unary'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  // As for products: int32 wraps modulo 2³².
  const f = op === 'square' && y instanceof Int32Array ? (v: number) => Math.imul(v, v) : scalarUnary(op, activation)
  for (let i = 0; i < x.length; i++) y[i] = f(x[i])
}

/** The derivative where the activation gives y. */
function derivativeAt(activation: InvertibleActivation): (y: number) => number {
  switch (activation.kind) {
    case 'relu':
      return (y) => (y > 0 ? 1 : 0)
    case 'leakyRelu':
      return (y) => (y < 0 ? activation.alpha : 1)
    case 'clip': {
      // What was clipped holds a bound as it was stored.
      const low = Math.max(activation.low, Math.fround(activation.low))
      const high = Math.min(activation.high, Math.fround(activation.high))
      return (y) => (y > low && y < high ? 1 : 0)
    }
    case 'sigmoid':
      return (y) => y * (1 - y)
    case 'tanh':
      return (y) => 1 - y * y
    case 'hardSigmoid':
      return (y) => (y > 0 && y < 1 ? activation.alpha : 0)
  }
}

/** Kinks stop even an infinite gradient. */
const steps: readonly string[] = ['relu', 'clip', 'hardSigmoid']

export function activationGradient(
  { activation }: KernelSpecs['activationGradient'],
  [gradient, result]: readonly TypedArray[],
  [x]: readonly TypedArray[],
): void {
  const derivative = derivativeAt(activation)
  const stops = steps.includes(activation.kind)
  for (let i = 0; i < x.length; i++) {
    const slope = derivative(result[i])
    x[i] = stops && slope === 0 ? 0 : gradient[i] * slope
  }
}

const binaryFunctions: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  // −5 / ∞ is a zero from below.
  floorDivide: (a, b) => (Math.abs(b) === Infinity && a * b < 0 && Number.isFinite(a) ? -1 : Math.floor(a / b)),
  // The sign of the divisor, zeros too, as in NumPy and Python; % is exact.
  remainder: (a, b) => {
    const left = a % b
    if (left === 0) return b < 0 ? -0 : 0
    return left < 0 === b < 0 ? left : left + b
  },
  // IEEE 754-2019, 9.2.1, where ECMAScript has NaN.
  power: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
  maximum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : a > b ? a : b),
  minimum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : a < b ? a : b),
  atan2: Math.atan2,
  equal: (a, b) => +(a === b),
  notEqual: (a, b) => +(a !== b),
  greater: (a, b) => +(a > b),
  greaterEqual: (a, b) => +(a >= b),
  less: (a, b) => +(a < b),
  lessEqual: (a, b) => +(a <= b),
  logicalAnd: (a, b) => +(a !== 0 && b !== 0),
  logicalOr: (a, b) => +(a !== 0 || b !== 0),
  logicalXor: (a, b) => +((a !== 0) !== (b !== 0)),
}

export function binary(
  { op, shape, strides }: KernelSpecs['binary'],
  [a, b]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  // int32 multiplication wraps modulo 2³²; float64 would lose the low bits of large products first.
  const f = op === 'multiply' && y instanceof Int32Array ? Math.imul : binaryFunctions[op]
  const last = shape.length - 1
  const [aStep, bStep] = last < 0 ? [0, 0] : [strides[0][last], strides[1][last]]
  let o = 0
  forEachRow(shape, strides, (count, [aStart, bStart]) => {
    let i = aStart
    let j = bStart
    for (let n = 0; n < count; n++, i += aStep, j += bStep) y[o++] = f(a[i], b[j])
  })
}

export function select(
  { shape, strides }: KernelSpecs['select'],
  [c, a, b]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const last = shape.length - 1
  const steps = strides.map((list) => (last < 0 ? 0 : list[last]))
  let o = 0
  forEachRow(shape, strides, (count, [cStart, aStart, bStart]) => {
    for (let n = 0; n < count; n++) {
      y[o++] = c[cStart + n * steps[0]] !== 0 ? a[aStart + n * steps[1]] : b[bStart + n * steps[2]]
    }
  })
}
