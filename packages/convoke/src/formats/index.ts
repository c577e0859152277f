export { type Decimals, decimalsOf, withDecimalPoints } from './decimal.ts'
export {
  checkDelimiter,
  type DelimitedOptions,
  type Delimiter,
  evenRows,
  parseDelimited,
  type Row,
  sameFields,
  tableWidth,
} from './delimited.ts'
export { type Dialect, guessDialect } from './dialect.ts'
export { fieldNumber, isFieldNumber } from './field-number.ts'
export { gunzip, gzip, isGzip } from './gzip.ts'
export * from './host.ts'
export { decodeIdx, encodeIdx } from './idx.ts'
export { decodeNpy, encodeNpy } from './npy.ts'
export { decodeNpz, type EncodeNpzOptions, encodeNpz } from './npz.ts'
export * from './safetensors.ts'
export { decodeSafetensorsIndex, safetensorsShards } from './safetensors-index.ts'
export { crc32c, encodeScalars, eventFileStart, type ScalarEvent } from './tensorboard.ts'
export { childOf, decodeXml, parseXml, type XmlElement } from './xml.ts'
export { writeZip } from './zip.ts'
