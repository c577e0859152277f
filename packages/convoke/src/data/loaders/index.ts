export * from './arrays.ts'
export { type BoxColumns, type BoxTableOptions, boxColumns, boxTableDataset } from './box-table.ts'
export type { LoadedBoxes } from './boxes.ts'
export * from './class-folders.ts'
export { type CocoKind, type CocoOptions, cocoDataset, cocoKind, parseJson } from './coco.ts'
export { decodeText, type Encoding, encodingName, recognizeEncoding } from './encoding.ts'
export { bareIndex, type FileIndex, type FindOptions, type FoundFile, fileIndex } from './file-index.ts'
export {
  clutterNotes,
  folderOf,
  isClutter,
  isPicture,
  type Listing,
  listFiles,
  naturalOrder,
  unreadFormat,
  unreadNotes,
  unreadReason,
  unreadText,
} from './listing.ts'
export { type CityscapesKind, cityscapesKind, type MaskPair } from './mask-pairs.ts'
export * from './masks.ts'
export { classesInNames, classInName, type NamedPictureOptions, namedPictures } from './named-pictures.ts'
export { isPartWord, type PartName, partIn, partNames, partOfPath } from './parts.ts'
export { isSeriesFile, parseSeries, type SeriesOptions, seriesClasses, seriesDataset, seriesLength } from './series.ts'
export type { FileSeries, SeriesFile } from './series-lines.ts'
export {
  type DecodePicture,
  type FileSource,
  type KeepReadableOptions,
  keepReadable,
  type Loaded,
  memorySource,
  NothingUsable,
  type PictureSize,
  pictureFile,
  pictureSize,
  readPicture,
  type StrictOptions,
} from './source.ts'
export * from './text.ts'
export * from './voc.ts'
export * from './words.ts'
export { type LoadedYolo, type YoloOptions, yoloDataset, yoloLabels } from './yolo.ts'
export { isYoloConfig, type YoloConfig, type YoloParts, yoloConfig, yoloParts } from './yolo-config.ts'
