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
} from './backend.ts'
export { currentBackend, type UseBackendOptions, useBackend } from './current.ts'
export { engineFallbacks, type Fallback, fmaPeak, setThreads, startThreads, threads } from './engine.ts'
export { type FusedKernelName, fusedKernels } from './fused.ts'
export { type BackendEntry, type BackendReport, backends, registerBackend } from './registry.ts'
