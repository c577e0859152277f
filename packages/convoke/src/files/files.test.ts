import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readBytes } from './files.ts'

it.skipIf(process.platform === 'win32')('a pipe in place of a file is refused at once, and a device', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'convoke-files-'))
  try {
    const pipe = join(folder, 'last.safetensors')
    execFileSync('mkfifo', [pipe])
    await expect(readBytes(pipe)).rejects.toThrow(
      /last\.safetensors: cannot be read: it is a pipe or a device, not a file/,
    )
    await expect(readBytes('/dev/zero')).rejects.toThrow(/not a file/)
    await expect(readBytes(folder)).rejects.toThrow(/cannot be read/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
