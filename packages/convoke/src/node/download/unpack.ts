/// <reference types="node" />

// What comes packed, unpacked: `.gz` by Node itself, `.tar.gz` and `.tgz` by the package `tar`, which the caller brings.

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { explain } from '../../files/explain.ts'
import { removeRemains, temporaryName } from '../../files/replace.ts'
import { ConvokeError } from '../../shapes/error.ts'

interface TarEntry {
  readonly type: string
}

/** As much of the package tar as is used here: `import * as tar from 'tar'`. */
export interface Tar {
  /** Unpacks an archive. */
  extract(options: {
    /** Path of the archive. */
    file: string
    /** Folder that it is unpacked to. */
    cwd: string
    /** Whether the first problem ends it. */
    strict: boolean
    /** Says for each entry whether it is unpacked. */
    filter: (path: string, entry: unknown) => boolean
  }): Promise<unknown>
}

export const isTar = (name: string): boolean => /\.(tar\.gz|tgz|tar)$/i.test(name)

export const isPacked = (name: string): boolean => isTar(name) || /\.gz$/i.test(name)

/**
 * Unpacks an archive into a folder, which is made where missing. `.gz` becomes the file without the ending; the outermost
 * folder of a `.tar.gz` is left out where it holds everything. Everything is first unpacked beside the folder, so that a
 * damaged archive leaves nothing behind; what a killed process left there is removed. Entries that would lie outside, and links, end
 * in a `ConvokeError`.
 */
export async function unpack(archive: string, folder: string, tar: Tar | undefined): Promise<void> {
  const name = basename(archive)
  await mkdir(folder, { recursive: true })
  await removeRemains(folder)
  const beside = join(folder, temporaryName('unpack'))
  await mkdir(beside)
  try {
    if (isTar(name)) await unpackTar(archive, beside, tar)
    else await pipeline(createReadStream(archive), createGunzip(), createWriteStream(join(beside, name.slice(0, -3))))
    const from = isTar(name) ? await contentsOf(beside) : beside
    for (const entry of await readdir(from)) await moveInto(join(from, entry), join(folder, entry))
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw new ConvokeError(
      `${archive}: it cannot be unpacked: ${explain(error)}. Nothing was unpacked. If it is damaged, remove it and download it again.`,
    )
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

async function unpackTar(archive: string, folder: string, tar: Tar | undefined): Promise<void> {
  if (tar === undefined)
    throw new ConvokeError(
      `${archive}: to unpack it, pass the package tar: import * as tar from 'tar', then { tar }. Or unpack it yourself into ${dirname(archive)}.`,
    )
  const links: string[] = []
  const outside: string[] = []
  const filter = (path: string, entry: unknown): boolean => {
    const { type } = entry as TarEntry
    if (path.startsWith('/') || /^[a-zA-Z]:/.test(path) || path.split(/[/\\]/).includes('..')) outside.push(path)
    else if (type !== 'File' && type !== 'OldFile' && type !== 'Directory') links.push(path)
    return outside.length + links.length === 0
  }
  await tar.extract({ file: archive, cwd: folder, strict: true, filter })
  if (outside.length > 0)
    throw new ConvokeError(
      `${archive}: the entry ${JSON.stringify(outside[0])} would lie outside of its folder. Nothing was unpacked; do not trust this archive.`,
    )
  if (links.length > 0)
    throw new ConvokeError(
      `${archive}: the entry ${JSON.stringify(links[0])} is a link, not a file. Nothing was unpacked; do not trust this archive.`,
    )
}

/** The folder itself, or the one folder that holds everything in it. */
async function contentsOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.length === 1 && entries[0].isDirectory() ? join(folder, entries[0].name) : folder
}

async function moveInto(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await rename(from, to)
}
