// `convoke data`: what it writes is read back, what is wrong is named.

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { data, formats } from 'convoke'
import { folderSource, pictureDecoder } from 'convoke/node'
import sharp from 'sharp'
import * as tar from 'tar'
import { describe, expect, it } from 'vitest'
import { convoke, convokeWith, folder } from '../../test/run.ts'

const decode = pictureDecoder(sharp as unknown as Parameters<typeof pictureDecoder>[0])

const png = (width: number, height: number, value: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: value, g: value, b: value } } })
    .png()
    .toBuffer()

/** Files by path below a new folder. */
async function filled(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await folder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

interface Report {
  readonly kind: string
  readonly task: string | null
  readonly parts: readonly { part: string; examples: number; classes: readonly { name: string; count: number }[] }[]
  readonly sizes: readonly { name: string; count: number }[]
  readonly problems: readonly string[]
  readonly refusal: string | null
}

async function inspect(path: string, ...more: string[]): Promise<Report & { readonly code: number }> {
  const { code, stdout, stderr } = await convoke('.', 'data', 'inspect', path, '--json', ...more)
  expect(stderr).toBe('')
  return { ...(JSON.parse(stdout) as Report), code }
}

describe('data generate', () => {
  const generate = async (cwd: string, ...args: string[]) => {
    const ran = await convoke(cwd, 'data', 'generate', ...args, '--json')
    expect(ran.stderr).toBe('')
    return JSON.parse(ran.stdout)
  }

  it('writes digits as folders, the same for the same seed, others for the test', async () => {
    const cwd = await folder()
    const made = await generate(
      cwd,
      'digits',
      '--out',
      'a',
      '--count',
      '20',
      '--test',
      '10',
      '--size',
      '12',
      '--seed',
      '3',
    )
    expect(made).toMatchObject({
      files: 30,
      parts: [
        { part: 'train', examples: 20 },
        { part: 'test', examples: 10 },
      ],
    })
    await generate(cwd, 'digits', '--out', 'b', '--count', '20', '--size', '12', '--seed', '3')
    await generate(cwd, 'digits', '--out', 'c', '--count', '20', '--size', '12', '--seed', '4')
    const bytes = (path: string) => readFile(join(cwd, path))
    expect(await bytes('a/train/7/08.png')).toEqual(await bytes('b/7/08.png'))
    expect(await bytes('c/7/08.png')).not.toEqual(await bytes('b/7/08.png'))
    const set = await data.pictureFolders(folderSource(join(cwd, 'a/train')), decode)
    const { image, label } = await set.get(0)
    const drawn = await data.digits({ count: 20, size: 12, seed: 6 }).get(0)
    expect(label).toBe(drawn.label)
    expect(Array.from(image.data).filter((_, i) => i % 3 === 0)).toEqual(
      Array.from(drawn.image.data, (value) => Math.round(value * 255)),
    )
    expect((await inspect(join(cwd, 'a'))).parts[0].classes).toHaveLength(10)
  })

  it('writes digits as IDX', async () => {
    const cwd = await folder()
    await generate(cwd, 'digits', '--out', 'x', '--count', '20', '--test', '10', '--format', 'idx')
    const read = (name: string) => readFile(join(cwd, 'x', name))
    const set = await data.idxDataset({
      images: await read('t10k-images-idx3-ubyte'),
      labels: await read('t10k-labels-idx1-ubyte'),
    })
    expect([set.length, set.labelOf!(7)]).toEqual([10, 7])
    expect(await inspect(join(cwd, 'x'))).toMatchObject({ kind: 'IDX files', task: 'classify', problems: [] })
  })

  it('writes shapes with masks that read back pixel for pixel', async () => {
    const cwd = await folder()
    await generate(cwd, 'shapes-masks', '--out', 'm', '--count', '12', '--size', '32')
    const values = [0, 85, 170, 255]
    const set = await data.maskFolders(folderSource(join(cwd, 'm')), decode, { values })
    const drawn = data.shapesWithMasks({ count: 12, size: 32 })
    for (const i of [0, 7])
      expect(Array.from((await set.get(i)).mask.data)).toEqual(Array.from((await drawn.get(i)).mask.data))
    const report = await inspect(join(cwd, 'm'))
    expect(report).toMatchObject({ task: 'segment', sizes: [{ name: '32×32', count: 12 }], problems: [] })
    expect(report.parts[0].classes.map(({ name }) => name)).toEqual(['ground', 'disc', 'square', 'triangle'])
  })

  it.each(['voc', 'coco'])('writes shapes with boxes as %s that read back exactly', async (format) => {
    const cwd = await folder()
    await generate(cwd, 'shapes-boxes', '--out', 'b', '--count', '12', '--format', format)
    const source = folderSource(join(cwd, 'b'))
    const { dataset, problems } =
      format === 'voc'
        ? await data.vocDataset(source, decode)
        : await data.cocoDataset(source, decode, { annotations: 'annotations.json' })
    expect(problems).toEqual([])
    const drawn = data.shapesWithBoxes({ count: 12 })
    for (const i of [0, 5]) expect((await dataset.get(i)).boxes).toEqual((await drawn.get(i)).boxes)
    expect(await inspect(join(cwd, 'b'))).toMatchObject({ task: 'detect', problems: [] })
  })

  it('writes sentences as a table and series as arrays', async () => {
    const cwd = await folder()
    await generate(cwd, 'sentences-zh', '--out', 's', '--count', '10')
    const lines = (await readFile(join(cwd, 's/sentences.tsv'), 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[2]).toBe(`positive\t${(await data.sentences({ count: 10, language: 'zh' }).get(1)).text}`)
    await generate(cwd, 'copy', '--out', 'c', '--count', '6', '--length', '9')
    const inputs = formats.decodeNpy('inputs', await readFile(join(cwd, 'c/inputs.npy')))
    expect(inputs.shape).toEqual([6, 29, 1])
    expect((await inspect(join(cwd, 'c'))).task).toBe(null)
  })

  it.each([
    [['letters', '--out', 'x'], /Convoke makes digits,/],
    [['digits', '--out', 'x', '--count', 'many'], /--count is "many"/],
    [['digits', '--out', 'x', '--size', '4'], /the size 8 or more/],
    [['digits', '--out', 'x', '--length', '4'], /digits has no --length/],
    [['digits', '--out', 'x', '--format', 'voc'], /Use folders or idx/],
    [['digits'], /-o, --out <folder>/],
    [['digits', '--out', '.'], /is not empty/],
  ])('refuses %j', async (args, message) => {
    const cwd = await filled({ 'there.txt': '' })
    const { code, stderr } = await convoke(cwd, 'data', 'generate', ...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(await readdir(cwd)).toEqual(['there.txt'])
  })
})

describe('data inspect', () => {
  it('names empty classes, corrupt pictures, strays and twins, and counts the rest', async () => {
    const [a, b, c] = [await png(8, 6, 10), await png(8, 6, 20), await png(9, 6, 30)]
    const root = await filled({
      'train/cat/1.png': a,
      'train/cat/2.png': b,
      'train/dog/1.png': c,
      'train/dog/2.png': a,
      'train/dog/broken.png': c.subarray(0, c.length - 20),
      'train/dog/notes.docx': 'x',
      'train/owl/notes.docx': 'x',
      'test/cat/1.png': b,
      'test/cow/1.png': await png(8, 6, 40),
    })
    const report = await inspect(root, '--strict')
    expect(report.code).toBe(1)
    expect(report.parts[0]).toMatchObject({ part: 'train', examples: 4 })
    expect(report.parts[0].classes).toEqual([
      { name: 'cat', count: 2 },
      { name: 'dog', count: 2 },
      { name: 'owl', count: 0 },
    ])
    expect(report.sizes).toEqual([
      { name: '8×6', count: 5 },
      { name: '9×6', count: 1 },
    ])
    const text = report.problems.join('\n')
    for (const expected of [
      /train: the class owl has no pictures/,
      /train\/dog\/broken\.png: the picture cannot be read/,
      /dog\/notes\.docx: no picture/,
      /train\/dog\/2\.png: the same picture is in class cat/,
      /test\/cat\/1\.png: the same picture is in train/,
      /test: the class cow is not among those of train/,
    ])
      expect(text).toMatch(expected)
  })

  it('names masks of another size, missing ones and ones without a picture', async () => {
    const [black, white] = [await png(8, 8, 0), await png(8, 8, 255)]
    const root = await filled({
      'images/1.png': white,
      'masks/1.png': black,
      'images/2.png': white,
      'masks/2.png': white,
      'images/3.png': white,
      'masks/3.png': await png(8, 7, 0),
      'images/4.png': white,
      'masks/5.png': white,
    })
    const { problems, parts, code } = await inspect(root)
    expect(code).toBe(0)
    expect(parts[0].examples).toBe(2)
    const text = problems.join('\n')
    expect(text).toMatch(/masks\/3\.png: the mask is 8×7 pixels, its picture 8×8/)
    expect(text).toMatch(/images\/4\.png: there is no mask/)
    expect(text).toMatch(/masks\/5\.png: there is no picture for it/)
  })

  it('names boxes outside, without area, annotations without picture, and the other way round', async () => {
    const cwd = await folder()
    await convoke(cwd, 'data', 'generate', 'shapes-boxes', '--out', 'v', '--count', '4', '--size', '32')
    const file = (name: string) => join(cwd, 'v/Annotations', name)
    const edit = async (name: string, change: (text: string) => string) =>
      writeFile(file(name), change(await readFile(file(name), 'utf8')))
    await edit('1.xml', (text) => text.replace(/<xmax>\d+/, '<xmax>40'))
    await edit('2.xml', (text) => text.replace('<width>32', '<width>64').replace(/<xmax>\d+/, '<xmax>50'))
    await rm(join(cwd, 'v/JPEGImages/3.png'))
    await rm(file('4.xml'))
    const text = (await inspect(join(cwd, 'v'))).problems.join('\n')
    expect(text).toMatch(/1\.xml: the box .* reaches outside the picture of 32×32 pixels/)
    expect(text).toMatch(/2\.xml: the box .* reaches outside the picture of 32×32 pixels/)
    expect(text.match(/\b3(\.xml)?\b.*picture/g)).toEqual(['3 has no picture'])
    expect(text).toMatch(/4\.png: there is no annotation/)
  })

  it('names broken rows and missing labels of a table', async () => {
    const root = await filled({
      'reviews.csv': 'label,text\ngood,"what a film"\nbad,dull\n,no label here\ngood,\nbad,"tedious, slow"\n',
    })
    const { problems, parts, task } = await inspect(join(root, 'reviews.csv'))
    expect(task).toBe('text')
    expect(parts[0].classes).toEqual([
      { name: 'bad', count: 2 },
      { name: 'good', count: 1 },
    ])
    expect(problems.join('\n')).toMatch(/line 4: the label is missing[\s\S]*line 5: the text is missing/)
  })

  it('says what training would refuse, in the words of training', async () => {
    const picture = await png(8, 6, 10)
    const places: Readonly<Record<string, Record<string, string | Uint8Array>>> = {
      empty: { 'cat/1.png': picture, 'cat/2.png': picture, 'dog/2.png': picture, 'owl/notes.docx': 'x' },
      strange: { 'train/cat/1.png': picture, 'train/dog/2.png': picture, 'test/cow/1.png': picture },
      single: { 'cat/1.png': picture, 'cat/2.png': picture },
      text: { 't.csv': `label,text\n${Array.from({ length: 40 }, (_, i) => `good,film number ${i}\n`).join('')}` },
    }
    for (const [name, files] of Object.entries(places)) {
      const root = await filled(files)
      const task = name === 'text' ? 'text' : 'classify'
      const cwd = await folder()
      const { refusal } = await inspect(root)
      expect(refusal, name).toMatch(
        /owl: the class has no pictures|folder cow is not one|two classes or more|is one class, good/,
      )
      const trained = await convoke(cwd, 'train', task, '--data', root, '--epochs', '1')
      expect(trained.stderr, name).toContain(`convoke: ${refusal}`)
      const said = await convoke(cwd, 'data', 'inspect', root, '--strict')
      expect(said.code, name).toBe(1)
      expect(said.stdout, name).toContain(`convoke train ${task} would refuse this:\n  ${refusal}`)
      expect(said.stdout, name).not.toMatch(/Nothing is wrong|For: convoke train/)
    }
  })

  it('draws a contact sheet, and says when there is nothing to draw', async () => {
    const cwd = await folder()
    await convoke(cwd, 'data', 'generate', 'shapes-masks', '--out', 'm', '--count', '4')
    const { code, stdout } = await convoke(cwd, 'data', 'inspect', 'm', '-o', 'sheet.png')
    expect(code).toBe(0)
    expect(stdout).toContain('Contact sheet: sheet.png')
    const { width, height } = await sharp(join(cwd, 'sheet.png')).metadata()
    // A row that explains the colours of the masks.
    expect([width, height]).toEqual([18 + 4 * 146, 64 + 24 + 190 + 18])
    await convoke(cwd, 'data', 'generate', 'sentences', '--out', 's', '--count', '4')
    expect(await convoke(cwd, 'data', 'inspect', 's', '-o', 's.png')).toMatchObject({ code: 2 })
  })

  it('explains on the contact sheet which colour is which class', async () => {
    const cwd = await folder()
    const flat = (value: number, channels: 1 | 3) =>
      sharp({ create: { width: 8, height: 8, channels: 3, background: { r: value, g: value, b: value } } })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .png()
        .toBuffer()
    await mkdir(join(cwd, 'm/images'), { recursive: true })
    await mkdir(join(cwd, 'm/masks'))
    for (const [i, value] of [0, 128, 255].entries()) {
      await writeFile(join(cwd, `m/images/${i}.png`), await flat(0, 3))
      await writeFile(join(cwd, `m/masks/${i}.png`), await flat(value, 1))
    }
    await writeFile(join(cwd, 'm/classes.txt'), 'ground\nroad\nsky\n')
    expect((await convoke(cwd, 'data', 'inspect', 'm', '-o', 'sheet.png')).code).toBe(0)
    const { data: bytes, info } = await sharp(join(cwd, 'sheet.png')).raw().toBuffer({ resolveWithObject: true })
    const colours = (from: number, to: number): Set<string> => {
      const found = new Set<string>()
      for (let y = from; y < to; y++)
        for (let x = 0; x < info.width; x++) {
          const at = (y * info.width + x) * info.channels
          found.add([...bytes.subarray(at, at + 3)].join())
        }
      return found
    }
    const legend = colours(64, 64 + 24)
    const tiles = colours(64 + 24 + 18, 64 + 24 + 18 + 128)
    // The first two colours of the palette; over black pictures 45% of them.
    for (const colour of [
      [230, 97, 0],
      [0, 114, 178],
    ]) {
      expect(legend).toContain(colour.join())
      expect(tiles).toContain(colour.map((value) => Math.round(0.45 * value)).join())
    }
  })

  it('says what it would understand', async () => {
    const { code, stderr } = await convoke('.', 'data', 'inspect', await filled({ 'a.bin': 'x' }))
    expect(code).toBe(1)
    expect(stderr).toMatch(/Convoke does not know this kind of data\. It may be a folder per class/)
    expect((await convoke('.', 'data', 'inspect', '/nowhere')).stderr).toMatch(/does not exist/)
  })
})

describe('data download', () => {
  it('uses files placed by hand, and asks no network from then on', async () => {
    const cache = await folder()
    const work = await filled({
      'rt-polaritydata/rt-polarity.pos': 'a fine film\nmoving\n',
      'rt-polaritydata/rt-polarity.neg': 'a dull film\ntedious\n',
      'rt-polaritydata.README.1.0.txt': 'x',
    })
    const place = join(cache, 'data/movie-reviews')
    await mkdir(place, { recursive: true })
    await tar.create({ file: join(place, 'rt-polaritydata.tar.gz'), gzip: true, cwd: work }, [
      'rt-polaritydata',
      'rt-polaritydata.README.1.0.txt',
    ])
    const download = (...more: string[]) =>
      convokeWith({ CONVOKE_DATA: cache }, '.', 'data', 'download', 'movie-reviews', ...more)
    const first = await download()
    expect(first.code).toBe(0)
    expect(first.stderr).toMatch(/no checksum is known for rt-polaritydata\.tar\.gz; the one found is recorded/)
    const again = JSON.parse((await download('--json')).stdout)
    expect(again).toMatchObject({ cached: true, folder: join(place, 'rt-polaritydata'), task: 'text' })
    expect((await convokeWith({ CONVOKE_DATA: cache }, '.', 'data', 'inspect', 'movie-reviews')).stdout).toMatch(
      /labelled texts: 4 examples/,
    )
    expect((await convokeWith({ CONVOKE_DATA: cache }, '.', 'data', 'inspect', 'mnist')).stderr).toMatch(
      /mnist is not here yet. Get it: convoke data download mnist/,
    )
    const report = await inspect(again.folder)
    expect(report.parts[0].classes).toEqual([
      { name: 'negative', count: 2 },
      { name: 'positive', count: 2 },
    ])
    const listed = JSON.parse((await convokeWith({ CONVOKE_DATA: cache }, '.', 'data', 'list', '--json')).stdout)
    expect(listed.download.find(({ name }: { name: string }) => name === 'movie-reviews').folder).toBe(again.folder)
  })

  it('knows the names', async () => {
    const { code, stderr } = await convoke('.', 'data', 'download', 'mnits')
    expect(code).toBe(2)
    expect(stderr).toMatch(/Known: mnist, fashion-mnist/)
  })
})
