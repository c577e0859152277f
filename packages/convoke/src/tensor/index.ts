export {
  arange,
  full,
  linspace,
  ones,
  type TensorLike,
  type TensorOptions,
  type TensorValues,
  tensor,
  zeros,
} from './create.ts'
export type { NestedNumbers, NestedValues, NumberArray } from './nested.ts'
export {
  type CanvasLike,
  type Drawable,
  type FromPixelsOptions,
  fromPixels,
  type Pixels,
  type ToPixelsOptions,
  toPixels,
} from './pixels.ts'
export {
  deriveSeed,
  type RandomOptions,
  type RandomSource,
  randomNormal,
  randomSource,
  randomUniform,
} from './random.ts'
export { keep } from './scope.ts'
export type { JsonNumbers, TensorJson } from './show.ts'
export { type MemoryReport, memory } from './storage.ts'
export { Tensor } from './tensor.ts'
