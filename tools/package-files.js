// Which files of a package its doors lead to: by import, by type, by a path to what lies beside a module, by source map.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { posix } from 'node:path'

const { dirname, join, normalize } = posix

/** Paths below `folder`, with slashes. */
export const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/(^|[\\/])node_modules[\\/]/.test(path) && statSync(`${folder}/${path}`).isFile())
    .map((path) => path.replaceAll('\\', '/'))

/** All strings of `exports`, `imports`, `bin` and the like. */
const targetsOf = (value) =>
  typeof value === 'string' ? [normalize(value)] : Object.values(value ?? {}).flatMap((one) => targetsOf(one))

/** Any text that reads as a path: what is imported, and what a module opens beside itself. */
const imported = /['"`](\.\.?\/[^'"`\s]+)['"`]/g
const mapped = /^\/\/# sourceMappingURL=(\S+)\s*$/gm

/** What the text of a file names, as paths from the package's folder. */
function namedIn(path, text) {
  const beside = (name) => join(dirname(path), name)
  if (path.endsWith('.map')) return JSON.parse(text).sources.map(beside)
  const names = [...text.matchAll(imported)].map(([, name]) => beside(name))
  const maps = [...text.matchAll(mapped)].map(([, name]) => beside(name))
  // A declaration imports another by the name of the module, or of the source, that it declares.
  const declared = /\.d\.c?ts$/.test(path)
    ? names.map((name) => name.replace(/(?:\.d)?\.(c?)[jt]s$/, '.d.$1ts'))
    : names
  return [...declared, ...maps]
}

/** The files of the package in `folder` that can be reached from what its package.json names, as a set of paths. */
export function reachableFiles(folder) {
  const { exports, imports, bin, unpkg } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const there = new Set(filesIn(folder))
  const reached = new Set()
  const next = targetsOf([exports, imports, bin, unpkg])
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (reached.has(path) || !there.has(path)) continue
    reached.add(path)
    // Sources stand for themselves: what they import is named by the maps, too.
    if (!/\.(js|cjs|map|d\.c?ts)$/.test(path)) continue
    for (const name of namedIn(path, readFileSync(`${folder}/${path}`, 'utf8'))) next.push(name)
  }
  return reached
}
