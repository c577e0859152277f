/// <reference types="node" />

// Models of the Hugging Face hub in the cache: CACHE/models/OWNER/NAME/REVISION/FILE, real files, each put under its name once it is whole.
// Definition of addresses and headers: huggingface_hub, file_download.py. The hub answers for large files with a redirection to a store of
// its own; what it promises of the file (`x-linked-size`, `x-linked-etag`) stands in the redirection, and the token stays with the hub.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readBytes } from '../../files/files.ts'
import { safetensorsShards } from '../../formats/safetensors-index.ts'
import { ConvokeError, check, show } from '../../shapes/error.ts'
import { cacheFolder } from './dataset.ts'
import { DownloadError, type DownloadOptions, type DownloadProgress, downloadFile, type Headers } from './file.ts'
import { type HubConfig, parseHubConfig } from './hub-config.ts'

export type { HubConfig } from './hub-config.ts'

/** The options of `downloadHubModel`. */
export interface HubOptions extends Omit<DownloadOptions, 'sha256' | 'onProgress' | 'headersFor' | 'promisedBy'> {
  /** `cacheFolder()` when not given. */
  readonly cache?: string | undefined
  /** Address of the hub; $HF_ENDPOINT, or else https://huggingface.co, when not given. */
  readonly endpoint?: string | undefined
  /** Access token for private models: $HF_TOKEN when not given. It is sent to the hub only. */
  readonly token?: string | undefined
  /** Called as each file arrives. */
  readonly onProgress?: ((file: string, progress: DownloadProgress) => void) | undefined
}

/** A model of a hub, on this machine. */
export interface HubModel {
  /** `timm/resnet18.a1_in1k`. */
  readonly id: string
  /** Branch, tag or commit that its files are of. */
  readonly revision: string
  /** Where its files are. */
  readonly folder: string
  /** What timm says of the model in `config.json`. */
  readonly config: HubConfig
  /** The path of `model.safetensors`, or of the index of several files. */
  readonly weights: string
  /** Names of files that were downloaded now; none where all were there. */
  readonly downloaded: readonly string[]
}

/** A model of a hub, as people write it. */
export interface HubName {
  /** Owner and name: `timm/resnet18.a1_in1k`. */
  readonly id: string
  /** Branch, tag or commit. */
  readonly revision: string
}

const part = /^[A-Za-z0-9][\w.-]*$/

/** `OWNER/NAME` or `OWNER/NAME@REVISION`, with `hf-hub:` before it or not; null for what is no such name. */
export function hubName(text: string): HubName | null {
  const [, owner, name, revision = 'main'] = /^(?:hf[-_]hub:)?([^/@]+)\/([^/@]+)(?:@(.+))?$/.exec(text) ?? []
  if (owner === undefined || name === undefined) return null
  const fits = [owner, name].every((one) => part.test(one) && !one.includes('..'))
  return fits && revision.split('/').every((one) => part.test(one) && !one.includes('..'))
    ? { id: `${owner}/${name}`, revision }
    : null
}

interface Place {
  readonly hub: HubName
  readonly folder: string
  readonly endpoint: URL
  readonly options: HubOptions
}

const addressOf = ({ hub: { id, revision }, endpoint }: Place, file: string): string =>
  `${endpoint.href.replace(/\/$/, '')}/${id}/resolve/${encodeURIComponent(revision)}/${file.split('/').map(encodeURIComponent).join('/')}`

function endpointOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null
  check(
    url !== null && /^https?:$/.test(url.protocol),
    () => `the hub's address is ${show(given)}; it must begin with https:// (HF_ENDPOINT).`,
  )
  return url
}

const text = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

/** The hub's word for a large file; those that git keeps itself have a checksum of another kind. */
function promised(headers: Headers): { size?: number; sha256?: string } {
  const size = Number(text(headers, 'x-linked-size') ?? Number.NaN)
  const sha256 = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(text(headers, 'x-linked-etag') ?? '')?.[1]
  return { ...(Number.isSafeInteger(size) && { size }), ...(sha256 !== undefined && { sha256 }) }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )

