// How the command ends when it is not left to end by itself: readers that go away, full disks, signals; and what of
// strangers' names reaches the terminal.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digitFiles, folderWith } from '../../test/data-files.ts'
import { bin, convoke, folder, type Ran, words } from '../../test/run.ts'

const run = (cwd: string, line: string): Promise<Ran> => convoke(cwd, ...words(line))

const small = '--size 12 --batch-size 8 --model-option widths=[4,8] --threads 1'
const training = (epochs: number, out: string): string =>
  `train classify --data digits --examples 120 --epochs ${epochs} --out ${out} ${small}`

const start = (cwd: string, line: string, stdio: ('ignore' | 'pipe' | number)[]): ChildProcess =>
  spawn(process.execPath, [bin, ...words(line)], { cwd, stdio })

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1)))

const textOf = (child: ChildProcess, name: 'stdout' | 'stderr'): { text: string } => {
  const seen = { text: '' }
  child[name]!.on('data', (data) => {
    seen.text += data
  })
  return seen
}

const epochsIn = async (run: string): Promise<number[]> =>
  (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).epoch)

describe('a reader that goes away', () => {
  it('loses no run: training goes on, saves, and ends well', async () => {
    const cwd = await folder()
    const child = start(cwd, training(3, 'run'), ['ignore', 'pipe', 'pipe'])
    const { text } = textOf(child, 'stderr')
    child.stdout!.once('data', () => child.stdout!.destroy())
    expect(await ended(child)).toBe(0)
    expect(text).toBe('')
    expect(await epochsIn(join(cwd, 'run'))).toEqual([1, 2, 3])
    expect(existsSync(join(cwd, 'run/report.html'))).toBe(true)
  })

  it('loses no run when it read the notes, either', async () => {
    const cwd = await folderWith({ ...(await digitFiles(8)), 'digits/zero/broken.png': 'not a picture' })
    const child = start(cwd, `train classify --data digits/ --epochs 2 --out run ${small}`, ['ignore', 'pipe', 'pipe'])
    child.stderr!.destroy()
    child.stdout!.destroy()
    expect(await ended(child)).toBe(0)
    expect(existsSync(join(cwd, 'run/report.html'))).toBe(true)
  })

  it.each(['kernels gaussian:40 --json', 'explain', 'doctor', 'data list'])('%s: ends quietly', async (line) => {
    const child = start(await folder(), line, ['ignore', 'pipe', 'pipe'])
    const seen = textOf(child, 'stderr')
    child.stdout!.destroy()
    expect([await ended(child), seen.text]).toEqual([0, ''])
  })
})

describe.skipIf(!existsSync('/dev/full'))('a full disk below the standard output', () => {
  it.each(['kernels', 'explain', 'data list --json'])('%s: is told in a line, with exit code 1', async (line) => {
    const child = start(await folder(), line, ['ignore', openSync('/dev/full', 'w'), 'pipe'])
    const seen = textOf(child, 'stderr')
    expect(await ended(child)).toBe(1)
    expect(seen.text).toBe(
      'convoke: the standard output cannot be written: the disk is full. Files that were asked for are still written.\n',
    )
  })

  it('loses no run', async () => {
    const cwd = await folder()
    const child = start(cwd, training(2, 'run'), ['ignore', openSync('/dev/full', 'w'), 'pipe'])
    const seen = textOf(child, 'stderr')
    expect(await ended(child)).toBe(1)
    expect(seen.text.match(/the disk is full/g)).toHaveLength(1)
    expect(existsSync(join(cwd, 'run/report.html'))).toBe(true)
  })
})

