// The examples run as they stand, on less than they take by default.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [fileURLToPath(new URL('../tools/example.js', import.meta.url)), ...args], {
    encoding: 'utf8',
  })

it('digits trains, and its loss falls', () => {
  const losses = [...run('digits', '--examples', '600', '--epochs', '3').matchAll(/loss ([\d.]+)/g)].map(([, loss]) =>
    Number(loss),
  )
  expect(losses).toHaveLength(3)
  expect(losses[2]).toBeLessThan(losses[0])
})
