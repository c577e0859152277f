export * from './adapters.ts'
export * from './attention.ts'
export * from './containers.ts'
export {
  Conv1d,
  Conv2d,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
  DepthwiseConv1d,
  DepthwiseConv2d,
  DepthwiseConv3d,
  type DepthwiseLayerOptions,
  type InitializeOptions,
  SeparableConv2d,
  type SeparableLayerOptions,
} from './conv.ts'
export * from './dropout.ts'
export * from './initializers.ts'
export * from './linear.ts'
export * from './losses.ts'
export * from './module.ts'
export * from './norm.ts'
export * from './pool.ts'
export * from './recurrent.ts'
export { type Summary, type SummaryRow, summary } from './summary.ts'
export { replaceModule } from './tree.ts'
