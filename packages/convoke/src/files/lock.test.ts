import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { lockFolder } from './lock.ts'
import { removeRemains, replaceFile, temporaryName } from './replace.ts'
import { stateOf, thisWriter } from './writer.ts'

const root = mkdtempSync(join(tmpdir(), 'convoke-lock-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
const fresh = (): string => {
  const path = join(root, `${count++}`)
  mkdirSync(path)
  return path
}

/** A lock as another process would have left it. */
const leave = (folder: string, holder: object, minutesAgo = 0): string => {
  const path = join(folder, '.lock')
  const lock = { ...thisWriter(), host: 'elsewhere', token: '0123', ...holder }
  writeFileSync(path, `${JSON.stringify(lock)}\n`)
  const time = new Date(Date.now() - minutesAgo * 60_000)
  utimesSync(path, time, time)
  return path
}

/** A process that was, so that its number is nobody's. */
const dead = (): number => spawnSync(process.execPath, ['-e', '']).pid

describe('a writer', () => {
  it('is alive while its process is, told by its number and its start', () => {
    const own = thisWriter()
    expect(stateOf(own)).toBe(own.started === '' ? 'unknown' : 'alive')
    expect(stateOf({ ...own, pid: dead() })).toBe('dead')
    expect(stateOf({ ...own, place: '000000000000' })).toBe('unknown')
  })
  it.skipIf(process.platform !== 'linux')('is dead when another process has its number now', () => {
    expect(stateOf({ ...thisWriter(), started: '1' })).toBe('dead')
  })
  it.skipIf(process.platform !== 'linux')('is dead when it ended and was not waited for', async () => {
    // The shell becomes a program that never asks what became of its child, which ends only then.
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 20'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))))
    const zombie = () => readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
    while (!zombie()) await new Promise((resolve) => setTimeout(resolve, 10))
    const started = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')[19]
    expect(stateOf({ ...thisWriter(), pid, started })).toBe('dead')
    parent.kill()
  })
})

describe('the lock of a folder', () => {
  it('refuses a second process in words, and is gone with the first', async () => {
    const folder = fresh()
    const lock = await lockFolder(folder)
    expect(existsSync(join(folder, '.lock'))).toBe(true)
    const again = await lockFolder(folder)
    again.release()
    expect(existsSync(join(folder, '.lock'))).toBe(true)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('is the same by another name of the folder', async () => {
    const folder = fresh()
    symlinkSync(folder, `${folder}-link`)
    const lock = await lockFolder(folder)
    const again = await lockFolder(`${folder}-link`)
    lock.release()
    expect(existsSync(join(folder, '.lock'))).toBe(true)
    again.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('of a process that is alive is not taken, however old', async () => {
    const folder = fresh()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const started =
      process.platform === 'linux'
        ? readFileSync(`/proc/${other.pid}/stat`, 'latin1').split(') ')[1].split(' ')[19]
        : thisWriter().started
    leave(folder, { pid: other.pid, started }, process.platform === 'linux' ? 600 : 0)
    await expect(lockFolder(folder)).rejects.toThrow(
      new RegExp(`process ${other.pid} is writing to this folder, and two would spoil each other's files`),
    )
    other.kill('SIGKILL')
    await new Promise((resolve) => other.once('exit', resolve))
    const lock = await lockFolder(folder)
    lock.release()
    expect(readdirSync(folder)).toEqual([])
  })

  it('of a dead process is taken over', async () => {
    const folder = fresh()
    leave(folder, { pid: dead() })
    const lock = await lockFolder(folder)
    expect(JSON.parse(readFileSync(join(folder, '.lock'), 'utf8')).pid).toBe(process.pid)
    lock.release()
  })

  it.skipIf(process.platform !== 'linux')(
    'is taken over where its number is another process by now, as in a container that was started again',
    async () => {
      const folder = fresh()
      leave(folder, { started: '1' })
      const lock = await lockFolder(folder)
      lock.release()
    },
  )

  it('of another machine holds while it shows life, and is taken over after minutes of silence', async () => {
    const folder = fresh()
    leave(folder, { place: 'ffffffffffff', pid: 7 }, 1)
    await expect(lockFolder(folder)).rejects.toThrow(
      /process 7 on elsewhere .* remove .*\.lock, or try again in 5 minutes/,
    )
    leave(folder, { place: 'ffffffffffff', pid: 7 }, 6)
    const lock = await lockFolder(folder)
    lock.release()
  })

  it('that says nothing is taken over after minutes; what is no file is refused', async () => {
    const folder = fresh()
    const path = leave(folder, {})
    writeFileSync(path, 'torn {')
    await expect(lockFolder(folder)).rejects.toThrow('another process is writing to this folder')
    utimesSync(path, new Date(0), new Date(0))
    const lock = await lockFolder(folder)
    lock.release()
    mkdirSync(path)
    await expect(lockFolder(folder)).rejects.toThrow('is not a lock that Convoke made')
  })

  it('is had by one of many processes that find it stale at once', async () => {
    const folder = fresh()
    leave(folder, { pid: dead() })
    // Each takes the lock and keeps it until all have tried.
    const module = new URL('../../dist/for-node/node.js', import.meta.url).href
    const code = `import(${JSON.stringify(module)}).then(({ lockFolder }) => lockFolder(process.argv[1])).then(() => 'had', (error) => 'refused ' + error.message).then((text) => { console.log(text); setTimeout(() => {}, 60000) })`
    const children = Array.from({ length: 6 }, () => spawn(process.execPath, ['-e', code, folder]))
    const said = await Promise.all(
      children.map(
        (child) => new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text)))),
      ),
    )
    for (const child of children) child.kill('SIGKILL')
    expect(said.filter((text) => text.startsWith('had'))).toHaveLength(1)
    for (const text of said.filter((one) => !one.startsWith('had')))
      expect(text).toMatch(/writing to this folder|at once/)
  })

  it('that another process took meanwhile is noticed before anything is written', async () => {
    const folder = fresh()
    const lock = await lockFolder(folder)
    leave(folder, { token: 'another' })
    const real = Date.now
    Date.now = () => real() + 10_000
    try {
      expect(() => lock.beat()).toThrow('another process has taken over this folder')
    } finally {
      Date.now = real
    }
    lock.release()
    // What is another's stays.
    expect(existsSync(join(folder, '.lock'))).toBe(true)
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('says when the folder is read-only', async () => {
    const folder = fresh()
    const { chmodSync } = await import('node:fs')
    chmodSync(folder, 0o500)
    await expect(lockFolder(folder)).rejects.toThrow('permission is denied. Choose another one.')
    chmodSync(folder, 0o700)
  })
})

describe('temporary files', () => {
  it('of dead processes are removed by the next one, and no others', async () => {
    const folder = fresh()
    const own = temporaryName('a.bin')
    const killed = own.replace(`-${process.pid}-`, `-${dead()}-`)
    const foreign = own.replace(thisWriter().place, 'ffffffffffff')
    const oldForeign = foreign.replace('.a.bin.', '.b.bin.')
    const notOurs = ['.a.bin.swp', 'a.tmp', '.hidden']
    for (const name of [own, killed, foreign, oldForeign, ...notOurs]) writeFileSync(join(folder, name), '')
    utimesSync(join(folder, oldForeign), new Date(0), new Date(0))
    await removeRemains(folder)
    expect(readdirSync(folder).sort()).toEqual([own, foreign, ...notOurs].sort())
  })

  it('of a process that is killed while it writes are removed when the next writes there', async () => {
    const folder = fresh()
    const module = new URL('../../dist/for-node/node.js', import.meta.url).href
    const code = `import(${JSON.stringify(module)}).then(({ replaceFile }) => replaceFile(process.argv[1], async (path) => { (await import('node:fs')).writeFileSync(path, 'half'); console.log('half'); await new Promise((r) => setTimeout(r, 60000)) }))`
    const child = spawn(process.execPath, ['-e', code, join(folder, 'out.bin')])
    await new Promise((resolve) => child.stdout.once('data', resolve))
    expect(readdirSync(folder)).toHaveLength(1)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    await replaceFile(join(folder, 'next.bin'), async (path) => writeFileSync(path, 'whole'))
    expect(readdirSync(folder)).toEqual(['next.bin'])
  })

  it('have names that file systems take, whatever the file is called', () => {
    for (const name of ['x'.repeat(250), 'é'.repeat(120), '漢'.repeat(80)])
      expect(Buffer.byteLength(temporaryName(name))).toBeLessThan(255)
  })
})
