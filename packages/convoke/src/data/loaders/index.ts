export * from './arrays.ts'
export * from './boxes.ts'
export * from './pictures.ts'
export {
  type DecodePicture,
  type FileSource,
  type KeepReadableOptions,
  keepReadable,
  type Loaded,
  memorySource,
  readPicture,
  type StrictOptions,
} from './source.ts'
export * from './text.ts'
