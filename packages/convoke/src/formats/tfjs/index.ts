// Models of TensorFlow.js to plain objects.

export { decodeTfjs, tfjsShards } from './decode.ts'
export type * from './model.ts'
