// Paths that stand in a file and name another beside it: they may not lead out of its folder.

import { check, show } from '../shapes/error.ts'

/** Signs a path may have; systems take no longer ones. */
const longest = 4096

/**
 * The path with what says nothing (`./`) left out. Throws `ConvokeError` where it is absolute, goes up, or is written so that one
 * system or another takes it for that: with a drive, a backslash, or a sign that ends texts.
 */
export function innerPath(what: string, path: string): string {
  const parts = path.split('/')
  const kept = parts.filter((part) => part !== '.')
  check(
    kept.length > 0 &&
      path.length <= longest &&
      kept.every((part) => part !== '' && part !== '..') &&
      // biome-ignore lint/suspicious/noControlCharactersInRegex: paths with such signs are refused
      !/[\\\u0000-\u001f:]/.test(path),
    () =>
      `${what}: the file names ${show(path.length > 200 ? `${path.slice(0, 200)}…` : path)} as a part of it. Parts lie in its own folder or below: a relative path with / and without .., \\ and :. Do not trust this file, or save it again beside its parts.`,
  )
  return kept.join('/')
}
