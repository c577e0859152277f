// An editor shows what a name is only where a doc comment says it: each that the doors of the library lead to has one.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { publicMembers } from './public-members.ts'

const folder = 'packages/convoke'
const { exports } = JSON.parse(readFileSync(join(import.meta.dirname, '..', folder, 'package.json'), 'utf8')) as {
  exports: Readonly<Record<string, unknown>>
}
const doors = Object.keys(exports)
  .filter((door) => door !== './package.json')
  .map((door) => join(folder, 'src', door, 'index.ts'))

/** Sharp's own documentation says what its members are. */
const elsewhere = [join(folder, 'src/node/sharp.ts')]

it('every public member has a doc comment', () => {
  const members = publicMembers(join(folder, 'tsconfig.json'), doors)
  const names = members.map(({ name }) => name)
  expect(names.length).toBeGreaterThan(2000)
  expect(names).toEqual(
    expect.arrayContaining(['conv2d', 'ConvOptions', 'Conv2d', 'ConvGeometry.stride', 'Tensor.shape']),
  )
  const blank = members.filter(({ file, documented }) => !documented && !elsewhere.includes(file))
  expect(blank.map(({ name, file, line }) => `${file}:${line} ${name}`)).toEqual([])
})
