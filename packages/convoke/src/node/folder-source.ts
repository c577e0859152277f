/// <reference types="node" />

// A folder of files as the source of a data set.

import type { BigIntStats, Dirent } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { isClutter } from '../data/loaders/listing.ts'
import type { FileSource } from '../data/loaders/source.ts'
import { explain } from '../files/explain.ts'
import { readBytes, refusePipe } from '../files/files.ts'
import { ConvokeError } from '../shapes/error.ts'

/** A path as the system has it: names that are not UTF-8 have no other form. */
type Place = string | Buffer

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The name of a file; of bytes that are no UTF-8 each is shown as \xNN. */
function nameOf(bytes: Buffer): { readonly name: string; readonly plain: boolean } {
  try {
    return { name: utf8.decode(bytes), plain: true }
  } catch {
    const name = Array.from(bytes, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
    ).join('')
    return { name, plain: false }
  }
}

const below = (folder: Place, entry: Buffer, name: string, plain: boolean): Place =>
  typeof folder === 'string' && plain
    ? join(folder, name)
    : Buffer.concat([Buffer.from(folder as string), Buffer.from(sep), entry])

interface Walk {
  readonly files: string[]
  readonly folders: string[]
  /** Where files are whose name is not UTF-8 or lies below such a folder. */
  readonly odd: Map<string, Buffer>
  /** What is said of folders that cannot be read. */
  readonly unreadable: string[]
}

const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`

async function walk(folder: Place, path: string, above: readonly string[], found: Walk): Promise<void> {
  const entries: Dirent<Buffer>[] = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(
    (error) => {
      const message = `${nameOf(Buffer.from(folder as string)).name}: the folder cannot be read: ${explain(error)}.`
      if (path === '') throw new ConvokeError(message)
      found.unreadable.push(message)
      return []
    },
  )
  for (const entry of entries) {
    const { name, plain } = nameOf(entry.name)
    const place = below(folder, entry.name, name, plain)
    const own = path === '' ? name : `${path}/${name}`
    const isFolder = entry.isDirectory()
    // Of links what they lead to counts; one that leads nowhere is listed, so that reading it says so.
    const target = isFolder || entry.isSymbolicLink() ? await stat(place, { bigint: true }).catch(() => null) : null
    if (target?.isDirectory()) {
      // A link back to a folder that it lies in would never end.
      if (above.includes(idOf(target))) continue
      found.folders.push(own)
      if (!isClutter(name)) await walk(place, own, [...above, idOf(target)], found)
      continue
    }
    // Reading a pipe would wait for ever.
    if (!(entry.isFile() || (entry.isSymbolicLink() && (target === null || target.isFile())))) continue
    found.files.push(own)
    if (typeof place !== 'string') found.odd.set(own, place)
  }
}

/**
 * A folder as the source of a data set: all files below it, those of linked folders too. Hidden folders and those of the
 * system are not looked into; those that must not be read are told by `unreadable`, and the rest is read.
 */
export function folderSource(path: string): FileSource {
  let last: Walk | null = null
  const look = async (): Promise<Walk> => {
    const found: Walk = { files: [], folders: [], odd: new Map(), unreadable: [] }
    try {
      const own = await stat(path, { bigint: true })
      if (!own.isDirectory()) throw new ConvokeError(`${path}: it is a file; a folder is needed.`)
      await walk(path, '', [idOf(own)], found)
    } catch (error) {
      if (error instanceof ConvokeError) throw error
      throw new ConvokeError(`${path}: the folder cannot be read: ${explain(error)}.`)
    }
    last = found
    return found
  }
  const placeOf = (name: string): Place => last?.odd.get(name) ?? join(path, name)
  return {
    name: path,
    list: async () => (await look()).files,
    folders: async () => (last ?? (await look())).folders,
    unreadable: async () => (last ?? (await look())).unreadable,
    read: (name) => readBytes(placeOf(name)),
    async readStart(name, length) {
      try {
        refusePipe(`${path}/${name}`, await stat(placeOf(name)))
        const file = await open(placeOf(name), 'r')
        try {
          const bytes = new Uint8Array(length)
          let filled = 0
          while (filled < length) {
            const { bytesRead } = await file.read(bytes, filled, length - filled, filled)
            if (bytesRead === 0) break
            filled += bytesRead
          }
          return bytes.subarray(0, filled)
        } finally {
          await file.close()
        }
      } catch (error) {
        if (error instanceof ConvokeError) throw error
        throw new ConvokeError(`${path}/${name}: cannot be read: ${explain(error)}.`)
      }
    },
  }
}
