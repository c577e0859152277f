// ONNX files to plain objects and back.

export { type DecodeOnnxOptions, decodeOnnx, decodeOnnxTensor } from './decode.ts'
export { decodeOnnxValue } from './decode-value.ts'
export { type EncodeOnnxOptions, type ExternalTarget, encodeOnnx } from './encode.ts'
export { encodeOnnxTensor, storedBytes } from './encode-tensor.ts'
export type * from './model.ts'
