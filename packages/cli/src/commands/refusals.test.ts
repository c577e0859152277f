// What is said to those who name the wrong thing, and of what is missing.

import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { bin, convoke, folder } from '../../test/run.ts'

const flat = (value: number, side = 16) =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: value, g: value, b: value } } })

async function filled(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const cwd = await folder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(cwd, path, '..'), { recursive: true })
    await writeFile(join(cwd, path), content)
  }
  return cwd
}

const digits = ['--data', 'digits', '--examples', '40', '--out', 'run'] as const

describe('a picture of a format that is not read', () => {
  it('is refused in the same words by every command, and named below the results of the others', async () => {
    const cwd = await filled({
      'a.bmp': 'BM',
      'junk.png': 'junk',
      'good.png': await flat(9).png().toBuffer(),
      'empty.png': '',
    })
    await convoke(cwd, 'train', 'classify', ...digits, '--epochs', '1')
    const bmp =
      'convoke: a.bmp is not a picture that can be read: BMP is an unsupported format; convert it to PNG or JPEG.\n'
    const junk = 'convoke: junk.png is not a picture that can be read. Use JPEG, PNG, WebP, AVIF, TIFF or GIF.\n'
    for (const [file, words] of [
      ['a.bmp', bmp],
      ['junk.png', junk],
    ]) {
      expect((await convoke(cwd, 'apply', file, '-k', 'box', '-o', 'o.png')).stderr).toBe(words)
      expect((await convoke(cwd, 'kernels', '--sheet', 'o.png', file)).stderr).toBe(words)
      expect((await convoke(cwd, 'predict', 'run', file)).stderr).toBe(words)
    }
    const mixed = await convoke(cwd, 'predict', 'run', 'a.bmp', 'good.png', 'junk.png')
    expect(mixed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^picture.*\ngood\.png /) })
    expect(mixed.stderr).toBe(`${bmp}${junk}convoke: pictures without a result: 2 of 3.\n`)
  })
})

describe.skipIf(process.platform === 'win32')('a pipe in place of a file', () => {
  it('to which nobody writes is refused at once by whatever would read it', async () => {
    const cwd = await filled({ 'good.png': await flat(9).png().toBuffer() })
    const names = ['p.png', 'k.txt', 't.csv', 'p.json', 'texts.txt']
    execFileSync('mkfifo', names, { cwd })
    await convoke(cwd, 'train', 'classify', ...digits, '--epochs', '1')
    await convoke(cwd, 'train', 'text', '--data', 'sentences', '--examples', '40', '--epochs', '1', '--out', 'words')
    await convoke(cwd, 'convert', 'run', 'm.onnx')
    for (const [name, ...line] of [
      ['p.png', 'apply', 'p.png', '-k', 'box', '-o', 'o.png'],
      ['p.png', 'kernels', '--sheet', 'o.png', 'p.png'],
      ['p.png', 'find', 'p.png', 'good.png'],
      ['p.png', 'predict', 'run', 'p.png'],
      ['k.txt', 'apply', 'good.png', '-k', 'k.txt', '-o', 'o.png'],
      ['t.csv', 'data', 'inspect', 't.csv'],
      ['t.csv', 'train', 'text', '--data', 't.csv'],
      ['p.json', 'predict', 'm.onnx', 'good.png', '--preprocess', 'p.json'],
      ['texts.txt', 'predict', 'words', 'texts.txt'],
    ]) {
      const { code, stderr } = await convoke(cwd, ...line)
      expect({ line: line.join(' '), code, stderr }).toEqual({
        ...{ line: line.join(' '), code: 1 },
        stderr: expect.stringContaining(`${name}: cannot be read: it is a pipe or a device, not a file.`),
      })
    }
    // The log of a run is no reason to wait, either.
    execFileSync('mv', ['t.csv', 'run/metrics.jsonl'], { cwd })
    expect((await convoke(cwd, 'train', '--resume', '--out', 'run', '--epochs', '1')).code).toBeLessThan(2)
  }, 120_000)

  it('that a shell writes to says a kernel', async () => {
    const cwd = await filled({ 'good.png': await flat(9).png().toBuffer() })
    const line = `"$0" "$1" apply good.png -o o.png -k <(echo '1 2 1')`
    const stdout = execFileSync('bash', ['-c', line, process.execPath, bin], { cwd, encoding: 'utf8' })
    expect(stdout).toMatch(/^o\.png {2}16 × 16/)
  })
})

describe('data that lies in another way', () => {
  it('of pictures and masks in one folder is recognised, with the way it is to lie', async () => {
    const picture = await flat(9).jpeg().toBuffer()
    const mask = await flat(0).png().toBuffer()
    for (const [name, ending] of [
      ['1_mask', ''],
      ['1-label', 'train/'],
      ['1_seg', 'photos/of/'],
    ]) {
      const cwd = await filled({ [`d/${ending}1.jpg`]: picture, [`d/${ending}${name}.png`]: mask })
      const words = `d: ${ending}1.jpg and ${ending}${name}.png look like a picture and its mask in one folder. Move the pictures into images/ and the masks into masks/`
      expect((await convoke(cwd, 'data', 'inspect', 'd')).stderr).toContain(words)
      expect((await convoke(cwd, 'train', 'segment', '--data', 'd')).stderr).toContain(words)
    }
  })

  it('of one file of captions is called by its name', async () => {
    const captions = { images: [{ id: 1, file_name: 'a.jpg' }], annotations: [{ id: 1, image_id: 1, caption: 'x' }] }
    const cwd = await filled({ 'captions.json': JSON.stringify(captions) })
    const { code, stderr } = await convoke(cwd, 'train', 'detect', '--data', 'captions.json')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^convoke: captions\.json: there are no boxes\..*\. These files hold no boxes: captions\.json \(captions\)\.\n$/,
    )
  })
})

