// The little of onnxruntime-node that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

import type { OnnxRuntime } from '../onnx.ts'

declare const runtime: OnnxRuntime & { readonly env: { readonly versions: { readonly common: string } } }
export default runtime
