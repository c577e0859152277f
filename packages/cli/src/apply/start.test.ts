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

it('waits neither for the library nor for sharp before it looks at what it was asked', () => {
  const loaded = loadedWith(join(import.meta.dirname, 'run.ts'))
  expect(loaded).toContain('convoke/shapes')
  for (const part of ['convoke', 'convoke/ops', 'convoke/tensor', 'convoke/autodiff', 'convoke/node'])
    expect(loaded).not.toContain(part)
  expect(loaded).not.toContain('sharp')
  // What filters a strip needs the library, so this way of looking finds it.
  expect(loadedWith(join(import.meta.dirname, '../picture/filter.ts'))).toContain('convoke/ops')
})
