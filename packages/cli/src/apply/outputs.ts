// Where results go: one file for one filter; for several, `-name` before the extension, or files in a folder.

import { realpath, stat } from 'node:fs/promises'
import { basename, extname, join, resolve, sep } from 'node:path'
import { UsageError } from '../errors.ts'
import { isOutputExtension } from '../picture/encode.ts'

/** One path a filter name. `out` is a folder when it is one, ends in a separator, or has no extension. */
export async function outputPaths(out: string, picture: string, names: readonly string[]): Promise<string[]> {
  const folder =
    /[/\\]$/.test(out) ||
    extname(out) === '' ||
    (await stat(out).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  const slugs = distinct(names.map(slug))
  if (!folder && names.length === 1) return [out]
  const from = folder ? picture : out
  const extension = isOutputExtension(extname(from)) ? extname(from) : '.png'
  const stem = folder ? basename(from, extname(from)) : out.slice(0, out.length - extname(out).length)
  const place = folder ? (file: string) => join(out, file) : (file: string) => file
  // An extension that names no format is left for the check of formats to refuse.
  return slugs.map((name) => place(`${stem}-${name}${folder ? extension : extname(out)}`))
}

/** `motion:15,30` → `motion-15-30`: a file name everywhere. */
const slug = (name: string): string =>
  name
    .replace(/[^a-zA-Z0-9.+-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80) || 'kernel'

function distinct(names: readonly string[]): string[] {
  const taken = new Map<string, number>()
  return names.map((name) => {
    const count = (taken.get(name) ?? 0) + 1
    taken.set(name, count)
    return count === 1 ? name : `${name}-${count}`
  })
}

/** Refuses to write over the picture that is read, however the two paths are spelt. */
export async function protectInput(picture: string, outputs: readonly string[], force: boolean): Promise<void> {
  if (force) return
  const input = await trueFile(picture)
  for (const output of outputs) {
    const same = await trueFile(output)
    if (same !== undefined && same === input)
      throw new UsageError(
        `${output} is the picture that is read. Choose another output, or add --force to replace it.`,
      )
    if (output.endsWith(sep)) throw new UsageError(`the output ${output} is a folder. Name a file.`)
  }
}

/** Device and inode where there are any, else the resolved path; undefined for what does not exist. */
async function trueFile(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return ino === 0n ? await realpath(resolve(path)) : `${dev}:${ino}`
  } catch {
    return undefined
  }
}
