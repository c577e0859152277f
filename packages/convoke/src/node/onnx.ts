/// <reference types="node" />

// ONNX files in Node, with the values that lie beside them.

import { closeSync, openSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { explain } from '../files/explain.ts'
import { readBytes, writeWhole } from '../files/files.ts'
import { replaceFile } from '../files/replace.ts'
import { decodeOnnx, encodeOnnx, type OnnxModel, storedBytes } from '../formats/onnx/index.ts'
import { ConvokeError, checkFlag, checkOptions } from '../shapes/error.ts'
import { about, partsBeside } from './parts.ts'

/**
 * The model in an ONNX file. Values that it keeps in other files are read from beside it; paths and links that lead out of its
 * folder are refused. Throws `ConvokeError` if it is not a complete ONNX model.
 */
export async function readOnnx(path: string): Promise<OnnxModel> {
  const bytes = await readBytes(path)
  return about(path, () => decodeOnnx(bytes, { external: partsBeside(path) }))
}

/** The options of `writeOnnx`. */
export interface WriteOnnxOptions {
  /**
   * Whether weights go into a file of their own, which has the model's name and `.data` after it. When not given, they do where one file
   * would have more than ONNX's 2 GiB.
   */
  readonly external?: boolean | undefined
}

/** Bytes of values from which on they go into a file of their own: what is left is for everything else a model has. */
const mostInside = 2 ** 31 - 2 ** 27

/**
 * Writes a model as an ONNX file, whole or not at all: beside it first, then renamed over it, and so with its weights where they have a file
 * of their own, which comes first. Folders are made where missing.
 */
export async function writeOnnx(path: string, model: OnnxModel, options: WriteOnnxOptions = {}): Promise<void> {
  checkOptions('writeOnnx', options, ['external'])
  checkFlag('writeOnnx', 'external', options.external)
  const external = options.external ?? storedBytes(model.graph) > mostInside
  await writeWhole(path, external ? await writeBeside(path, model) : encodeOnnx(model))
}

/** Writes the weights, and gives the bytes of the model without them. */
async function writeBeside(path: string, model: OnnxModel): Promise<Uint8Array> {
  const location = `${basename(path)}.data`
  const place = join(dirname(path), location)
  let bytes: Uint8Array = new Uint8Array(0)
  try {
    await replaceFile(
      place,
      async (temporary) => {
        const file = openSync(temporary, 'wx')
        try {
          bytes = encodeOnnx(model, { external: { location, write: (piece) => writeAll(file, piece) } })
        } finally {
          closeSync(file)
        }
      },
      { durable: true },
    )
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw new ConvokeError(`${place}: the weights cannot be written: ${explain(error)}. What was there is still there.`)
  }
  return bytes
}

function writeAll(file: number, piece: Uint8Array): void {
  for (let done = 0; done < piece.length; )
    done += writeSync(file, piece, done, Math.min(piece.length - done, 2 ** 30), null)
}
