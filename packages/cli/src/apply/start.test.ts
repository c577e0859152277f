import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

/** What a module loads before it runs: the values that it imports by name, not types and not what it imports later. */
const importOf = /^(?:import|export) (?!type\b)[^'"]*?from '([^']+)'/gms

/** All modules that are loaded with `path`, packages by their names. */
function loadedWith(path: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(path)) return loaded
  loaded.add(path)
  for (const [, name] of readFileSync(path, 'utf8').matchAll(importOf))
    if (name.startsWith('.')) loadedWith(join(dirname(path), name), loaded)
    else loaded.add(name)
  return loaded
}

it('begins to decode a picture before the library and the decoder of others are loaded', () => {
  const loaded = loadedWith(join(import.meta.dirname, 'run.ts'))
  expect(loaded).toContain('convoke/shapes')
  expect(loaded).not.toContain('convoke')
  expect(loaded).not.toContain('sharp')
  // The whole library would have been found: a strip is filtered by it.
  expect(loadedWith(join(import.meta.dirname, '../picture/filter.ts'))).toContain('convoke')
})
