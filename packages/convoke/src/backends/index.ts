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
export { type BackendReport, backends, currentBackend, type UseBackendOptions, useBackend } from './current.ts'
export { engineFallbacks, type Fallback, fmaPeak, setThreads, startThreads, threads } from './engine.ts'
