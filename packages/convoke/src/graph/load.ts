// Models by their address, in a page and everywhere else that has fetch.

import { decodeOnnx } from '../formats/onnx/index.ts'
import { decodeTfjs, tfjsShards } from '../formats/tfjs/index.ts'
import { ConvokeError, check, checkOptions, show } from '../shapes/error.ts'
import { type GraphModule, graphModule, type ImportOptions } from './module.ts'

/** Where a model is: the text of an address, or a `URL`. */
export type Address =
  | string
  | {
      /** The address as text. */
      readonly href: string
    }

/** What is needed of a response of `fetch`. */
export interface FetchedFile {
  /** Whether the file is there: a status from 200 to 299. */
  readonly ok: boolean
  /** The status of the answer: 404. */
  readonly status: number
  /** The bytes of the file. */
  arrayBuffer(): Promise<ArrayBuffer>
}

/** The options of `fetchModel` and `models.load`. */
export interface FetchModelOptions extends ImportOptions {
  /** Gets a file. Defaults to the run-time's own `fetch`. */
  readonly fetch?: ((address: string) => Promise<FetchedFile>) | undefined
}

/**
 * A model from its address, as a module: an ONNX file, or the model.json of TensorFlow.js, whose shards are fetched from beside it. Throws
 * `ConvokeError` if it cannot be fetched or is not a complete model.
 *
 * @example
 * const json = JSON.stringify({
 *   modelTopology: { class_name: 'Sequential', config: { name: 'net', layers: [
 *     { class_name: 'Dense', config: { name: 'dense', units: 1, activation: 'relu', batch_input_shape: [null, 2] } },
 *   ] } },
 *   weightsManifest: [{ paths: ['weights.bin'], weights: [
 *     { name: 'dense/kernel', shape: [2, 1], dtype: 'float32' }, { name: 'dense/bias', shape: [1], dtype: 'float32' },
 *   ] }],
 * })
 * const files = { 'model.json': new TextEncoder().encode(json), 'weights.bin': new Uint8Array(Float32Array.of(2, 3, 1).buffer) }
 * const fetch = async (address) => ({ ok: true, status: 200, arrayBuffer: async () => files[address.split('/').at(-1)].slice().buffer })
 * const model = await fetchModel('https://example.com/model.json', { fetch })
 * model(tensor([[10, 1]])).toArray()  // [[24]]
 */
export async function fetchModel(address: Address, options: FetchModelOptions = {}): Promise<GraphModule> {
  checkOptions('fetchModel', options, ['layout', 'fetch'])
  const { fetch: given, ...importing } = options
  const get = given ?? ((url: string): Promise<FetchedFile> => globalThis.fetch(url))
  const whole = urlOf(address)
  const bytesOf = async (url: URL): Promise<Uint8Array> => {
    let response: FetchedFile
    try {
      response = await get(url.href)
    } catch (error) {
      throw new ConvokeError(`${url.href}: it cannot be fetched (${String(error)}).`, { cause: error })
    }
    check(response.ok, () => `${url.href}: it cannot be fetched; the server answers ${response.status}.`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const bytes = await bytesOf(whole)
  if (!isJson(bytes)) return graphModule(decodeOnnx(bytes), importing)
  const json = new TextDecoder().decode(bytes)
  const parts = await Promise.all(
    tfjsShards(json).map(async (path): Promise<[string, Uint8Array]> => {
      const url = new URL(path, whole)
      url.search = whole.search
      return [path, await bytesOf(url)]
    }),
  )
  const known = new Map(parts)
  return graphModule(
    decodeTfjs(json, (path) => known.get(path) ?? new Uint8Array(0)),
    importing,
  )
}

function urlOf(address: Address): URL {
  const text = typeof address === 'string' ? address : address.href
  const base = (globalThis as { location?: { href?: string } }).location?.href
  try {
    return new URL(text, base)
  } catch {
    throw new ConvokeError(
      `fetchModel: ${show(text)} is not an address. Give a URL; in Node, loadModel of convoke/node reads files.`,
    )
  }
}

/** Whether bytes begin as an object of JSON does. */
export function isJson(bytes: Uint8Array): boolean {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const first = bytes.subarray(start, start + 1024).find((byte) => byte > 0x20)
  return first === 0x7b
}
