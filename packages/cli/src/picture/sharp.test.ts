// Pictures where the system keeps their library from working.

import { spawnSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pngOf } from '../../test/data-files.ts'
import { bin, folder } from '../../test/run.ts'

/** `convoke apply` on a picture, started so: by these words, with these options of Node. */
async function apply(before: readonly string[], options: readonly string[]) {
  const root = await folder()
  await chmod(root, 0o777)
  await writeFile(join(root, 'in.png'), await pngOf({ shape: [8, 8, 1], data: new Uint8Array(64) }))
  const command = [
    ...before,
    process.execPath,
    ...options,
    bin,
    'apply',
    'in.png',
    '--kernel',
    'sharpen',
    '-o',
    'out.png',
  ]
  return spawnSync(command[0], command.slice(1), { cwd: root, encoding: 'utf8', timeout: 120_000 })
}

const asAnother = ['setpriv', '--reuid=54321', '--clear-groups', '--']

describe('convoke apply', () => {
  test('says that it may not start threads, instead of ending in the middle', async ({ skip }) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return skip('limits on threads do not bind root, and another user is only given to root: run the tests as root')
    const read = [...asAnother, process.execPath, '-e', `require('fs').readFileSync(${JSON.stringify(bin)})`]
    if (spawnSync(read[0], read.slice(1)).status !== 0)
      return skip('no setpriv, or another user may not read this folder')
    for (const limit of [14, 18, 22]) {
      const { status, signal, stderr } = await apply(['prlimit', `--nproc=${limit}`, ...asAnother], [])
      expect([status, signal]).toEqual([1, null])
      expect(stderr).toMatch(
        /^convoke: pictures are read and written in threads, about 16 .* lets this process start \d+ more\./,
      )
    }
    expect((await apply(['prlimit', '--nproc=64', ...asAnother], [])).status).toBe(0)
  })

  test('says what the permission model keeps out', async ({ skip }) => {
    const flag = ['--permission', '--experimental-permission'].find((name) =>
      process.allowedNodeEnvironmentFlags.has(name),
    )
    if (flag === undefined) return skip('this Node has no permission model')
    const { status, stderr } = await apply([], [flag, '--allow-fs-read=*', '--allow-fs-write=*', '--no-warnings'])
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /^convoke: pictures are read .* Node's permission model blocks .* Start node with --allow-addons\.\n$/,
    )
  })
})
