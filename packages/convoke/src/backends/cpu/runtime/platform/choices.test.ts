import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { platform } from './node.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-choices-'))
const before = process.env['CONVOKE_CACHE']
afterAll(() => {
  if (before === undefined) delete process.env['CONVOKE_CACHE']
  else process.env['CONVOKE_CACHE'] = before
  rmSync(folder, { recursive: true, force: true })
})

/** What is read after a text was written with this folder for measured plans. */
function keptIn(cache: string): string | undefined {
  process.env['CONVOKE_CACHE'] = cache
  platform.choices?.write('kept')
  return platform.choices?.read()
}

describe('measured plans on disk', () => {
  test('are kept in a folder that is made for them, with nothing left beside', () => {
    const cache = join(folder, 'not', 'there', 'yet')
    expect(keptIn(cache)).toBe('kept')
    expect(readdirSync(join(cache, 'convoke'))).toEqual(['plans.json'])
  })

  test('are done without where they cannot be kept', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    expect(keptIn(file)).toBeUndefined()
    const taken = join(folder, 'taken')
    mkdirSync(join(taken, 'convoke', 'plans.json'), { recursive: true })
    expect(keptIn(taken)).toBeUndefined()
    expect(readdirSync(join(taken, 'convoke'))).toEqual(['plans.json'])
    // There mkdir says that the folder above does not exist, though it does.
    if (existsSync('/proc/self')) expect(keptIn('/proc/convoke')).toBeUndefined()
  })

  /** A cache that holds this in the place of the plans. */
  const cacheWith = (name: string, make: (path: string) => void): string => {
    const cache = join(folder, name)
    mkdirSync(join(cache, 'convoke'), { recursive: true })
    make(join(cache, 'convoke', 'plans.json'))
    return cache
  }
  const readFrom = (cache: string): string | undefined => {
    process.env['CONVOKE_CACHE'] = cache
    return platform.choices?.read()
  }

  test.skipIf(process.platform === 'win32')(
    'are not waited for where they are a pipe, which no process writes to',
    () => {
      const cache = cacheWith('pipe', (path) => execFileSync('mkfifo', [path]))
      expect(readFrom(cache)).toBeUndefined()
      expect(keptIn(cache)).toBe('kept')
      // The same in a process of its own, which a wait could not end.
      const other = cacheWith('pipe2', (path) => execFileSync('mkfifo', [path]))
      const bundle = new URL('../../../../../dist/for-node/index.js', import.meta.url).href
      const code = `import(${JSON.stringify(bundle)}).then(async ({ conv2d, ones }) => { const y = conv2d(ones([1, 32, 32, 8]), ones([3, 3, 8, 8]), { plan: 'measure', padding: 'valid' }); console.log((await y.data())[0]) })`
      const env = { ...process.env, CONVOKE_CACHE: other }
      const ran = spawnSync(process.execPath, ['-e', code], { env, timeout: 30_000, encoding: 'utf8' })
      expect([ran.status, ran.stdout, ran.stderr]).toEqual([0, '72\n', ''])
    },
  )

  test('are ignored where they are too large to be plans, a device, or damaged', () => {
    const large = cacheWith('large', (path) => {
      writeFileSync(path, '{')
      truncateSync(path, 2 ** 34)
    })
    expect(readFrom(large)).toBeUndefined()
    if (existsSync('/dev/zero'))
      expect(readFrom(cacheWith('device', (path) => symlinkSync('/dev/zero', path)))).toBeUndefined()
    expect(readFrom(cacheWith('loop', (path) => symlinkSync(path, path)))).toBeUndefined()
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'are done without where they may not be read',
    () => {
      const cache = cacheWith('secret', (path) => {
        writeFileSync(path, 'x')
        chmodSync(path, 0)
      })
      expect(readFrom(cache)).toBeUndefined()
    },
  )

  test('lose what killed processes left beside them, once it is old', () => {
    const cache = cacheWith('left', (path) => {
      writeFileSync(`${path}.123`, 'half')
      utimesSync(`${path}.123`, new Date(0), new Date(0))
      writeFileSync(`${path}.124`, 'being written')
    })
    expect(keptIn(cache)).toBe('kept')
    expect(readdirSync(join(cache, 'convoke')).sort()).toEqual(['plans.json', 'plans.json.124'])
  })
})
