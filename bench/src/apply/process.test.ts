import { expect, test } from 'vitest'
import { timed } from './process.ts'

test('a process is timed whole, with the most memory it held', async () => {
  const script = 'const held = Buffer.alloc(2 ** 27, 1); setTimeout(() => held.length, 200)'
  const { seconds, megabytes } = await timed(process.execPath, ['-e', script])
  expect(seconds).toBeGreaterThan(0.2)
  if (process.platform === 'linux') expect(megabytes).toBeGreaterThan(128)
})

test('a process that fails is an error that says what it said', async () => {
  await expect(timed(process.execPath, ['-e', 'throw new Error("no picture")'])).rejects.toThrow(/no picture/)
})
