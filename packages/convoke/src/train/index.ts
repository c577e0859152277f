export * from './adversarial.ts'
export { shareWeights } from './agree.ts'
export {
  decodeTrainingState,
  type EpochRecord,
  encodeTrainingState,
  type Progress,
  type TrainingState,
} from './checkpoint.ts'
export * from './choose/index.ts'
export { type DecodeOptions, decodeBoxes } from './decode-boxes.ts'
export { type DetectionLossOptions, detection, detectionLoss } from './detection.ts'
export { type CellGrid, gridsOf, type PictureSize } from './detection-grids.ts'
export { type DetectionTargets, detectionTargets } from './detection-targets.ts'
export * from './evaluate.ts'
export { type FitResult, fit } from './fit.ts'
export * from './flat.ts'
export { findLearningRate, type RateSearch, type RateSearchOptions } from './learning-rate.ts'
export type { EarlyStopping, FitOptions, StepEvent, StopReason, TrainingEvent } from './options.ts'
export { type RunFilesOptions, runFiles, weightsIn } from './run-files.ts'
export * from './task.ts'
