// The little of @tensorflow/tfjs-core that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

export interface TensorflowTensor {
  readonly shape: number[]
  data(): Promise<Float32Array>
  dispose(): void
}
export type Pad = 'same' | 'valid' | number | [number, number][]
export type Tensor = TensorflowTensor
export function tensor(values: Float32Array, shape: readonly number[], dtype: 'float32'): Tensor
export function conv1d(x: Tensor, f: Tensor, stride: number, pad: Pad, format: 'NWC', dilation: number): Tensor
export function conv2d(
  x: Tensor,
  f: Tensor,
  strides: [number, number],
  pad: Pad,
  format: 'NHWC',
  dilations: [number, number],
): Tensor
export function depthwiseConv2d(
  x: Tensor,
  f: Tensor,
  strides: [number, number],
  pad: Pad,
  format: 'NHWC',
  dilations: [number, number],
): Tensor
export function conv3d(x: Tensor, f: Tensor, strides: [number, number, number], pad: Pad, format: 'NDHWC'): Tensor
export function conv2dTranspose(
  x: Tensor,
  f: Tensor,
  outputShape: number[],
  strides: [number, number],
  pad: Pad,
): Tensor
/** Value and gradients of `f` at `inputs`, for a given gradient of the value. */
export function grads(f: (...inputs: Tensor[]) => Tensor): (inputs: Tensor[], dy: Tensor) => Tensor[]
export function setBackend(name: string): Promise<boolean>
export function ready(): Promise<void>
export function env(): { set(flag: string, value: boolean): void; getAsync(flag: string): Promise<boolean> }

export interface Variable extends TensorflowTensor {
  assign(value: Tensor): void
}
export interface Optimizer {
  /** Takes one step of the gradients of `loss` in `variables`; returns the loss when asked to. */
  minimize(loss: () => Tensor, returnCost: true, variables: readonly Variable[]): Tensor
}
export const train: {
  adam(rate: number, beta1: number, beta2: number, epsilon: number): Optimizer
  momentum(rate: number, momentum: number): Optimizer
}
export const losses: { softmaxCrossEntropy(targets: Tensor, logits: Tensor): Tensor }
export function variable(value: Tensor, trainable: boolean): Variable
export function moments(x: Tensor, axes: number[]): { readonly mean: Tensor; readonly variance: Tensor }
export function batchNorm(
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  offset: Tensor,
  scale: Tensor,
  epsilon: number,
): Tensor
export function relu(x: Tensor): Tensor
export function add(a: Tensor, b: Tensor): Tensor
export function mul(a: Tensor, b: Tensor | number): Tensor
export function mean(x: Tensor, axes: number[]): Tensor
export function matMul(a: Tensor, b: Tensor): Tensor
export function maxPool(x: Tensor, kernel: number, stride: number, pad: Pad): Tensor
export function tidy<T>(body: () => T): T
