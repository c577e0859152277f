/// <reference types="node" />

// One writer a folder. The lock is a file that says who holds it; it is made with its content in one step (link(2), which
// network file systems keep as well), and taken over where its holder is known to be dead. Of a holder on another machine
// or in another container only a sign of life can be seen: the lock's time, which the holder moves on while it works.

import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { link, lstat, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { ConvokeError } from '../shapes/error.ts'
import { explain } from './explain.ts'
import { temporaryName } from './replace.ts'
import { stateOf, thisWriter, type Writer } from './writer.ts'

/** A folder that this process alone writes to. */
export interface FolderLock {
  /** Shows that the holder is alive, at most every few seconds. Throws `ConvokeError` where another process has the lock now. */
  beat(): void
  /** Lets others write to the folder. */
  release(): void
}

const beatEvery = 20_000
/** Without a sign of life for so long, a holder that cannot be asked counts as dead. */
const silence = 5 * 60_000

interface Holder extends Writer {
  readonly host: string
  readonly token: string
}

const nameOf = (folder: string): string => join(folder, '.lock')

/** What the lock says; null where it says nothing that can be understood. */
function parse(text: string): Holder | null {
  try {
    const { place, pid, started, host, token } = JSON.parse(text) as Readonly<Record<string, unknown>>
    const texts = [place, started, host, token].every((value) => typeof value === 'string')
    return texts && Number.isSafeInteger(pid) && Number(pid) > 0
      ? ({ place, pid, started, host, token } as Holder)
      : null
  } catch {
    return null
  }
}

interface Held {
  readonly lock: FolderLock
  users: number
}

/** Locks of this process: it may open a folder again, as for going on with a run. */
const held = new Map<string, Held>()

/** Locks a folder, which must be there, for this process. Throws `ConvokeError` where another one is writing to it. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  // The same folder by another name is the same folder.
  const path = await realpath(folder).catch(() => resolve(folder))
  const before = held.get(path)
  if (before !== undefined) {
    before.users++
    return before.lock
  }
  const token = randomBytes(8).toString('hex')
  try {
    await acquire(folder, token)
  } catch (error) {
    if (error instanceof ConvokeError) throw error
    throw new ConvokeError(`${folder}: the folder cannot be written to: ${explain(error)}. Choose another one.`)
  }
  const lock = holding(folder, path, token)
  held.set(path, { lock, users: 1 })
  return lock
}

async function acquire(folder: string, token: string): Promise<void> {
  const name = nameOf(folder)
  const temporary = join(folder, temporaryName('lock'))
  const holder: Holder = { ...thisWriter(), host: hostname(), token }
  try {
    await writeFile(temporary, `${JSON.stringify(holder)}\n`, { flag: 'wx' })
    for (let attempt = 0; attempt < 8; attempt++) {
      if (await place(temporary, name)) return
      await removeStale(folder, name, temporary)
    }
  } finally {
    await rm(temporary, { force: true }).catch(() => {})
  }
  throw new ConvokeError(`${folder}: several processes try to write to it at once. Choose another folder for this one.`)
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** Whether the lock could be put there: not where there is one. */
async function place(temporary: string, name: string): Promise<boolean> {
  try {
    await link(temporary, name)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // File systems without hard links: the content follows a moment later.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'].includes(String(codeOf(error)))) throw error
  }
  try {
    await writeFile(name, await readFile(temporary), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Removes a lock whose holder is dead; throws where the holder may be alive. */
async function removeStale(folder: string, name: string, temporary: string): Promise<void> {
  const found = await lstat(name).catch(() => null)
  if (found === null) return
  if (!found.isFile() || found.size > 4096)
    throw new ConvokeError(`${name} is not a lock that Convoke made. Remove it, or choose another folder.`)
  const text = await readFile(name, 'utf8').catch(() => '')
  const holder = parse(text)
  const state = holder === null ? 'unknown' : stateOf(holder)
  // Both times are the file system's own, so that the clocks of two machines need not agree.
  const now = (await stat(temporary)).mtimeMs
  const silent = now - found.mtimeMs > silence
  if (state === 'alive' || (state === 'unknown' && !silent)) throw taken(folder, name, holder, state)
  // Renamed first: of several that find it stale one has it, and a lock made in between is put back.
  const aside = `${temporary}.stale`
  await rename(name, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => null)
  if (moved !== null && moved !== text) await link(aside, name).catch(() => {})
  await rm(aside, { force: true }).catch(() => {})
}

function taken(folder: string, name: string, holder: Holder | null, state: 'alive' | 'unknown'): ConvokeError {
  const who =
    holder === null
      ? 'another process'
      : `process ${holder.pid}${holder.place === thisWriter().place ? '' : ` on ${holder.host}`}`
  const end =
    state === 'alive'
      ? 'Stop it first, or choose another folder.'
      : `Stop it first, or choose another folder. If it has crashed, remove ${name}, or try again in ${silence / 60_000} minutes.`
  return new ConvokeError(`${folder}: ${who} is writing to this folder, and two would spoil each other's files. ${end}`)
}

/** `folder` as it was named, and where it is: the process may change its own folder. */
function holding(folder: string, path: string, token: string): FolderLock {
  const name = nameOf(path)
  let seen = Date.now()
  const isOurs = (): boolean => {
    try {
      return parse(readFileSync(name, 'utf8'))?.token === token
    } catch {
      return false
    }
  }
  const touch = (): boolean => {
    if (!isOurs()) return false
    seen = Date.now()
    try {
      // Written again, its time is that of the file system, as a new file's is.
      const file = openSync(name, 'r+')
      writeSync(file, '{', 0)
      closeSync(file)
    } catch {
      // The lock holds without: whoever can ask for this process finds it alive.
    }
    return true
  }
  const timer = setInterval(touch, beatEvery)
  timer.unref()
  const end = (): void => {
    if (isOurs()) rmSync(name, { force: true })
  }
  process.once('exit', end)
  return {
    beat() {
      if (Date.now() - seen < beatEvery / 4) return
      if (!touch())
        throw new ConvokeError(
          `${folder}: another process has taken over this folder, so nothing more is written here. What was saved stays.`,
        )
    },
    release() {
      const own = held.get(path)
      if (own === undefined) return
      own.users--
      if (own.users > 0) return
      held.delete(path)
      clearInterval(timer)
      process.removeListener('exit', end)
      end()
    },
  }
}
