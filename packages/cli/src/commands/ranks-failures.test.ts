// What one rank of several comes across alone: it ends the job, says why, and leaves neither a process nor a broken checkpoint behind.

import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { train } from 'convoke'
import { afterEach, describe, expect, it } from 'vitest'
import { kinds, on, type Together } from '../../test/ranks.ts'
import { convoke, folder, words } from '../../test/run.ts'

const digits =
  'train classify --data digits --examples 60 --global-batch 16 --size 12 --model-option widths=[4,8] --threads 1'

/** Seconds within which a job has to end; the first ones go into starting it. */
const longest = 10

function expectEnded({ code, left, seconds }: Together): void {
  expect([code === 0, left]).toEqual([false, 0])
  expect(seconds).toBeLessThan(longest + 5)
}

/** A text of a table, and one that is longer by a row. */
const table = (rows: number): string =>
  `text,label\n${Array.from({ length: rows }, (_, i) => `text number ${i},${i % 2}\n`).join('')}`

const mounts: string[] = []
afterEach(() => {
  for (const path of mounts.splice(0)) execFileSync('umount', [path])
})

/** A disk of so many bytes; null where none can be made, as by others than root. */
async function smallDisk(bytes: number): Promise<string | null> {
  const path = join(await folder(), 'disk')
  await mkdir(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    return null
  }
  mounts.push(path)
  return path
}

describe.each(kinds.map((kind) => ({ name: kind[0], kind })))('one rank of $name', ({ kind }) => {
  it('finds the disk full: the last checkpoint stays', async ({ skip }) => {
    const disk = await smallDisk(1_000_000)
    if (disk === null) return skip('no small disk can be mounted here; that takes root')
    await convoke(disk, ...words(`${digits} --epochs 1 --out run`))
    const { bavail, bsize } = await statfs(disk)
    // 12 KB are left, and a checkpoint has more.
    await writeFile(join(disk, 'much'), new Uint8Array(bavail * bsize - 12_288))
    const ended = await on(kind, 2, disk, 'train --resume --out run --epochs 5000')
    expectEnded(ended)
    expect(ended.stderr).toMatch(/convoke: run\/\S+: .*cannot be written: the disk is full/)
    const state = train.decodeTrainingState(await readFile(join(disk, 'run/last.safetensors')))
    expect(state.progress.epoch).toBeGreaterThanOrEqual(1)
    await rm(join(disk, 'much'))
    const { code } = await convoke(disk, ...words(`train --resume --out run --epochs ${state.progress.epoch + 1}`))
    expect(code).toBe(0)
  })

  it('runs out of memory', async () => {
    const cwd = await folder()
    // What Node and the engine reserve, and 300 MB; a batch needs more.
    const size = `import('convoke').then(({ ones, add }) => { add(ones([9]), 1); console.log(/VmPeak:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status'))[1]) })`
    const least = Number(execFileSync(process.execPath, ['-e', size], { cwd: import.meta.dirname, encoding: 'utf8' }))
    const line =
      'train classify --data digits --examples 160 --size 192 --batch-size 64 --model-option widths=[16,16] --threads 1'
    const ended = await on(kind, 2, cwd, `${line} --epochs 9 --out run`, {
      first: `[ $RANK = 1 ] && ulimit -v ${least + 300_000}`,
    })
    expect([ended.code === 0, ended.left]).toEqual([false, 0])
    expect(ended.stderr).toMatch(/convoke: rank 1: .*memory/)
  })

  it('has a broken picture', async () => {
    const cwd = await folder()
    await convoke(cwd, 'apply', 'scene', '--kernel', 'identity', '-o', 'scene.png')
    for (const rank of ['0', '1'])
      for (const name of ['cat', 'dog']) {
        await mkdir(join(cwd, rank, 'data', name), { recursive: true })
        for (let i = 0; i < 10; i++) await cp(join(cwd, 'scene.png'), join(cwd, rank, 'data', name, `${i}.png`))
      }
    // Its head is whole: what is missing shows when it is decoded.
    const broken = join(cwd, '1/data/dog/3.png')
    await writeFile(broken, (await readFile(broken)).subarray(0, 4000))
    const line = 'train classify --data data --epochs 2 --size 16 --global-batch 8 --threads 1 --out run'
    const ended = await on(kind, 2, cwd, line, { first: 'cd $RANK' })
    expectEnded(ended)
    expect(ended.stderr).toMatch(/rank 1.*(dog\/3\.png|examples)/)
  })

  it('has no such folder, other classes, other examples, or other options', async () => {
    const cwd = await folder()
    for (const rank of ['0', '1']) await mkdir(join(cwd, rank))
    await writeFile(join(cwd, '0/table.csv'), table(40))
    const line = 'train text --data table.csv --epochs 1 --threads 1 --out run'
    const where = { first: 'cd $RANK' }
    const missing = await on(kind, 2, cwd, line, where)
    expectEnded(missing)
    expect(missing.stderr).toMatch(/convoke: rank 1: table\.csv/)
    await writeFile(join(cwd, '1/table.csv'), table(30))
    expect((await on(kind, 2, cwd, line, where)).stderr).toContain('table.csv: rank 1 reads')
    await writeFile(join(cwd, '1/table.csv'), table(40).replaceAll(',1\n', ',2\n'))
    expect((await on(kind, 2, cwd, line, where)).stderr).toContain('rank 1 finds the classes 0, 2, rank 0 0, 1')
    const changed = await on(kind, 2, cwd, line, { first: '[ $RANK = 1 ] && set -- "$@" --epochs 3' })
    expectEnded(changed)
    expect(changed.stderr).toMatch(/rank 1 \(.*\) was started with other arguments: --epochs where rank 0 has nothing/)
  })
})
