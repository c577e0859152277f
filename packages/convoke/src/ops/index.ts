export {
  type ActivationName,
  type ActivationOption,
  clip,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
} from './activations.ts'
export type { AxesLike, AxisLike } from './arguments.ts'
export {
  add,
  divide,
  equal,
  floorDivide,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  multiply,
  negate,
  notEqual,
  remainder,
  subtract,
  where,
} from './arithmetic.ts'
export { type BatchNormOptions, batchNorm, batchStatistics } from './batch-norm.ts'
export * from './cast.ts'
export { allClose, type CloseOptions, isClose } from './comparing.ts'
export {
  type ConvOptions,
  type ConvTransposeOptions,
  conv,
  conv1d,
  conv2d,
  conv3d,
  convTranspose,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type EpilogueOptions,
} from './conv.ts'
export { type DeconvolveOptions, deconvolve } from './deconvolve.ts'
export * from './deform.ts'
export * from './depthwise.ts'
export { type DropoutSettings, dropout } from './dropout.ts'
export * from './einsum.ts'
export {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  ceil,
  cos,
  cosh,
  erf,
  exp,
  expm1,
  floor,
  isFiniteNumber as isFinite,
  isNotANumber as isNaN,
  log,
  log1p,
  logicalNot,
  power,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  tanh,
  trunc,
} from './elementwise.ts'
export {
  complexMultiply,
  type FftNorm,
  type FftOptions,
  fft,
  ifft,
  irfft,
  rfft,
} from './fourier.ts'
export * from './fourier-order.ts'
export { gather, gatherElements, oneHot, type ScatterOptions, scatter } from './indexing.ts'
export { onesLike, zerosLike } from './like.ts'
export * from './matmul.ts'
export { eye, tril, triu } from './matrices.ts'
export { median } from './median.ts'
export * from './movement.ts'
export * from './normalization.ts'
export { argsort, type SortOptions, sort, type TopK, topK } from './order.ts'
export { type PadMode, type PadOptions, pad } from './pad.ts'
export { extremes, type FromPlanesOptions, fromPlanes, toPlanes } from './planes.ts'
export * from './pooling.ts'
export * from './reductions.ts'
export * from './resize.ts'
export * from './shuffle.ts'
export { convolve, correlate, matchTemplate } from './signal.ts'
export type * from './signal-options.ts'
export type { NormOptions } from './standardize.ts'
export { broadcastTo, type ReduceOptions, reshape, sum, sumTo } from './stretch.ts'
export * from './unfold.ts'
export { unstack } from './unstack.ts'
