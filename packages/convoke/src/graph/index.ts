export * from '../formats/onnx/index.ts'
export * from '../formats/tfjs/index.ts'
export { Call, type Operator, type Result } from './call.ts'
export { type ClassesOptions, type Reclassified, withClasses } from './classes.ts'
export type { ElementType } from './element-type.ts'
export { type ExportOptions, exportOnnx, type OpenAxis } from './export/export.ts'
export { type InspectOptions, inspectModel, type ModelReport, type NodeReport, usualShape } from './inspect.ts'
export { type Address, type FetchedFile, type FetchModelOptions, fetchModel } from './load.ts'
export {
  type GraphForward,
  type GraphInfo,
  type GraphModule,
  graphModule,
  type ImportOptions,
} from './module.ts'
export type { Port } from './ports.ts'
export { defineOperator } from './registry.ts'
export { fromSkeleton, type Skeleton, skeletonOf } from './skeleton.ts'
export { tfjsToOnnx } from './tfjs/index.ts'
export { type Item, Sequence, Value } from './value.ts'