describe('an empty table', () => {
  it('is said to be empty by whatever reads it', async () => {
    const cwd = await filled({ 'empty.csv': '', 'blank.tsv': '\n\n' })
    for (const file of ['empty.csv', 'blank.tsv'])
      for (const args of [
        ['data', 'inspect', file],
        ['train', 'text', '--data', file],
        ['train', 'classify', '--data', file],
      ]) {
        const { code, stderr } = await convoke(cwd, ...args)
        expect(code, args.join(' ')).toBe(1)
        expect(stderr, args.join(' ')).toMatch(new RegExp(`^convoke: ${file.replace('.', '\\.')}: [^\\n]*\\n$`))
        expect(stderr).not.toContain('unexpected')
      }
  })
})

describe('what does not occur', () => {
  it('has no figure, and the reason stands below', async () => {
    const cwd = await folder()
    await convoke(cwd, 'data', 'generate', 'digits', '--out', 'd', '--count', '40', '--test', '20')
    const { rm } = await import('node:fs/promises')
    await rm(join(cwd, 'd/test/9'), { recursive: true })
    const { code, stdout } = await convoke(cwd, 'train', 'classify', '--data', 'd', '--epochs', '1', '--out', 'run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^9 +– +– +– +0$/m)
    expect(stdout).toContain('–: 9 does not occur in the test part.')
    const { classes } = JSON.parse((await convoke(cwd, 'evaluate', 'run', '--json')).stdout)
    expect(classes[9].figures).toEqual({ precision: null, recall: null, f1: null, examples: 0 })
    expect(classes[8].figures.recall).not.toBeNull()
  })
})

describe('a run measured on data', () => {
  it('says so where all of it was divided for its own training', async () => {
    const cwd = await folder()
    const row = (i: number): string => `${i % 2 ? 'a fine film' : 'a dull film'} ${i},${i % 2}\n`
    const table = (count: number): string => `text,label\n${Array.from({ length: count }, (_, i) => row(i)).join('')}`
    await writeFile(join(cwd, 'own.csv'), table(40))
    await writeFile(join(cwd, 'other.csv'), table(10))
    await convoke(cwd, 'train', 'text', '--data', 'own.csv', '--epochs', '1', '--out', 'run')
    const own = await convoke(cwd, 'evaluate', 'run', '--data', './own.csv')
    expect(own.stderr).toBe(
      'convoke: note: ./own.csv is the data of this run, all of it: most of its examples were trained on. To measure the test part alone, leave out --data.\n',
    )
    for (const args of [['--data', 'other.csv'], [], ['--data', 'own.csv', '--part', 'test']])
      expect((await convoke(cwd, 'evaluate', 'run', ...args)).stderr).toBe('')
  })
})

describe('a run that goes on', () => {
  it('says that it ends earlier than was planned', async () => {
    const cwd = await folder()
    await convoke(cwd, 'train', 'classify', ...digits, '--epochs', '3')
    const shorter = await convoke(cwd, 'train', '--resume', '--out', 'run', '--epochs', '2')
    expect(shorter.stderr).toContain('note: the run was planned for 3 epochs and now ends after 2')
    const longer = await convoke(cwd, 'train', '--resume', '--out', 'run', '--epochs', '4')
    expect(longer.stderr).not.toContain('planned')
  })
})

describe('options of a training that its task has no use for', () => {
  it.each([
    [
      'train text --data sentences --test-time flips',
      '--test-time is for classify, segment, detect; text has no mirrored views. Leave it out.',
    ],
    ['train classify --data digits --test-time often', '--test-time is "often". Use one of none, flips, turns.'],
    [
      'train classify --data digits --augment mosaic',
      '--augment mosaic combines parts of four pictures, which is not possible for classify. It is for segment and detect.',
    ],
    [
      'train generate --data digits --learning-rate find',
      '--learning-rate find follows one loss, but generate has two networks, each with its own loss. Give a number: --learning-rate 0.003.',
    ],
    [
      'choose classify --data digits --learning-rate find',
      '--learning-rate find is for a single network; all networks compared here share one rate. Give a number, or leave it out.',
    ],
    [
      'predict model.onnx a.png --test-time flips',
      '--test-time is for runs: the outputs of a model file have no known meaning. Leave it out.',
    ],
  ])('%s', async (typed, words) => {
    const { code, stderr } = await convoke(await folder(), ...typed.split(' '))
    expect([code, stderr]).toEqual([2, `convoke: ${words}\n`])
  })
})
