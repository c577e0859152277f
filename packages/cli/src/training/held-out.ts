// The names of what a run split off its data, kept in its folder, so that evaluating one part need not read the others.

import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeWhole } from '../picture/write-whole.ts'
import type { Run } from './config.ts'
import type { HeldOut, Opened } from './data/opened.ts'

const fileIn = (folder: string): string => join(folder, 'held-out.json')

/** A list of more names is none that a run wrote. */
const mostBytes = 2 ** 28

/** Writes down what was split off; nothing where the data brought its parts, or its examples are no files. */
export async function keepHeldOut(folder: string, { heldOut }: Pick<Opened<object>, 'heldOut'>): Promise<void> {
  if (heldOut === undefined) return
  const text = `${JSON.stringify(heldOut)}\n`
  await writeWhole(fileIn(folder), (temporary) => writeFile(temporary, text))
}

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')

/** What a run split off; undefined where that is not known, and is found by reading all of the data. */
export async function heldOutOf({ folder }: Run): Promise<HeldOut | undefined> {
  if (folder === null) return undefined
  try {
    if ((await stat(fileIn(folder))).size > mostBytes) return undefined
    const { validation, test } = JSON.parse(await readFile(fileIn(folder), 'utf8')) as Record<string, unknown>
    return { ...(isList(validation) && { validation }), ...(isList(test) && { test }) }
  } catch {
    return undefined
  }
}
