/// <reference types="node" />

// Public data sets in the cache:
//
//   CACHE/data/NAME/…                unpacked, ready to be read
//   CACHE/data/NAME/.convoke.json    written last: what was downloaded, so the set is complete
//   CACHE/data/.checksums.json       SHA-256 by address, as first downloaded

import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type PublicDataset, type PublicFile, publicDataset } from '../../data/public-datasets.ts'
import { readBytes, writeWhole } from '../../files/files.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { type Downloaded, type DownloadOptions, type DownloadProgress, downloadFile, sha256Of } from './file.ts'
import { parseChecksums, parseDatasetNote } from './notes.ts'
import { isPacked, type Tar, unpack } from './unpack.ts'

export type { Tar } from './unpack.ts'

/** Where data sets are kept: $CONVOKE_DATA, or else `convoke` in $XDG_CACHE_HOME, or else in `.cache` at home. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { CONVOKE_DATA: own, XDG_CACHE_HOME: shared } = environment
  if (own !== undefined && own !== '') return resolve(own)
  return join(shared !== undefined && shared !== '' ? resolve(shared) : join(homedir(), '.cache'), 'convoke')
}

/** The options of `downloadDataset`. */
export interface DatasetOptions extends Omit<DownloadOptions, 'sha256' | 'onProgress'> {
  /** `cacheFolder()` when not given. */
  readonly cache?: string | undefined
  /** The package tar, for sets that come as `.tar.gz`: `import * as tar from 'tar'`. */
  readonly tar?: Tar | undefined
  /** Called as each file arrives. */
  readonly onProgress?: ((file: PublicFile, progress: DownloadProgress) => void) | undefined
}

/** What `downloadDataset` returns. */
export interface DownloadedDataset {
  /** Where its files are. */
  readonly folder: string
  /** Nothing had to be downloaded. */
  readonly cached: boolean

  /** The files of the data set. */
  readonly files: readonly (Downloaded & {
    /** Name of the file. */
    readonly name: string
    /** How it was checked. */
    readonly verified: Verified
  })[]
}

/** Held to a known checksum; to that of the first download; or nothing was known, and this is now the first. */
export type Verified = 'known' | 'as before' | 'first'

const noteName = '.convoke.json'

const folderOf = (name: string, cache: string): string => join(cache, 'data', name)

/** The folder of a data set that was downloaded before, or null. Asks no network. */
export async function cachedDataset(name: string, cache: string = cacheFolder()): Promise<string | null> {
  return (await completed(publicDataset(name), cache))?.folder ?? null
}

/**
 * A public data set by name, downloaded into the cache and unpacked unless it is there. Files that were put into its
 * folder by hand are used instead of downloading them. Without a network it ends in a `ConvokeError` that says which files
 * to place where.
 *
 * ```ts ignore
 * import * as tar from 'tar'
 * const { folder } = await downloadDataset('cifar-10', { tar })
 * ```
 */
export async function downloadDataset(
  given: string | PublicDataset,
  options: DatasetOptions = {},
): Promise<DownloadedDataset> {
  const set = typeof given === 'string' ? publicDataset(given) : given
  const { cache = cacheFolder(), tar } = options
  const there = await completed(set, cache)
  if (there !== null) return { ...there, cached: true }
  const folder = folderOf(set.name, cache)
  await makeFolder(folder)
  const files: DownloadedDataset['files'][number][] = []
  for (const file of set.files) files.push(await obtain(set, file, folder, cache, options))
  for (const { name } of set.files.filter(({ name }) => isPacked(name))) await unpack(join(folder, name), folder, tar)
  // What is packed is needed no more, once everything is unpacked.
  for (const { name } of set.files.filter(({ name }) => isPacked(name))) await rm(join(folder, name), { force: true })
  for (const name of set.leaveOut ?? []) await rm(join(folder, set.root ?? '', name), { force: true })
  if (set.classes !== undefined)
    await writeWhole(
      join(folder, set.root ?? '', 'classes.txt'),
      new TextEncoder().encode(`${set.classes.join('\n')}\n`),
    )
  const note = { name: set.name, homepage: set.homepage, files }
  await writeWhole(join(folder, noteName), new TextEncoder().encode(`${JSON.stringify(note, null, 2)}\n`))
  return { folder: join(folder, set.root ?? ''), cached: false, files }
}