/** One file, downloaded unless it is there. Returns whether it was. */
async function obtain(place: Place, file: string): Promise<boolean> {
  const { endpoint, folder, options } = place
  const path = join(folder, file)
  if (await isThere(path)) return false
  const { token = process.env['HF_TOKEN'], onProgress } = options
  await downloadFile([addressOf(place, file)], path, {
    ...options,
    headersFor: (url): Readonly<Record<string, string>> =>
      token !== undefined && token !== '' && url.origin === endpoint.origin ? { authorization: `Bearer ${token}` } : {},
    promisedBy: (headers, url) => (url.origin === endpoint.origin ? promised(headers) : {}),
    onProgress: onProgress && ((progress) => onProgress(file, progress)),
  })
  return true
}

const single = 'model.safetensors'
const index = 'model.safetensors.index.json'

/**
 * A model of timm's on the Hugging Face hub by its name, downloaded into the cache unless it is there: `config.json`, and `model.safetensors` or the
 * files of its index. What was cut goes on where it stopped; sizes and checksums that the hub tells are held to. Without a network it ends in a
 * `ConvokeError` that says which files to place where.
 *
 * ```ts ignore
 * const { config, weights } = await downloadHubModel('timm/resnet18.a1_in1k')
 * const { name, options } = models.architecture(config.architecture)
 * const model = models.build(name, options)
 * await loadPyTorchWeights(model, weights)
 * ```
 */
export async function downloadHubModel(name: string, options: HubOptions = {}): Promise<HubModel> {
  const hub = hubName(name)
  check(hub !== null, () => `${show(name)} is not a model of the hub; give OWNER/NAME, such as timm/resnet18.a1_in1k.`)
  const { cache = cacheFolder(), endpoint: given = process.env['HF_ENDPOINT'] || 'https://huggingface.co' } = options
  const folder = join(cache, 'models', hub.id, encodeURIComponent(hub.revision))
  const place: Place = { hub, folder, endpoint: endpointOf(given), options }
  const downloaded: string[] = []
  const get = async (file: string): Promise<void> => {
    if (await obtain(place, file)) downloaded.push(file)
  }
  try {
    await get('config.json')
    const config = parseHubConfig(join(folder, 'config.json'), await textOf(join(folder, 'config.json')))
    const weights = join(folder, await obtainWeights(folder, get))
    return { ...hub, folder, config, weights, downloaded }
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error
    throw new ConvokeError(`${error.message} ${wayOut(place, error)}`)
  }
}

/** The name of the file to read. */
async function obtainWeights(folder: string, get: (file: string) => Promise<void>): Promise<string> {
  if (!(await isThere(join(folder, index)))) {
    try {
      await get(single)
      return single
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.statuses.includes(404)) throw error
      try {
        await get(index)
      } catch (second) {
        // Of a model without either, the first is what is missed.
        throw second instanceof DownloadError && second.statuses.includes(404) ? error : second
      }
    }
  }
  for (const shard of safetensorsShards(await textOf(join(folder, index)))) await get(shard)
  return index
}

const textOf = async (path: string): Promise<string> => new TextDecoder().decode(await readBytes(path))

function wayOut(place: Place, { statuses, message }: DownloadError): string {
  const { hub, endpoint, folder } = place
  const page = `${endpoint.href.replace(/\/$/, '')}/${hub.id}`
  if (statuses.some((status) => status === 401 || status === 403))
    return `Either there is no such model, or it is private: look at ${page}, accept its terms there, and set HF_TOKEN to your token.`
  if (statuses.includes(404))
    return `Look at ${page} for the name and for the file; models are read from config.json and ${single} as timm writes them.`
  if (message.includes('was not kept')) return `Run this again; if it fails again, look at ${page} for what changed.`
  const files = ['config.json', single].map((file) => `${file} from ${addressOf(place, file)}`).join(' and ')
  return `To do without the network: download ${files} on another machine, place them in ${folder}, and run this again. HF_ENDPOINT names another hub.`
}
