// A network where it stands alone: what it says of itself, and the file that holds it with its weights: the length of the JSON as eight
// bytes, little-endian, the JSON, spaces up to a multiple of four bytes, the weights.

import type { DType } from '../../backends/backend.ts'
import { check } from '../../shapes/error.ts'
import { type SavedProgram, sumOf } from '../saved.ts'

export interface StandalonePort {
  readonly name: string
  readonly dtype: DType
}

/** The network on inputs of certain shapes. */
export interface StandalonePlan {
  readonly inputs: readonly (readonly number[])[]
  readonly outputs: readonly (readonly number[])[]
  readonly program: SavedProgram
}

export interface StandaloneModel {
  readonly version: 1
  readonly inputs: readonly StandalonePort[]
  readonly outputs: readonly StandalonePort[]
  readonly plans: readonly StandalonePlan[]
  /** Bytes of the weights, and what they add up to: whole files are told from halves. */
  readonly weights: { readonly byteLength: number; readonly sum: number }
  /** Information from whoever wrote it: class names, how pictures are prepared. */
  readonly info: unknown
}

export interface StandaloneParts {
  readonly model: StandaloneModel
  readonly weights: Uint8Array
}

/** The file. */
export function encodeStandalone({ model, weights }: StandaloneParts): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(model))
  const begin = 8 + Math.ceil(text.length / 4) * 4
  const file = new Uint8Array(begin + weights.length).fill(32, 8, begin)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  file.set(weights, begin)
  return file
}

/** What a file holds. Throws `ConvokeError` for one that is none, or not whole. */
export function decodeStandalone(file: Uint8Array): StandaloneParts {
  const refused = (): string =>
    'These are not the weights of a standalone network. Put the weights.bin that came with the module beside it.'
  check(file.length >= 8, refused)
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  check(length <= file.length - 8, refused)
  let model: StandaloneModel
  try {
    model = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))
  } catch {
    check(false, refused)
  }
  check(model.version === 1, refused)
  const weights = file.slice(8 + Math.ceil(length / 4) * 4)
  const { byteLength, sum } = model.weights
  check(
    weights.byteLength === byteLength,
    () => `The weights are not whole: ${weights.byteLength} bytes, ${byteLength} expected. Copy the file again.`,
  )
  check(sumOf(weights) === sum, () => 'The weights are damaged: their checksum is wrong. Copy the file again.')
  return { model, weights }
}
