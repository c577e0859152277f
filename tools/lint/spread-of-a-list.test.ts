import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
const rule = fileURLToPath(new URL('spread-of-a-list.grit', import.meta.url))

const refused = [
  'f(...list)',
  'list.push(1, ...other)',
  'new Thing(...list)',
  'Math.max(...list.map(Math.abs), 0)',
  'f([g(...list)])',
  'f.apply(null, list)',
  'Reflect.apply(f, null, list)',
  'Reflect.construct(Thing, list)',
  'String.fromCharCode(...bytes)',
]
const allowed = [
  'f([...list])',
  'f({ ...one })',
  'f(...[1, 2])',
  'const all = [...list, ...other]',
  '// biome-ignore lint/plugin/spread-of-a-list: a pair\nf(...pair)',
]

test('the linter refuses lists spread into arguments, and only those', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-lint-'))
  try {
    const files = [...refused, ...allowed].map((line, i) => ({ name: `line-${i}.ts`, line }))
    for (const { name, line } of files) writeFileSync(join(folder, name), `${line}\n`)
    writeFileSync(
      join(folder, 'biome.json'),
      JSON.stringify({ plugins: [rule], linter: { rules: { preset: 'none' } }, root: true }),
    )
    const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', '--max-diagnostics=none', '.'], {
      cwd: folder,
      encoding: 'utf8',
    })
    const named = files.filter(({ name }) => new RegExp(`${name}\\S* plugin`).test(stdout + stderr))
    expect(named.map(({ line }) => line)).toEqual(refused)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
