import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkNodeVersion } from './node-version.ts'

test.each(['20.19.0', '20.20.2', '22.12.0', '24.1.0', '26.10.0', undefined])('Node %s will do', (version) => {
  expect(() => checkNodeVersion(version, true)).not.toThrow()
})

test.each(['18.20.8', '16.0.0', '20.18.3', '0.12.18'])('Node %s is too old, and told so in words', (version) => {
  expect(() => checkNodeVersion(version, true)).toThrow(
    `Convoke needs Node 20.19 or later, and this is Node ${version}. Install a newer one, or run it with`,
  )
})

test('a Node that lacks what the library takes from it is too old, whatever its number', () => {
  expect(() => checkNodeVersion('21.7.3', false)).toThrow('this is Node 21.7.3')
})

test('package.json asks for the same', () => {
  for (const name of ['convoke', 'cli']) {
    const path = new URL(`../../../../../../${name}/package.json`, import.meta.url)
    expect(JSON.parse(readFileSync(path, 'utf8')).engines.node).toBe('>=20.19')
  }
})
