// Values that lie in a file beside the model. Definition: external_data in onnx.proto, docs/ExternalData.md of ONNX.

import { check, show } from '../../shapes/error.ts'
import { innerPath } from '../inner-path.ts'
import { quoted } from '../names.ts'

/** The bytes of a whole file beside the model, by its path from there. */
export type External = (location: string) => Uint8Array

/** A place in a file as external_data has it, in decimals. */
function placeOf(what: string, key: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  check(
    Number.isSafeInteger(value),
    () =>
      `onnx: ${key} in the external data of ${what} is ${quoted(text)}; it must be a whole number. The file is damaged.`,
  )
  return value
}

/** Where `needed` bytes of a tensor lie, by the entries of external_data, and those bytes. */
export function externalBytes(
  what: string,
  entries: readonly (readonly string[])[],
  needed: number,
  external: External | undefined,
): Uint8Array {
  const found = new Map<string, string>()
  for (const [key, value] of entries) {
    check(
      !found.has(key),
      () => `onnx: the external data of ${what} has two entries ${quoted(key)}. The file is damaged.`,
    )
    found.set(key, value)
  }
  const location = innerPath(`onnx: the data of ${what}`, found.get('location') ?? '')
  const offset = placeOf(what, 'offset', found.get('offset') ?? '0')
  const length = placeOf(what, 'length', found.get('length') ?? String(needed))
  check(
    external !== undefined,
    () =>
      `onnx: the data of ${what} lies in the file ${show(location)} beside the model. Read the model with readOnnx of convoke/node, or give decodeOnnx the option external.`,
  )
  const bytes = external(location)
  check(
    offset + length <= bytes.length,
    () =>
      `onnx: the data of ${what} are ${length} bytes of ${show(location)} from byte ${offset} on, but that file has ${bytes.length}. One of the files was cut short, or they belong to different models.`,
  )
  return bytes.subarray(offset, offset + length)
}