async function completed(set: PublicDataset, cache: string): Promise<Omit<DownloadedDataset, 'cached'> | null> {
  const folder = folderOf(set.name, cache)
  try {
    const files = parseDatasetNote(new TextDecoder().decode(await readBytes(join(folder, noteName))))
    if (files === null) return null
    const root = join(folder, set.root ?? '')
    const contents = (await readdir(root)).filter((name) => name !== noteName)
    return contents.length > 0 ? { folder: root, files } : null
  } catch {
    return null
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (error) {
    throw new ConvokeError(
      `${folder}: the folder cannot be made (${error instanceof Error ? error.message : error}). Set CONVOKE_DATA to a folder that can be written to.`,
    )
  }
}

/** One file: as placed by hand, or downloaded. */
async function obtain(
  set: PublicDataset,
  file: PublicFile,
  folder: string,
  cache: string,
  options: DatasetOptions,
): Promise<DownloadedDataset['files'][number]> {
  const path = join(folder, file.name)
  const placed = await placedByHand(path)
  const found = placed ?? (await fetchFile(set, file, path, options))
  const known = file.sha256 ?? (await recorded(cache))[file.urls[0]]
  if (known !== undefined && known !== found.sha256) {
    if (placed === null) await rm(path, { force: true })
    const source =
      file.sha256 !== undefined
        ? 'was expected'
        : `was recorded at the first download. If the publisher changed it on purpose, remove its line from ${checksumsIn(cache)}`
    throw new ConvokeError(
      `${path}: the file has SHA-256 ${found.sha256}; ${known} ${source}. ${placed === null ? 'It was not kept.' : 'Replace or remove it.'}`,
    )
  }
  if (file.sha256 === undefined && known === undefined) await record(cache, file.urls[0], found.sha256)
  return {
    name: file.name,
    ...found,
    verified: file.sha256 !== undefined ? 'known' : known === undefined ? 'first' : 'as before',
  }
}

async function placedByHand(path: string): Promise<Downloaded | null> {
  try {
    const { size } = await stat(path)
    return { url: 'placed by hand', size, sha256: await sha256Of(path) }
  } catch {
    return null
  }
}

async function fetchFile(
  set: PublicDataset,
  file: PublicFile,
  path: string,
  options: DatasetOptions,
): Promise<Downloaded> {
  const { onProgress } = options
  try {
    return await downloadFile(file.urls, path, {
      ...options,
      sha256: file.sha256,
      onProgress: onProgress && ((progress) => onProgress(file, progress)),
    })
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    throw new ConvokeError(`${error.message} ${byHand(set, dirname(path))}`)
  }
}

/** What to do without a network. */
function byHand(set: PublicDataset, folder: string): string {
  const files = set.files.map(({ name, urls }) => `${name} from ${urls[0]}`)
  return `To do without: download on another machine ${files.join(', ')}; place ${set.files.length === 1 ? 'it' : 'them'} in ${folder}, and run this again.`
}

const checksumsIn = (cache: string): string => join(cache, 'data', '.checksums.json')

async function recorded(cache: string): Promise<Record<string, string>> {
  try {
    return parseChecksums(new TextDecoder().decode(await readBytes(checksumsIn(cache))))
  } catch {
    return {}
  }
}

async function record(cache: string, url: string, sha256: string): Promise<void> {
  const all = { ...(await recorded(cache)), [url]: sha256 }
  await writeWhole(checksumsIn(cache), new TextEncoder().encode(`${JSON.stringify(all, null, 2)}\n`))
}
