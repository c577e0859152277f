// What is published: the files of the packages, and what loads them. `npm run matrix` tries them where people would.

import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it, test } from 'vitest'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))
const bin = at('packages/cli/bin/convoke.js')
const { filesIn, reachableFiles } = await import(at('tools/package-files.js'))
const { expected } = await import(at('tools/matrix/apps/compute.mjs'))

interface Packed {
  readonly name: string
  readonly files: readonly { readonly path: string }[]
}

/** Paths in the archive of a package. */
const packed = new Map<string, readonly string[]>()

beforeAll(() => {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = [
    'pack',
    '--dry-run',
    '--json',
    '--ignore-scripts',
    '-w',
    'packages/convoke',
    '-w',
    'packages/cli',
    '-w',
    'packages/weights',
  ]
  const text = execFileSync(npm, args, { cwd: at(''), encoding: 'utf8', maxBuffer: 2 ** 26 })
  for (const { name, files } of Object.values(JSON.parse(text) as Record<string, Packed>))
    packed.set(
      name,
      files.map(({ path }) => path),
    )
}, 120_000)

describe('The package of the library', () => {
  const folder = at('packages/convoke')

  it('has every file that its doors lead to, and of what is built no other', () => {
    const files = packed.get('convoke') ?? []
    const reachable: Set<string> = reachableFiles(folder)
    expect(reachable.size).toBeGreaterThan(1000)
    expect([...reachable].filter((path) => !files.includes(path))).toEqual([])
    const left = files.filter((path) => path.startsWith('dist/') && !reachable.has(path))
    expect(left.filter((path) => !path.endsWith('THIRD-PARTY.txt'))).toEqual([])
    // Opened by a path beside the module that needs it.
    expect(files).toContain('dist/standalone/engine.js')
  })

  it('has maps to its sources, and none of its tests', () => {
    const files = packed.get('convoke') ?? []
    expect(files).toContain('dist/for-node/index.js.map')
    expect(files).toContain('dist/ops/conv.js.map')
    expect(files).toContain('src/ops/conv.ts')
    expect(files.filter((path) => /\.test(-d)?\.ts$|\/testing\/|tsbuildinfo/.test(path))).toEqual([])
  })
})

it('The package of the command has the command and the lab, and no sources of tests', () => {
  const files = packed.get('convoke-cli') ?? []
  for (const path of ['bin/convoke.js', 'dist/for-node/main.js', 'dist/for-node/main.js.map', 'dist/lab/index.html'])
    expect(files).toContain(path)
  expect(files.filter((path) => /\.test\.|tsbuildinfo/.test(path))).toEqual([])
})

it('The package of weights has the file of its door, and nothing that made it', () => {
  const files = [...(packed.get('convoke-weights') ?? [])].sort()
  expect(files).toEqual([
    ...['LICENSE', 'README.md', 'classify.safetensors', 'index.d.ts', 'index.js', 'made.txt', 'package.json'],
  ])
})

test.each(['convoke', 'cli', 'weights'])('package.json of %s says what the registry shows', (name) => {
  const manifest = createRequire(import.meta.url)(at(`packages/${name}/package.json`))
  for (const field of ['description', 'homepage', 'license']) expect(manifest[field]).toMatch(/\w/)
  expect(manifest.repository).toMatchObject({ type: 'git', directory: `packages/${name}` })
  const address = manifest.bugs.url.replace(/\/issues$/, '')
  expect(address).toMatch(/^https:/)
  expect(manifest.repository.url).toBe(`git+${address}.git`)
  expect(manifest.homepage).toBe(`${address}#readme`)
  expect(manifest.keywords.length).toBeGreaterThan(4)
  expect(filesIn(at(`packages/${name}`))).toContain('README.md')
})

test.each(['convoke', 'cli', 'weights'])('%s is published only with addresses that are no placeholders', (name) => {
  const manifest = createRequire(import.meta.url)(at(`packages/${name}/package.json`))
  const { status, stderr } = spawnSync('sh', ['-c', manifest.scripts.prepublishOnly], {
    ...{ cwd: at(`packages/${name}`), encoding: 'utf8' },
  })
  const isPlaceholder = new URL(manifest.homepage).hostname.endsWith('.example')
  expect(status, stderr).toBe(isPlaceholder ? 1 : 0)
  if (isPlaceholder) expect(stderr).toContain(`homepage ${manifest.homepage}`)
})

it('koffi, whose binaries no bundler takes, is in no bundle for Node', async () => {
  const { metafile } = await build({
    stdin: { contents: `export * from 'convoke'`, resolveDir: import.meta.dirname },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', metafile: true, outdir: '.', logLevel: 'silent' },
  })
  const inputs = Object.entries(metafile.inputs)
  expect(inputs.length).toBeGreaterThan(2)
  expect(inputs.filter(([path]) => path.includes('koffi'))).toEqual([])
  expect(inputs.flatMap(([, { imports }]) => imports.filter(({ path }) => path.includes('koffi')))).toEqual([])
})

describe('CommonJS that loads no ES modules, as Jest before Node 24.9', () => {
  /** What Node prints that runs this; `door` opens one of the doors, `names` are those that there are. */
  const printed = (code: string): unknown => {
    const begin = `
      const { exports } = require('./package.json')
      const names = Object.keys(exports).filter((path) => !path.endsWith('.json')).map((path) => path.slice(2) || 'index')
      const door = (name) => require('./dist/for-commonjs/' + name + '.cjs')`
    return JSON.parse(
      execFileSync(process.execPath, ['-e', `${begin}\n${code}`], { cwd: at('packages/convoke'), encoding: 'utf8' }),
    )
  }

  it('computes what is worked by hand', () => {
    const answer = printed(`
      import('../../tools/matrix/apps/compute.mjs').then(async ({ compute }) => {
        console.log(JSON.stringify(await compute(door('index'))))
      })`) as Record<string, number[]>
    for (const [name, numbers] of Object.entries(expected as Record<string, number[]>))
      expect(answer[name], name).toEqual(numbers.map((value) => expect.closeTo(value, 3)))
  })

  it('opens every door on one library, and each as wide as the door of ES modules', () => {
    const [doors, wide, same] = printed(`
      const sorted = (module) => Object.keys(module).sort().join(' ')
      const widths = names.map(async (name) => sorted(door(name)) === sorted(await import('./dist/for-node/' + name + '.js')))
      const same = [door('nn').Conv2d === door('index').nn.Conv2d, door('ops').conv2d === door('index').conv2d]
      Promise.all(widths).then((wide) => console.log(JSON.stringify([names, wide, same])))`) as [
      string[],
      boolean[],
      boolean[],
    ]
    expect(doors).toEqual(expect.arrayContaining(['index', 'nn', 'node', 'mpi', 'scale']))
    expect(doors.filter((_, i) => !wide[i])).toEqual([])
    expect(same).toEqual([true, true])
  })
})

it('The command tells an old Node in words that it is too old', () => {
  const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.8'})`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, bin, 'explain'], {
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toBe(
    'convoke: Convoke needs Node 20.19 or later, and this is Node 18.20.8. Install a newer one, or run `npx -p node@24 -p convoke-cli convoke`.\n',
  )
})
