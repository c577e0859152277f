/// <reference types="node" />

// The parts of a model that lie beside its file: shards, and values too many for one file. The file names them, so they are read only
// where they really lie in its folder.

import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { explain } from '../files/explain.ts'
import { innerPath } from '../formats/inner-path.ts'
import { ConvokeError, check, withinMemory } from '../shapes/error.ts'

/** Bytes of one read: systems read less than 2 GiB at once. */
const mostAtOnce = 2 ** 30

function readWhole(path: string): Uint8Array {
  const found = statSync(path)
  // Opening a pipe would wait for whoever writes to it.
  check(found.isFile(), () => `${path}: cannot be read: it is a folder, a pipe or a device, not a file.`)
  const bytes = withinMemory(
    () => `${path} with ${found.size} bytes`,
    () => new Uint8Array(found.size),
  )
  const file = openSync(path, 'r')
  try {
    let filled = 0
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, Math.min(mostAtOnce, bytes.length - filled), filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  } finally {
    closeSync(file)
  }
}

/**
 * Reads parts of the file `path` by the paths that it names, each once. Throws `ConvokeError` for a path that leads out of its folder, by itself
 * or by a link, and for what cannot be read.
 */
export function partsBeside(path: string): (part: string) => Uint8Array {
  const folder = dirname(resolve(path))
  const known = new Map<string, Uint8Array>()
  return (part) => {
    const inner = innerPath(path, part)
    const before = known.get(inner)
    if (before !== undefined) return before
    const place = join(folder, inner)
    try {
      const [real, within] = [realpathSync(place), realpathSync(folder)]
      check(
        real.startsWith(within.endsWith(sep) ? within : within + sep),
        () =>
          `${path}: its part ${inner} is a link that leads out of the folder, to ${real}. If you trust it, put a copy in place of the link.`,
      )
      const bytes = readWhole(real)
      known.set(inner, bytes)
      return bytes
    } catch (error) {
      if (error instanceof ConvokeError) throw error
      throw new ConvokeError(`${place}: a part of ${path} cannot be read: ${explain(error)}.`)
    }
  }
}

/** Says of which file an error is. */
export function about<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConvokeError) || error.message.startsWith(path)) throw error
    throw new ConvokeError(`${path}: ${error.message}`)
  }
}
