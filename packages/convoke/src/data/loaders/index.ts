export * from './arrays.ts'
export * from './boxes.ts'
export { decodeText, type Encoding, encodingName, recognizeEncoding } from './encoding.ts'
export * from './pictures.ts'
export {
  type DecodePicture,
  type FileSource,
  type KeepReadableOptions,
  keepReadable,
  type Loaded,
  memorySource,
  NothingUsable,
  readPicture,
  type StrictOptions,
} from './source.ts'
export * from './text.ts'
