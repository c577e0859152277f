// A file is written whole or not at all: under a temporary name in its own folder, then renamed.

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fileProblem } from './file-problem.ts'

/** Temporary files that an interrupt must not leave behind. */
const unfinished = new Set<string>()

const removeUnfinished = (): void => {
  for (const path of unfinished) rmSync(path, { force: true })
}

/** Creates the folder of `path` where it is missing. Throws `ConvokeError` when that cannot be. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(resolve(folder))
  } catch (error) {
    const isFile = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw fileProblem(isFile ? Object.assign(new Error(), { code: 'ENOTDIR' }) : error, `the output folder ${folder}`)
  }
}

/** Level by level: Node's recursive mkdir never returns where the system answers ENOENT for good, as below /proc. */
async function makeFolder(folder: string): Promise<void> {
  const known = await stat(folder).catch(() => undefined)
  if (known?.isDirectory()) return
  if (known === undefined && dirname(folder) !== folder) await makeFolder(dirname(folder))
  await mkdir(folder).catch((error: unknown) => {
    // Another process may have made it in between.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || known !== undefined) throw error
  })
}

/** Calls `write` with a temporary path beside `path`, then puts that file in its place. Nothing is left of a failure. */
export async function writeWhole(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  await prepareFolder(dirname(path))
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`)
  if (unfinished.size === 0) process.once('exit', removeUnfinished)
  unfinished.add(temporary)
  try {
    await write(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw fileProblem(error, path)
  } finally {
    unfinished.delete(temporary)
    if (unfinished.size === 0) process.removeListener('exit', removeUnfinished)
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
