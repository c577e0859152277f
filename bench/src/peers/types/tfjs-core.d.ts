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
