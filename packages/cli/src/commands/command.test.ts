// The command as a whole: help that works as printed, exit codes, one-line errors, pipes.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { smallModel, smallTfjs } from '../../test/model.ts'
import { bin, convoke, convokeWith, folder, words } from '../../test/run.ts'

const commands = [
  ...['apply', 'kernels', 'find', 'explain', 'shape', 'train', 'evaluate', 'predict', 'finetune', 'compare', 'data'],
  ...['choose', 'inspect', 'scale', 'convert', 'bench', 'lab', 'doctor', 'start'],
]

describe('help', () => {
  it('lists every command, and prints the version', async () => {
    const { code, stdout } = await convoke('.', '--help')
    expect(code).toBe(0)
    for (const command of commands.filter((name) => name !== 'start'))
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    expect((await convoke('.')).stdout).toBe(stdout)
    for (const asked of ['--version', '-v', '-V', 'version'])
      expect(await convoke('.', asked), asked).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      })
  })

  // `lab` serves until it is ended: lab.test.ts runs it.
  const ending = commands.filter((name) => name !== 'start' && name !== 'lab')

  it.each(['', ...ending, 'data list', 'data generate', 'data inspect'])(
    '%s: every example runs as printed',
    async (command) => {
      const { code, stdout } = await convoke('.', ...words(command), '--help')
      expect(code).toBe(0)
      if (command !== '') expect(stdout).toContain('--json')
      const examples = [...stdout.matchAll(/^ {2}\$ convoke (.*)$/gm)].map((match) => match[1])
      expect(examples.length).toBeGreaterThan(0)
      const cwd = await folder()
      await writeFile(join(cwd, 'model.onnx'), smallModel())
      const { json, shard } = smallTfjs()
      await writeFile(join(cwd, 'model.json'), json)
      await writeFile(join(cwd, 'group1-shard1of1.bin'), shard)
      for (const example of examples) {
        const ran = await convoke(cwd, ...words(example))
        // What was chosen by the data is said.
        expect(ran, example).toMatchObject({ code: 0, stderr: expect.stringMatching(/^(convoke: note: .*\n)*$/) })
        expect(ran.stdout).not.toBe('')
        const output = /(?:-o|--sheet) (\S+)/.exec(example)?.[1]
        if (output !== undefined) expect(existsSync(join(cwd, output)), example).toBe(true)
        if (example.includes('--json')) expect(() => JSON.parse(ran.stdout)).not.toThrow()
      }
    },
  )
})

describe('help at 80 columns', () => {
  it.each(['', ...commands, 'data list', 'data generate', 'data download', 'data inspect'])(
    '%s: no line is longer, but for examples, and none is broken twice',
    async (command) => {
      const { stdout } = await convoke('.', ...words(command), '--help')
      const lines = stdout.split('\n').filter((line) => !line.startsWith('  $ '))
      for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80)
      // A line that ends early although the next word would fit was broken by hand at another width.
      const description = stdout.split('\n\n')[1].split('\n')
      description.slice(0, -1).forEach((line, i) => {
        const next = description[i + 1].trimStart().split(' ')[0]
        expect(line.length + 1 + next.length, line).toBeGreaterThan(80)
      })
    },
  )

  it.each([
    ...[40, 60, 100].flatMap((columns) => ['', 'train', 'explain', 'data'].map((name) => [columns, name] as const)),
    [40, 'completion'] as const,
  ])('at %i columns, %s: no word that fits is beyond the edge, and none is broken twice', async (columns, command) => {
    const { code, stdout } = await convokeWith({ COLUMNS: String(columns) }, '.', ...words(command), '--help')
    expect(code).toBe(0)
    const lines = stdout.split('\n').filter((line) => !line.startsWith('  $ ') && !line.startsWith('Usage:'))
    // A word that is longer than the line has one of its own.
    for (const line of lines) if ([...line].length > columns) expect(line.trim(), line).toMatch(/^\S+$/)
    const description = stdout.split('\n\n')[1].split('\n')
    description.slice(0, -1).forEach((line, i) => {
      const next = description[i + 1].trimStart().split(' ')[0]
      expect(line.length + 1 + next.length, line).toBeGreaterThan(columns)
    })
  })

  it('lays the words after the options anew for each width', async () => {
    const at = async (columns: number): Promise<string> =>
      (await convokeWith({ COLUMNS: String(columns) }, '.', 'train', '--help')).stdout.split('Examples:')[1]
    const [narrow, wide] = [await at(40), await at(100)]
    expect(narrow).toContain('\nCtrl-C saves and stops; a second one\nstops at once. So do SIGTERM, and SIGHUP\n')
    expect(wide).toContain(
      '\nCtrl-C saves and stops; a second one stops at once. So do SIGTERM, and SIGHUP when the terminal\n',
    )
    const plain = (text: string): string => text.replaceAll(/\s+/g, ' ')
    expect(plain(narrow)).toBe(plain(wide))
  })

  it('of train is in groups, with defaults as one would type them', async () => {
    const { stdout } = await convoke('.', 'train', '--help')
    const heads = [...stdout.matchAll(/^[A-Z][\w ]*:$/gm)].map(([head]) => head)
    expect(heads).toEqual([
      ...['Arguments:', 'Options:', 'Network:', 'Data:', 'Training:', 'Tables and texts:', 'Masks:', 'Examples:'],
    ])
    expect(stdout).toContain('(default: 0.1)')
    expect(stdout).not.toMatch(/default: (false|\[\])/)
  })
})

