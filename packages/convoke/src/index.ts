export * from './autodiff/index.ts'
export type {
  Activation,
  Backend,
  BinaryOp,
  Buffer,
  DType,
  Kernel,
  KernelName,
  KernelSpecs,
  Planning,
  Precision,
  TypedArray,
  UnaryOp,
} from './backends/backend.ts'
export { type BackendReport, backends, currentBackend, type UseBackendOptions, useBackend } from './backends/current.ts'
export { engineFallbacks, type Fallback, fmaPeak, setThreads, threads } from './backends/engine.ts'
export * as kernels from './backends/kernels/index.ts'
export { createReferenceBackend } from './backends/reference/index.ts'
export * from './compile/index.ts'
export * as data from './data/index.ts'
export * from './explain/index.ts'
export * as formats from './formats/index.ts'
export * as metrics from './metrics/index.ts'
export * as models from './models/index.ts'
export * as nn from './nn/index.ts'
export * from './ops/index.ts'
export * as optim from './optim/index.ts'
export { ConvokeError } from './shapes/error.ts'
export * from './tensor/index.ts'
export * as train from './train/index.ts'