describe.skipIf(process.platform === 'win32')('signals', () => {
  /** Starts training, acts once it is under way, and gives what came of it. */
  const whileTraining = async (cwd: string, line: string, act: (child: ChildProcess) => void): Promise<Ran> => {
    const child = start(cwd, line, ['ignore', 'pipe', 'pipe'])
    const [stdout, stderr] = [textOf(child, 'stdout'), textOf(child, 'stderr')]
    let acted = false
    child.stdout!.on('data', () => {
      if (acted || !/epoch +2\//.test(stdout.text)) return
      acted = true
      act(child)
    })
    return { code: await ended(child), stdout: stdout.text, stderr: stderr.text }
  }

  it.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('%s saves and ends well', async (signal) => {
    const cwd = await folder()
    const stopped = await whileTraining(cwd, training(4000, 'run'), (child) => child.kill(signal))
    expect(stopped.code).toBe(0)
    expect(stopped.stderr).toContain('convoke: finishing the step and saving; once more ends at once.\n')
    expect(stopped.stdout).toMatch(/saved\. To go on: convoke train --resume --out run\n$/)
    const resumed = await run(cwd, `train --resume --out run --epochs ${(await epochsIn(join(cwd, 'run'))).length + 1}`)
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
  })

  it('SIGHUP several times, as closed terminals send it, still saves, with nobody to tell', async () => {
    const cwd = await folder()
    const stopped = await whileTraining(cwd, training(4000, 'run'), (child) => {
      child.stdout!.destroy()
      child.stderr!.destroy()
      for (let i = 0; i < 3; i++) child.kill('SIGHUP')
    })
    expect(stopped.code).toBe(0)
    const resumed = await run(cwd, `train --resume --out run --epochs ${(await epochsIn(join(cwd, 'run'))).length + 1}`)
    expect(resumed).toMatchObject({ code: 0, stderr: '' })
  })

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends other commands with exit code %i', async (signal, code) => {
    const cwd = await folder()
    const child = start(cwd, 'data generate digits --count 200000 --out made', ['ignore', 'pipe', 'pipe'])
    const until = setInterval(() => {
      if (!existsSync(join(cwd, 'made'))) return
      child.kill(signal)
      clearInterval(until)
    }, 20)
    expect(await ended(child)).toBe(code)
  })
})

describe('names of strangers', () => {
  const red = '\u001B[31mred'
  const names = [red, 'a\nb', '\u202Eevil', 'del\u007F\u009B2J'] as const
  /** What a terminal would obey, but for ends of lines. */
  const obeyed = /[^\n\P{Cc}]|[\p{Bidi_Control}\u2028\u2029]/u

  const withNames = async (): Promise<string> => {
    const digits = await digitFiles(8)
    const files = Object.entries(digits).filter(([path]) => path.includes('zero'))
    return folderWith(
      Object.fromEntries(
        names.flatMap((name) => [
          ...files.map(([path, content]) => [`d/${name}/${path.split('/').at(-1)}`, content] as const),
          [`d/${name}/bad${name}.png`, 'no picture'] as const,
        ]),
      ),
    )
  }

  it.skipIf(process.platform === 'win32')('never reach the terminal raw, and stay themselves in JSON', async () => {
    const cwd = await withNames()
    const out = `run${red}`
    const lines: readonly (readonly string[])[] = [
      ['data', 'inspect', 'd'],
      ['train', 'classify', '--data', 'd', '--epochs', '1', '--out', out, ...words(small)],
      ['evaluate', out, '--part', 'train', '--report', `${red}.html`],
      ['predict', out, `d/${red}`],
      ['predict', out, `d/a\nb/none\u202E.png`],
      ['evaluate', `gone${red}`],
      ['apply', `gone\n${red}.png`, '-k', 'sharpen', '-o', 'x.png'],
      ['apply', 'scene', '-k', red, '-o', 'x.png'],
      ['apply', 'scene', '-k', 'sharpen', '-o', `${red}.png`],
      ['kernels', red],
      ['shape', red],
      [red],
      ['explain', `--${red}`],
      ['data', 'inspect', 'd', '--json'],
    ]
    for (const args of lines) {
      const { stdout, stderr } = await convoke(cwd, ...args)
      expect(`${stdout}${stderr}`, args.join(' ')).not.toMatch(obeyed)
      expect(stdout + stderr).not.toContain('unexpected')
      for (const line of stderr.trim().split('\n')) if (line !== '') expect(line).toMatch(/^convoke: /)
    }
    const { stdout } = await convoke(cwd, 'data', 'inspect', 'd', '--json')
    const found = JSON.parse(stdout).parts[0].classes.map(({ name }: { name: string }) => name)
    expect(found.sort()).toEqual([...names].sort())
    const report = await readFile(join(cwd, out, 'report.html'), 'utf8')
    expect(report).not.toMatch(obeyed)
    expect(report).toContain('\\u001b[31mred')
  })
})