describe('data alone', () => {
  it('prints its help, as a question that was answered', async () => {
    const { stdout } = await convoke('.', 'data', '--help')
    expect(await convoke('.', 'data')).toEqual({ code: 0, stdout, stderr: '' })
  })
})

describe('--quiet', () => {
  it('leaves out notes and how the work goes on, and keeps results and errors', async () => {
    const cwd = await folder()
    const train = ['train', 'text', '--data', 'sentences', '--examples', '60', '--epochs', '1', '--out']
    const loud = await convoke(cwd, ...train, 'loud')
    const quiet = await convoke(cwd, '--quiet', ...train, 'quiet')
    expect(loud.stdout).toContain('epoch 1/1')
    expect(quiet).toMatchObject({ code: 0, stderr: '' })
    expect(quiet.stdout).not.toContain('epoch 1/1')
    expect(quiet.stdout).toContain('quiet/best.safetensors')
    const unknown = (...more: string[]) => convoke(cwd, 'predict', 'loud', 'zyx', ...more)
    expect((await unknown()).stderr).toMatch(/^convoke: note: /)
    expect((await unknown('-q')).stderr).toBe('')
    expect(await convoke(cwd, '--quiet', 'shape', '8x8x1: conv 1 9x9')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^convoke: /),
    })
  })
})

