// Models of TensorFlow.js in Node.

import { readBytes } from '../files/files.ts'
import { decodeTfjs, type TfjsModel } from '../formats/tfjs/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { about, partsBeside } from './parts.ts'

/**
 * The model in a `model.json` of TensorFlow.js and the shards beside it; paths and links that lead out of its folder are refused. Throws
 * `ConvokeError` if it is not a complete model.
 */
export async function readTfjs(path: string): Promise<TfjsModel> {
  const bytes = await readBytes(path)
  let json: string
  try {
    json = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConvokeError(`${path}: this is not UTF-8 text, as a model.json is. It is damaged, or of another format.`)
  }
  return about(path, () => decodeTfjs(json, partsBeside(path)))
}
