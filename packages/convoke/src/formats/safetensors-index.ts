// Weights over several safetensors files, and the index that says which lies where. Definition: `model.safetensors.index.json` of
// Hugging Face's transformers: `weight_map` has each tensor's file.

import * as v from 'valibot'
import { ConvokeError, check, show } from '../shapes/error.ts'
import type { HostTensor } from './host.ts'
import { innerPath } from './inner-path.ts'
import { repeatedKey } from './json-keys.ts'
import { parseJson } from './json-text.ts'
import { quoted, recordOf } from './names.ts'
import { decodeSafetensors, type SafetensorsFile } from './safetensors.ts'

const index = v.object({ weight_map: v.record(v.string(), v.string()) })

/** Files by tensors. */
function mapOf(json: string): ReadonlyMap<string, string> {
  const result = v.safeParse(index, parseJson('safetensors: the index', json), { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    throw new ConvokeError(
      `safetensors: ${quoted(v.getDotPath(issue) ?? 'the index')} is ${issue.received.slice(0, 100)}; weight_map must have the file of each tensor. Download the index again.`,
    )
  }
  const twice = repeatedKey(json)
  check(twice === null, () => `safetensors: the index names ${quoted(show(twice))} twice. Download it again.`)
  const entries = Object.entries(result.output.weight_map)
  return new Map(entries.map(([name, path]) => [name, innerPath('safetensors: the index', path)]))
}

/** The paths of the files that an index names, from its folder, which they never leave: what `decodeSafetensorsIndex` needs. */
export const safetensorsShards = (json: string): string[] => [...new Set(mapOf(json).values())]

/**
 * The tensors that the index in `json` names, from its files, which `read` gives by their paths. Files are decoded one after the other. Throws
 * `ConvokeError` where a file lacks a tensor that the index has there.
 */
export function decodeSafetensorsIndex(json: string, read: (path: string) => Uint8Array): SafetensorsFile {
  const map = mapOf(json)
  const found = new Map<string, HostTensor>()
  const metadata = new Map<string, string>()
  for (const path of new Set(map.values())) {
    const file = decodeSafetensors(read(path))
    for (const [key, value] of Object.entries(file.metadata)) metadata.set(key, value)
    for (const [name, tensor] of Object.entries(file.tensors)) if (map.get(name) === path) found.set(name, tensor)
  }
  for (const [name, path] of map)
    check(
      found.has(name),
      () =>
        `safetensors: the index says that ${quoted(name)} is in ${quoted(path)}, but it is not there. Download all files from the same version.`,
    )
  // In the order of the index, whatever the files have.
  const tensors = [...map.keys()].map((name) => [name, found.get(name)!] as const)
  return { tensors: recordOf(tensors), metadata: recordOf(metadata) }
}
