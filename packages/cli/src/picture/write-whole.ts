// Results are written whole or not at all; what the file system refuses is said in words.

import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { makeFolder, replaceFile } from 'convoke/files'
import { fileProblem } from '../file-problem.ts'

/** Creates the folder of `path` where it is missing. Throws `ConvokeError` when that cannot be. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder))
  } catch (error) {
    const isFile = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw fileProblem(isFile ? Object.assign(new Error(), { code: 'ENOTDIR' }) : error, `the output folder ${folder}`)
  }
}

/** Calls `write` with a temporary path beside `path`, then puts that file in its place. Nothing is left of a failure. */
export async function writeWhole(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  await prepareFolder(dirname(path))
  try {
    await replaceFile(path, write)
  } catch (error) {
    throw fileProblem(error, path)
  }
}

/** Writes pieces of bytes or text one after the other. */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array | string>): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for (const chunk of chunks) await file.appendFile(chunk)
  } finally {
    await file.close()
  }
}
