/// <reference types="node" />

// Measured plans on disk: `convoke/plans.json` in the folder of `CONVOKE_CACHE`, else `XDG_CACHE_HOME`, else `~/.cache`.
// Written beside and renamed. Where it cannot be read or written, and where it is anything but a small file (a pipe would
// be waited for, a folder or a device is no list of plans), plans are measured anew in each process.

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ChoiceStore } from './platform.ts'

/** Bytes; all the plans that are kept take a fraction of it. */
const largest = 2 ** 23

/** Milliseconds after which a file beside the plans is what a killed process left. */
const abandoned = 3_600_000

export function planFile(): ChoiceStore {
  const path = (): string => {
    const { CONVOKE_CACHE: own, XDG_CACHE_HOME: shared } = process.env
    return join(own || shared || join(homedir(), '.cache'), 'convoke', 'plans.json')
  }
  /** Users without an entry in /etc/passwd, as containers run for, may have no home. */
  const pathOrNone = (): string | undefined => {
    try {
      return path()
    } catch {
      return undefined
    }
  }
  return {
    read: () => {
      const at = pathOrNone()
      return at === undefined ? undefined : readSmall(at)
    },
    write: (text) => {
      const at = pathOrNone()
      if (at === undefined) return
      const beside = `${at}.${process.pid}`
      quietly(() => makeFolder(dirname(at)))
      const written = quietly(() => {
        writeFileSync(beside, text)
        renameSync(beside, at)
      })
      if (!written) quietly(() => unlinkSync(beside))
      quietly(() => removeAbandoned(dirname(at)))
    },
  }
}

/** Whether it could be done. */
function quietly(act: () => void): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

/** Node's own recursion never ends in /proc, where no folder can be made and none is said to exist. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path)
}

function readSmall(path: string): string | undefined {
  let file: number | undefined
  try {
    // Opening a pipe waits for its writer unless told not to.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = fstatSync(file)
    return found.isFile() && found.size <= largest ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  } finally {
    const opened = file
    if (opened !== undefined) quietly(() => closeSync(opened))
  }
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (/^plans\.json\.\d+$/.test(name) && Date.now() - statSync(path).mtimeMs > abandoned) unlinkSync(path)
  }
}
