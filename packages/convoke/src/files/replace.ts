/// <reference types="node" />

// A file is replaced whole or not at all: written under a temporary name in its own folder, then renamed over it. The name
// says who writes, so that what a killed process left is removed by the next one that writes there.

import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { stateOf, thisWriter, type Writer } from './writer.ts'

/** `.NAME.PLACE-PID-STARTED-RANDOM.tmp` */
const form = /^\..*\.([0-9a-f]{12})-(\d+)-(\d*)-[0-9a-f]{8}\.tmp$/s

/** Days after which the remains of another machine's process are nobody's. */
const foreignRemains = 2

export function temporaryName(name: string): string {
  const { place, pid, started } = thisWriter()
  // File systems take names of 255 bytes.
  const short = Array.from(name).slice(0, 40).join('')
  return `.${short}.${place}-${pid}-${started}-${randomBytes(4).toString('hex')}.tmp`
}

function writerOf(name: string): Writer | null {
  const found = form.exec(name)
  return found === null ? null : { place: found[1], pid: Number(found[2]), started: found[3] }
}

const ageInDays = async (path: string): Promise<number> => {
  const found = await stat(path).catch(() => null)
  return found === null ? 0 : (Date.now() - found.mtimeMs) / 86_400_000
}

/** Removes temporary files and folders of processes that are no more. What cannot be removed stays. */
export async function removeRemains(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const writer = writerOf(name)
    if (writer === null) continue
    const path = join(folder, name)
    const state = stateOf(writer)
    const dead = state === 'dead' || (state === 'unknown' && (await ageInDays(path)) > foreignRemains)
    if (dead) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** Folders that this process has looked through: one with thousands of results is listed once. */
const tidied = new Set<string>()

async function tidyOnce(folder: string): Promise<void> {
  const path = resolve(folder)
  if (tidied.has(path)) return
  tidied.add(path)
  await removeRemains(path)
}

/** Makes a folder where it is missing, level by level: Node's recursive mkdir never returns where the system answers ENOENT for good, as below /proc. */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  const known = await stat(path).catch(() => undefined)
  if (known?.isDirectory()) return
  if (known === undefined && dirname(path) !== path) await makeFolder(dirname(path))
  await mkdir(path).catch((error: unknown) => {
    // Another process may have made it in between.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || known !== undefined) throw error
  })
}

/** Temporary files that the end of the process must not leave behind. */
const unfinished = new Set<string>()

const removeUnfinished = (): void => {
  for (const path of unfinished) rmSync(path, { recursive: true, force: true })
}

/**
 * Calls `write` with a temporary path beside `path`, then puts that file or folder in its place. Folders are made where missing;
 * nothing is left of a failure, which is thrown as it came. With `durable` the file is on the disk before it is renamed.
 */
export async function replaceFile(
  path: string,
  write: (temporary: string) => Promise<unknown>,
  {
    durable = false,
  }: {
    /** Whether to wait until the file is on the disk: not when not given. */
    readonly durable?: boolean | undefined
  } = {},
): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  await tidyOnce(folder)
  const temporary = join(folder, temporaryName(basename(path)))
  if (unfinished.size === 0) process.once('exit', removeUnfinished)
  unfinished.add(temporary)
  try {
    await write(temporary)
    if (durable) await flush(temporary, 'r+')
    await rename(temporary, path)
    // Makes the rename last through a power cut; Windows has no such call and needs none.
    if (durable && process.platform !== 'win32') await flush(folder, 'r')
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    throw error
  } finally {
    unfinished.delete(temporary)
    if (unfinished.size === 0) process.removeListener('exit', removeUnfinished)
  }
}

async function flush(path: string, flags: string): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
