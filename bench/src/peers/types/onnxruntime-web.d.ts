// The little of onnxruntime-web that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

import type { OnnxRuntime } from '../onnx.ts'

interface WebRuntime extends OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number; proxy: boolean; wasmPaths?: string } }
}

declare const runtime: WebRuntime
export default runtime