describe('a misspelt word', () => {
  it.each([
    [['aply'], /Did you mean apply\?/],
    [['help', 'trian'], /no help on "trian".*Did you mean train\?/],
    [['data', 'help', 'inspct'], /Did you mean inspect\? See `convoke data --help`/],
    [['train', 'clasify'], /task is "clasify".*Did you mean classify\?/],
    [['choose', 'txt'], /Did you mean text\?/],
    [['data', 'inspct', '.'], /Did you mean inspect\?/],
    [['data', 'inspect', '.', '--stric'], /Did you mean --strict\?.*`convoke data inspect --help`/],
    [['data', 'generate', 'digit', '--out', 'x'], /Did you mean digits\?/],
    [['data', 'download', 'mnst'], /Did you mean mnist\?/],
    [['train', 'classify', '--data', 'digts'], /Did you mean digits\?/],
    [['train', 'classify', '--data', 'digits', '--model', 'resnet19'], /Did you mean resnet18\?/],
    [['train', 'classify', '--data', 'digits', '--optimizer', 'adm'], /Did you mean adam\?/],
    [['train', 'classify', '--epoch', '2'], /Did you mean --epochs\?/],
    [['explain', '--boundary', 'reflct'], /Did you mean reflect\?/],
    [['kernels', 'gausian'], /Did you mean gaussian\?/],
  ])('%j is answered with the word that may be meant', async (args, message) => {
    const cwd = await folder()
    const { code, stdout, stderr } = await convoke(cwd, ...args)
    expect({ code: code === 0, stdout }).toEqual({ code: false, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^convoke: [^\n]+\n$/)
  })

  it('that is near nothing is only refused', async () => {
    const { code, stderr } = await convoke('.', 'train', 'photographs')
    expect(code).toBe(2)
    expect(stderr).toBe(
      'convoke: the task is "photographs". Use one of classify, segment, detect, text, sequence, generate.\n',
    )
  })
})

describe('errors', () => {
  it.each([
    [['aply'], 2, /unknown command 'aply' \(Did you mean apply\?\)/],
    [['doctor', '--frobnicate'], 2, /unknown option '--frobnicate'/],
    [['apply', 'scene', '-k', 'box'], 2, /-o, --output <path>/],
    [['shape'], 2, /missing required argument 'network'/],
    [['explain', '--input', '1 2; 3'], 2, /row 2 has 1 number, row 1 has 2/],
    [['shape', '8x8x1: conv 1 9x9'], 1, /layer 1 \(conv 1 9x9\)/],
  ])('%j: exit code %i, one line', async (args, expected, message) => {
    const { code, stderr } = await convoke('.', ...args)
    expect(code).toBe(expected)
    expect(stderr).toMatch(message)
    expect(stderr).toMatch(/^convoke: [^\n]+\n$/)
    expect(stderr).not.toMatch(/ at .*:\d+/)
  })

  it('show where they come from with CONVOKE_DEBUG=1', async () => {
    const { stderr } = await convokeWith({ CONVOKE_DEBUG: '1' }, '.', 'explain', '--kernel', '1 x')
    expect(stderr).toMatch(/\n\s+at /)
  })
})

describe('pipes', () => {
  it('ends quietly when the reader goes away', async () => {
    const child = spawn(process.execPath, [bin, 'kernels', 'gaussian:40', '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (data) => {
      stderr += data
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})

describe('start', () => {
  it('draws the gallery, checks the gradients, works the example, learns to read digits, and needs nothing', async () => {
    const cwd = await folder()
    const { code, stdout, stderr } = await convoke(cwd, 'start')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((await readdir(join(cwd, 'out'))).sort()).toEqual(['digits', 'gallery.png', 'gradients.json', 'scene.png'])
    for (const file of ['best.safetensors', 'config.json', 'report.html', 'unseen/0.png'])
      expect(existsSync(join(cwd, 'out/digits', file)), file).toBe(true)
    expect(Number(/([\d.]+)% of 1,200 digits it has not seen/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(99)
    const { checks } = JSON.parse(await readFile(join(cwd, 'out/gradients.json'), 'utf8'))
    expect(checks.length).toBeGreaterThanOrEqual(8)
    for (const { worst } of checks) expect(worst).toBeLessThan(1e-5)
    for (const row of ['8  10  12  14', '18  20  22  24', '28  30  32  34', '38  40  42  44']) {
      expect(stdout).toContain(row)
    }
    const suggestions = [...stdout.matchAll(/^ {3}npx convoke (.*?)(?: {2,}.*)?$/gm)].map((match) => match[1])
    expect(suggestions.length).toBeGreaterThanOrEqual(5)
    for (const suggestion of suggestions) {
      expect((await convoke(cwd, ...words(suggestion))).code, suggestion).toBe(0)
    }
  })
})

describe('doctor', () => {
  it('names the machine, the versions, every backend with its reason, and the one that would run', async () => {
    const report = JSON.parse((await convoke('.', 'doctor', '--json')).stdout)
    expect(report.versions.node).toBe(process.versions.node)
    expect(report.machine.cores).toBeGreaterThan(0)
    expect(report.pictures.available).toBe(true)
    expect(report.backends.length).toBeGreaterThan(0)
    for (const { reason } of report.backends) expect(reason).not.toBe('')
    const names = report.backends.map(({ name }: { name: string }) => name)
    expect(names).toContain(report.backend)
    expect((await convoke('.', 'doctor')).stdout).toContain(`would run on ${report.backend}: `)
  })

  it('says which backend the environment asks for, and why it cannot run where that is none', async () => {
    const asked = await convokeWith({ CONVOKE_BACKEND: 'reference' }, '.', 'doctor')
    expect(asked.stdout).toContain('would run on reference: CONVOKE_BACKEND selects it.')
    const none = await convokeWith({ CONVOKE_BACKEND: 'abacus' }, '.', 'doctor')
    expect(none.code).toBe(0)
    expect(none.stdout).toMatch(/cannot run\. .*"abacus"/)
    expect(await convokeWith({ CONVOKE_BACKEND: 'abacus' }, await folder(), 'start', '--json')).toMatchObject({
      code: 1,
      stdout: '',
    })
  })
})
