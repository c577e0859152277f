export * from './autodiff/index.ts'
export type {
  Activation,
  Backend,
  BinaryOp,
  Buffer,
  DType,
  KernelName,
  KernelSpecs,
  Precision,
  TypedArray,
  UnaryOp,
} from './backends/backend.ts'
export { type BackendReport, backends, currentBackend, useBackend } from './backends/current.ts'
export { engineFallbacks, type Fallback, fmaPeak, setThreads, threads } from './backends/engine.ts'
export { createReferenceBackend } from './backends/reference/index.ts'
export * from './ops/index.ts'
export { ConvokeError } from './shapes/error.ts'
export * from './tensor/index.ts'
