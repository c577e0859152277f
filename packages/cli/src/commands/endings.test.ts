// How the command ends when it is not left to end by itself: readers that go away, full disks, signals; and what of
// strangers' names reaches the terminal.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync, readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
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
      'convoke: the standard output cannot be written: the disk is full. Output files are still written.\n',
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

/** Of all that is planned, these runs go on for an epoch: said, and nothing else. */
const shorter = expect.stringMatching(
  /^convoke: note: [^\n]*planned for 4,000 epochs and now ends after \d+; from here on its learning rate follows[^\n]*\n$/,
)

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
    expect(stopped.stderr).toContain('convoke: finishing the step and saving; Ctrl-C again stops at once.\n')
    expect(stopped.stdout).toMatch(/saved\. To continue: convoke train --resume --out run\n$/)
    const resumed = await run(cwd, `train --resume --out run --epochs ${(await epochsIn(join(cwd, 'run'))).length + 1}`)
    expect(resumed).toMatchObject({ code: 0, stderr: shorter })
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
    expect(resumed).toMatchObject({ code: 0, stderr: shorter })
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

describe.skipIf(process.platform === 'win32')('a run that is killed', () => {
  const killed = async (cwd: string, line: string, when: () => boolean): Promise<void> => {
    const child = start(cwd, line, ['ignore', 'ignore', 'ignore'])
    const end = ended(child)
    while (!when()) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGKILL')
    await end
  }

  it('before its first checkpoint says so when it goes on, and has each epoch in its logs once', async () => {
    const cwd = await folder()
    const out = join(cwd, 'run')
    const at = (name: string): string => join(out, name)
    // Epochs of 120 batches, whose steps are logged long before the first is saved, on a busy machine too.
    const line = training(2, 'run').replace('--examples 120', '--examples 960')
    const hasEvents = () => existsSync(out) && readdirSync(out).some((name) => name.startsWith('events.'))
    await killed(cwd, line, hasEvents)
    expect(existsSync(at('last.safetensors'))).toBe(false)
    // Killed between measuring the epoch and saving it, and in the middle of a line.
    const measured = { epoch: 1, step: 120, loss: 2, validation: null, seconds: 1, best: true }
    await writeFile(at('metrics.jsonl'), `${JSON.stringify(measured)}\n{"epoch":2,"st`)
    const resumed = await run(cwd, 'train --resume --out run --threads 1')
    expect(resumed.code).toBe(0)
    expect(resumed.stderr).toBe('')
    expect(resumed.stdout).toContain('\nrun holds no checkpoint yet: the run starts again from its first epoch.\n')
    expect(await epochsIn(out)).toEqual([1, 2])
    expect(readdirSync(out).filter((name) => name.startsWith('events.'))).toHaveLength(1)
    // The same weights as a run that never stopped.
    await run(cwd, line.replace('--out run', '--out whole'))
    expect(await readFile(at('best.safetensors'))).toEqual(await readFile(join(cwd, 'whole/best.safetensors')))
  })

  it('leaves a lock and temporary files that the next one takes over and removes', async () => {
    const cwd = await folder()
    const out = join(cwd, 'run')
    await killed(cwd, training(4000, 'run'), () => existsSync(join(out, 'last.safetensors')))
    expect(existsSync(join(out, '.lock'))).toBe(true)
    const { pid } = JSON.parse(await readFile(join(out, '.lock'), 'utf8'))
    const { place, started } = JSON.parse(await readFile(join(out, '.lock'), 'utf8'))
    await writeFile(join(out, `.best.safetensors.${place}-${pid}-${started}-0123abcd.tmp`), 'half')
    const epochs = (await epochsIn(out)).length + 1
    const resumed = await run(cwd, `train --resume --out run --epochs ${epochs} --threads 1`)
    expect(resumed).toMatchObject({ code: 0, stderr: shorter })
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('is not gone on with by two at once', async () => {
    const cwd = await folder()
    const child = start(cwd, training(4000, 'run'), ['ignore', 'pipe', 'ignore'])
    await new Promise((resolve) => child.stdout!.once('data', resolve))
    while (!existsSync(join(cwd, 'run/metrics.jsonl'))) await new Promise((resolve) => setTimeout(resolve, 5))
    const before = await readFile(join(cwd, 'run/config.json'))
    const second = await run(cwd, 'train --resume --out run --epochs 5000 --threads 1')
    expect([second.code, second.stdout.includes('epoch 1/')]).toEqual([1, false])
    expect(second.stderr).toBe(
      `convoke: run: process ${child.pid} is writing to this folder, and two would spoil each other's files. Stop it first, or choose another folder.\n`,
    )
    expect(await readFile(join(cwd, 'run/config.json'))).toEqual(before)
    child.kill('SIGINT')
    await ended(child)
    expect(existsSync(join(cwd, 'run/.lock'))).toBe(false)
  })
})

/** A pseudo-terminal, whose other end goes when `script` (util-linux) is killed. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

describe.skipIf(!hasScript)('a terminal that is closed', () => {
  it('loses no run', async () => {
    const cwd = await folder()
    const out = join(cwd, 'run')
    const line = [process.execPath, bin, ...words(training(4000, 'run'))].map((word) => `'${word}'`).join(' ')
    const terminal = spawn('script', ['-qfec', `exec ${line}`, '/dev/null'], {
      cwd,
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    const end = ended(terminal)
    while (!existsSync(join(out, 'metrics.jsonl'))) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(existsSync(join(out, '.lock'))).toBe(true)
    terminal.kill('SIGKILL')
    await end
    // The lock goes with the process that is saving.
    while (existsSync(join(out, '.lock'))) await new Promise((resolve) => setTimeout(resolve, 5))
    const epochs = (await epochsIn(out)).length + 1
    const resumed = await run(cwd, `train --resume --out run --epochs ${epochs} --threads 1`)
    expect(resumed).toMatchObject({ code: 0, stderr: shorter })
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
