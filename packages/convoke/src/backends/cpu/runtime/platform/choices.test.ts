import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
})
