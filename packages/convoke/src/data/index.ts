export * from './augment.ts'
export * from './batches.ts'
export {
  type Box,
  type BoxedPicture,
  type ClassifiedPicture,
  cacheDataset,
  concatDatasets,
  type Dataset,
  fromExamples,
  type LabelledText,
  type MaskedPicture,
  mapDataset,
  type PictureFile,
  type Point,
  type SequencePair,
  type Stacked,
  subset,
  type TokenizedText,
  type Values,
  valuesOf,
} from './dataset.ts'
export { type DigitOptions, digits } from './generators/digits.ts'
export * from './generators/sentences.ts'
export * from './generators/sequences.ts'
export * from './generators/shapes.ts'
export { type Point as PenPoint, renderLines } from './generators/strokes.ts'
export * from './loaders/index.ts'
export * from './masks/index.ts'
export { type MosaicOptions, randomMosaic } from './mosaic.ts'
export {
  grayPicture,
  resizePicture,
  standardizePicture,
  toUnit,
} from './pictures.ts'
export * from './public-datasets.ts'
export * from './splits.ts'
export { type AffineWarp, type Warp, type WarpOptions, warpPicture } from './warp.ts'
export * from './writers/index.ts'
