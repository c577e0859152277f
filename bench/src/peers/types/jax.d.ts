// The little of @jax-js/jax that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

export interface JaxArray {
  readonly ref: JaxArray
  reshape(shape: number[]): JaxArray
  data(): Promise<ArrayLike<number>>
  blockUntilReady(): Promise<unknown>
  dispose(): void
}
interface Compiled {
  (x: JaxArray, f: JaxArray): JaxArray
  dispose(): void
}
export const numpy: { array(values: Float32Array): JaxArray }
export const lax: {
  convGeneralDilated(
    x: JaxArray,
    f: JaxArray,
    strides: number[],
    padding: number[][],
    options: { rhsDilation: number[]; featureGroupCount: number },
  ): JaxArray
}
export function jit(f: (x: JaxArray, f: JaxArray) => JaxArray): Compiled
export function init(device: 'wasm'): Promise<string[]>
export function defaultDevice(device: 'wasm'): string
