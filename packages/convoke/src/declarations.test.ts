import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The declarations that are shipped, compiled as in a project that checks its libraries. They are those of the last build.
const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { exports } = createRequire(import.meta.url)('../package.json') as { exports: Record<string, unknown> }
const entries = Object.keys(exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => entry.replace(/^\./, 'convoke'))

let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'convoke-types-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(packageFolder, join(project, 'node_modules/convoke'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

/** What the compiler says of a file in a project with these libraries; empty where all is well. */
function complaints(lib: readonly string[], source: string, more: Readonly<Record<string, unknown>> = {}): string {
  const compilerOptions = {
    ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: [], skipLibCheck: false, lib },
    ...more,
  }
  writeFileSync(join(project, 'use.ts'), source)
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  return spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' }).stdout
}

const importsOf = (names: readonly string[]): string =>
  `${names.map((name, i) => `import * as entry${i} from '${name}'`).join('\n')}
export const all = [${names.map((_, i) => `entry${i}`).join(', ')}]
`

describe('declarations', () => {
  test('name the entries of the package', () => {
    const parts = [
      'shapes',
      'tensor',
      'autodiff',
      'ops',
      'backends',
      'explain',
      'graph',
      'nn',
      'optim',
      'data',
      'train',
      'models',
      'metrics',
    ]
    expect(entries).toEqual([
      'convoke',
      ...[...parts, 'formats', 'files', 'node', 'mpi', 'scale'].map((part) => `convoke/${part}`),
    ])
  })

  test.each([
    [['es2022']],
    [['es2022', 'dom']],
    [['es2022', 'esnext.disposable']],
    [['es2022', 'webworker']],
    [['esnext', 'dom', 'dom.iterable']],
  ])('of every entry compile with the libraries %j', (lib) => {
    expect(complaints(lib, importsOf(entries))).toBe('')
  })

  test('compile one entry at a time, with exact optional properties', () => {
    for (const entry of entries) {
      expect(complaints(['es2022'], importsOf([entry]), { exactOptionalPropertyTypes: true })).toBe('')
    }
  })

  test('let tensors be used with `using`, where the library knows it', () => {
    const source = `import { ones } from 'convoke'
export function total(): number {
  using x = ones([2])
  return x.size
}
`
    expect(complaints(['es2022', 'esnext.disposable'], source)).toBe('')
  })

  test('take the signals and addresses of the platform', () => {
    const source = `import type { train } from 'convoke'
import { workerDataset } from 'convoke/node'
export const signal: NonNullable<train.FitOptions<object, unknown>['signal']> = new AbortController().signal
export const set = workerDataset(new URL('file:///pets.js'))
`
    expect(complaints(['es2022', 'dom'], source)).toBe('')
  })

  test('are of use to the checker: a wrong call is an error', () => {
    expect(
      complaints(['es2022'], "import { ones } from 'convoke'\nexport const y: string = ones([2]).size\n"),
    ).toContain("Type 'number' is not assignable to type 'string'")
  })
})
