/// <reference types="node" />

// Files in Node: reading, and writing so that a crash never leaves half a file.

import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { ConvokeError } from '../shapes/error.ts'
import { explain } from './explain.ts'
import { replaceFile } from './replace.ts'

/**
 * The bytes of a file. Throws `ConvokeError` that says in words why it cannot be read. A pipe or a device is refused: nobody may ever
 * write to it, or it may never end.
 */
export async function readBytes(path: string | Uint8Array): Promise<Uint8Array> {
  const file = typeof path === 'string' ? path : Buffer.from(path)
  const name = typeof path === 'string' ? path : new TextDecoder().decode(path)
  try {
    refusePipe(name, await stat(file))
    return new Uint8Array(await readFile(file))
  } catch (error) {
    throw error instanceof ConvokeError ? error : new ConvokeError(`${name}: cannot be read: ${explain(error)}.`)
  }
}

/** Throws `ConvokeError` where `found`, what the system says of the file `name`, is neither a file nor a folder. */
export function refusePipe(
  name: string,
  found: {
    /** Whether it is a file. */
    isFile(): boolean
    /** Whether it is a folder. */
    isDirectory(): boolean
  },
): void {
  if (!found.isFile() && !found.isDirectory())
    throw new ConvokeError(`${name}: cannot be read: it is a pipe or a device, not a file.`)
}

/**
 * Writes a file whole or not at all: to a new name beside it, flushed to the disk, then renamed over it. Whatever goes
 * wrong, the file that was there stays, and nothing else is left behind. Folders are made where missing.
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(path, (temporary) => writeFile(temporary, bytes, { flag: 'wx' }), { durable: true })
  } catch (error) {
    const size = (bytes.length / 2 ** 20).toFixed(1)
    throw new ConvokeError(
      `${path}: ${size} MiB cannot be written: ${explain(error)}. What was there before is still there.`,
    )
  }
}

/** Adds to the end of a file. Throws `ConvokeError` that says in words why that cannot be. */
export async function append(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await appendFile(path, content)
  } catch (error) {
    throw new ConvokeError(`${path}: cannot be written: ${explain(error)}.`)
  }
}
