import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { temporaryName } from '../../files/replace.ts'
import { thisWriter } from '../../files/writer.ts'
import { unpack } from './unpack.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-unpack-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
const packed = (): { readonly folder: string; readonly archive: string } => {
  const folder = join(root, `${count++}`)
  mkdirSync(folder)
  const archive = join(folder, 'words.gz')
  writeFileSync(archive, gzipSync('one two'))
  return { folder, archive }
}

/** A folder half unpacked, as the process of this number would have left it. */
function leave(folder: string, pid: number | undefined, started: string): string {
  const own = thisWriter()
  const name = temporaryName('unpack').replace(`-${own.pid}-${own.started}-`, `-${pid}-${started}-`)
  mkdirSync(join(folder, name, 'deep'), { recursive: true })
  writeFileSync(join(folder, name, 'deep', 'half'), 'o')
  return name
}

describe('unpacking', () => {
  it('removes what a process left that was killed while it unpacked', async () => {
    const { folder, archive } = packed()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    leave(folder, pid, '12345')
    await unpack(archive, folder, undefined)
    expect(readdirSync(folder).sort()).toEqual(['words', 'words.gz'])
    expect(readFileSync(join(folder, 'words'), 'utf8')).toBe('one two')
  })

  it('leaves alone what a process is unpacking that is alive, and hidden folders of others', async () => {
    const { folder, archive } = packed()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const started =
      process.platform === 'linux'
        ? readFileSync(`/proc/${other.pid}/stat`, 'latin1').split(') ')[1].split(' ')[19]
        : thisWriter().started
    const name = leave(folder, other.pid, started)
    mkdirSync(join(folder, '.git'))
    await unpack(archive, folder, undefined)
    expect(readdirSync(folder).sort()).toEqual([name, '.git', 'words', 'words.gz'].sort())
    expect(readdirSync(join(folder, name, 'deep'))).toEqual(['half'])
    other.kill('SIGKILL')
    await new Promise((resolve) => other.once('exit', resolve))
    await unpack(archive, folder, undefined)
    expect(readdirSync(folder).sort()).toEqual(['.git', 'words', 'words.gz'])
  })

  it('leaves no folder of its own behind where the archive is damaged', async () => {
    const { folder, archive } = packed()
    writeFileSync(archive, gzipSync('one two'.repeat(1000)).subarray(0, 30))
    await expect(unpack(archive, folder, undefined)).rejects.toThrow(/Nothing was unpacked/)
    expect(readdirSync(folder)).toEqual(['words.gz'])
  })
})
