export * from './arrays.ts'
export * from './boxes.ts'
export * from './pictures.ts'
export {
  type DecodePicture,
  type FileSource,
  keepReadable,
  type Loaded,
  memorySource,
  type StrictOptions,
} from './source.ts'
export * from './text.ts'
