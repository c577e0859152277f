// What is faulty ends in clear words, and nothing is lost.

import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digitFiles, folderWith, pngOf } from '../../test/data-files.ts'
import { bin, convoke, folder, type Ran, words } from '../../test/run.ts'

const run = (cwd: string, line: string): Promise<Ran> => convoke(cwd, ...words(line))
const small = '--epochs 1 --model-option widths=[4,8] --threads 1'
const blank = (height: number, width: number, channels: number) =>
  pngOf({ shape: [height, width, channels], data: new Uint8Array(height * width * channels).fill(90) })

const flat = (height: number, width: number, grey: number) =>
  pngOf({ shape: [height, width, 3], data: new Uint8Array(height * width * 3).fill(grey) })

/** The left half 0, the right half 255. */
const halves = (height: number, width: number) =>
  pngOf({
    shape: [height, width],
    data: Uint8Array.from({ length: height * width }, (_, p) => (p % width < width / 2 ? 0 : 255)),
  })

const expectRefusal = ({ code, stderr }: Ran, message: RegExp, expected = 1): void => {
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(/^convoke: [^\n]+\n$/)
  expect(code).toBe(expected)
}

describe('bad data', () => {
  it('an empty class is named', async () => {
    const cwd = await folderWith({ ...(await digitFiles(2)), 'digits/three/readme.txt': 'nothing yet' })
    expectRefusal(
      await run(cwd, `train classify --data digits/ ${small}`),
      /digits\/three: the class has no pictures\. Add some/,
    )
  })

  it('a corrupt picture is named and skipped with a count, or ends the command with --strict', async () => {
    const good = await digitFiles(8)
    const cut = (good['digits/zero/0.png'] as Uint8Array).slice(0, 60)
    const broken = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`digits/zero/broken${i}.png`, cut]))
    const cwd = await folderWith({ ...good, ...broken })
    const { code, stderr } = await run(cwd, `train classify --data digits/ ${small}`)
    expect(code).toBe(0)
    expect(stderr).toMatch(/convoke: note: digits\/zero\/broken0\.png: the picture cannot be read \(it is damaged/)
    expect(stderr).toMatch(/convoke: note: 2 more like these; 7 in all\./)
    expectRefusal(await run(cwd, `train classify --data digits/ --strict ${small}`), /broken0\.png.*\(strict\)/)
    expectRefusal(
      await run(cwd, 'predict runs/classify digits/zero/broken0.png'),
      /broken0\.png is not a picture that can be read/,
    )
  })

  it('a bad picture among others costs none of them its result, and the command ends with code 1', async () => {
    const good = await digitFiles(8)
    const [first, second] = Object.values(good)
    const cwd = await folderWith({
      ...good,
      ...{ 'new/1.png': first, 'new/2.png': 'no picture', 'new/3.PNG': second },
      ...{ 'new/.ipynb_checkpoints/1-checkpoint.png': first },
      ...{ 'other/4.png': first, 'other/5.heic': 'x', 'other/6.bmp': 'BM', 'other/7.svg': '<svg/>' },
    })
    expect((await run(cwd, `train classify --data digits/ ${small}`)).code).toBe(0)
    const { code, stdout, stderr } = await run(cwd, 'predict runs/classify new --json')
    const { predictions, problems } = JSON.parse(stdout)
    expect(predictions.map(({ file }: { file: string }) => file)).toEqual(['new/1.png', 'new/3.PNG'])
    expect(problems).toEqual([expect.stringMatching(/new\/2\.png is not a picture that can be read/)])
    expect(stderr).toMatch(/ignored one hidden or system file or folder: \.ipynb_checkpoints\./)
    expect(stderr).toMatch(/pictures without a result: 1 of 3/)
    expect(code).toBe(1)

    const other = await run(cwd, 'predict runs/classify other')
    for (const name of ['HEIC', 'BMP', 'SVG'])
      expect(other.stderr).toContain(`${name} is an unsupported format; convert it to PNG or JPEG`)
    expect(other.stderr).toMatch(/pictures without a result: 3 of 4/)
    expect(other.stdout).toMatch(/other\/4\.png/)
    expect(other.code).toBe(1)
  })

  it('pictures in formats that are not read are counted by format, inspecting and training', async () => {
    const cwd = await folderWith({
      ...(await digitFiles(4)),
      'digits/one/a.heic': 'x',
      'digits/one/b.HEIC': 'x',
      'digits/two/c.svg': '<svg/>',
    })
    const note = /2 pictures are HEIC, one is SVG, which cannot be read: convert to PNG or JPEG/
    expect((await run(cwd, `train classify --data digits/ ${small}`)).stderr).toMatch(note)
    expect((await run(cwd, 'data inspect digits/')).stdout).toMatch(note)
    const none = await folderWith({ 'd/1.svg': '<svg/>', 'd/2.cr2': 'x' })
    for (const line of ['train classify --data d', 'data inspect d'])
      expectRefusal(
        await run(none, line),
        /One picture is SVG, one is CR2 \(raw data of a camera\), which cannot be read/,
      )
  })

  it('what is nearly COCO, or COCO without boxes, is named by inspecting and by training', async () => {
    const images = [{ id: 1, file_name: '1.png' }]
    const cases = [
      [
        { images, categories: [], annotations: { 1: {} } },
        /^convoke: d: .*XML.* a\.json would be COCO's, but its annotations must be a list/,
      ],
      [
        { images: null, categories: [], annotations: [] },
        /^convoke: d: .*XML.* a\.json would be COCO's, but its images must be a list/,
      ],
      [
        { images, annotations: [{ image_id: 1, caption: 'a cat' }] },
        /^convoke: d: .*XML.* [Tt]hese files hold no boxes: a\.json \(captions\)/,
      ],
    ] as const
    for (const [json, message] of cases) {
      const cwd = await folderWith({ 'd/a.json': JSON.stringify(json), 'd/images/1.png': await blank(16, 16, 3) })
      expectRefusal(await run(cwd, 'data inspect d'), message)
      expectRefusal(await run(cwd, 'train detect --data d'), message)
    }
  })

  it('a picture in training and test, or in two classes, is named however pictures are given, with the sizes there are', async () => {
    const square = await Promise.all([10, 60, 110, 160].map((grey) => flat(12, 12, grey)))
    const wide = await Promise.all([20, 70, 120].map((grey) => flat(12, 20, grey)))
    const listed = await folderWith({
      ...Object.fromEntries(square.map((bytes, i) => [`train/${i}.png`, bytes])),
      'train/4.png': square[1],
      'train.csv': 'filename,label\n0.png,a\n1.png,b\n2.png,a\n3.png,b\n4.png,a\n',
      ...Object.fromEntries([...wide, square[2]].map((bytes, i) => [`test/${i}.png`, bytes])),
      'test.csv': 'filename,label\n0.png,a\n1.png,b\n2.png,a\n3.png,a\n',
    })
    const report = await run(listed, 'data inspect .')
    expect(report.stdout).toContain('Pictures: 12×12 (6), 20×12 (3)\n')
    expect(report.stdout).toContain('2 problems\n')
    expect(report.stdout).toContain(
      '  one picture is in train and test, so the scores look better than they are: test/3.png and train/2.png are the same.\n',
    )
    expect(report.stdout).toContain(
      '  one picture has two labels: train/4.png and train/1.png are the same (b and a).\n',
    )

    const half = await halves(12, 12)
    const masked = await folderWith({
      ...{ 'train/images/a.png': square[0], 'train/images/b.png': square[1], 'train/images/c.png': square[0] },
      ...{ 'train/masks/a.png': half, 'train/masks/b.png': half, 'train/masks/c.png': half },
      ...{ 'test/images/b.png': square[1], 'test/masks/b.png': half },
    })
    const { stdout } = await run(masked, 'data inspect .')
    expect(stdout).toContain(
      'One problem\n  one picture is in train and test, so the scores look better than they are: images/b.png.\n',
    )
  })

  it('a mask of another size, a missing one', async () => {
    const files: Record<string, Uint8Array> = {}
    for (let i = 0; i < 6; i++) files[`d/images/${i}.png`] = await blank(16, 16, 3)
    for (let i = 0; i < 5; i++) files[`d/masks/${i}.png`] = await halves(i === 4 ? 12 : 16, 16)
    const cwd = await folderWith(files)
    const line = 'train segment --data d --epochs 1 --validation 0 --test 0 --model-option width=4 --threads 1'
    const { stderr } = await run(cwd, line)
    expect(stderr).toMatch(/images\/5\.png: there is no mask named 5/)
    expect(stderr).toMatch(/masks\/4\.png: the mask is 16×12 pixels, its picture 16×16\. They must be equal\./)
    expectRefusal(await run(cwd, `${line} --strict`), /no mask named 5/)
  })

  it('a box outside its picture', async () => {
    const xml = (right: number) =>
      `<annotation><size><width>32</width><height>32</height></size><object><name>a</name><bndbox><xmin>3</xmin><ymin>3</ymin><xmax>${right}</xmax><ymax>20</ymax></bndbox></object></annotation>`
    const files: Record<string, Uint8Array | string> = {}
    for (let i = 0; i < 4; i++) {
      files[`d/JPEGImages/${i}.png`] = await blank(32, 32, 3)
      files[`d/Annotations/${i}.xml`] = xml(i === 3 ? 90 : 20)
    }
    const cwd = await folderWith(files)
    const line = 'train detect --data d --epochs 1 --validation 0 --test 0 --model-option widths=[8,8] --threads 1'
    const { code, stderr } = await run(cwd, line)
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/3\.xml: the box \[2, 2, 90, 20\] reaches outside the picture of 32×32/),
    ])
    expectRefusal(await run(cwd, `${line} --strict`), /reaches outside the picture/)
  })

  it('labels that are missing, a row that is broken', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? 'good' : 'bad'},word ${i % 2}`)
    const cwd = await folderWith({
      'a.csv': ['label,text', ...rows, ',no label'].join('\n'),
      'b.csv': 'label,text\ngood,"never closed\nbad,x',
    })
    const { code, stderr } = await run(cwd, 'train text --data a.csv --epochs 1 --threads 1')
    expect([code, stderr]).toEqual([0, 'convoke: note: a.csv, line 22: the label is missing.\n'])
    expectRefusal(
      await run(cwd, 'train text --data a.csv --epochs 1 --strict'),
      /line 22: the label is missing\. \(strict\)/,
    )
    expectRefusal(
      await run(cwd, 'train text --data b.csv --epochs 1'),
      /b\.csv, line 2: a quotation mark is never closed/,
    )
    expectRefusal(
      await run(cwd, 'train classify --data nowhere'),
      /the data nowhere is neither a file nor a folder\. What Convoke makes for classify: digits/,
      2,
    )
  })

  it('numbers that explode end with the step and the layer named, the last checkpoint still there', async () => {
    const cwd = await folder()
    const line = `train classify --data digits --examples 60 --size 12 --out run --optimizer sgd --schedule constant`
    const { code, stderr } = await run(
      cwd,
      `${line} --learning-rate 1e30 --save-every 1 --epochs 5 --model lenet5 --size 28 --threads 1`,
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /at step \d+ \(epoch 1\); the first that is not finite is (that of|the layer|the parameter|the loss) /,
    )
    expect(await readdir(join(cwd, 'run'))).toContain('last.safetensors')
  })
})

describe('nothing is lost', () => {
  const line = `train classify --data digits --examples 60 --size 12 --out run --model-option widths=[32,64] --epochs 1 --threads 1`

  it('when the disk takes no more: the last good checkpoint stays, and the run goes on from it', async () => {
    const cwd = await folder()
    expect((await run(cwd, line)).code).toBe(0)
    const before = await readFile(join(cwd, 'run/last.safetensors'))
    // Files of more than 64 KiB cannot be written, as on a disk that fills up.
    const script = `trap '' XFSZ; ulimit -f 64; exec ${process.execPath} ${bin} train --resume --out run --epochs 2 --threads 1`
    const limited = await new Promise<Ran>((resolve) => {
      execFile('bash', ['-c', script], { cwd }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
    })
    expectRefusal(
      limited,
      /safetensors: [\d.]+ MiB cannot be written: the file is larger than is allowed here\. What was there before is still there\./,
    )
    expect((await readFile(join(cwd, 'run/last.safetensors'))).equals(before)).toBe(true)
    expect((await readdir(join(cwd, 'run'))).filter((name) => name.startsWith('.'))).toEqual([])
    expect((await run(cwd, 'train --resume --out run --epochs 2')).code).toBe(0)
  })

  it('when weights are of another architecture: the tensors that differ are named', async () => {
    const cwd = await folder()
    await run(cwd, line)
    await run(cwd, line.replace('--out run', '--out other').replace('[32,64]', '[4,8,8]'))
    await writeFile(join(cwd, 'run/best.safetensors'), await readFile(join(cwd, 'other/best.safetensors')))
    await writeFile(join(cwd, 'run/last.safetensors'), await readFile(join(cwd, 'other/last.safetensors')))
    const message = /of another architecture: .*stage3\.unit1\.conv\.weight is not part of the model/
    expectRefusal(await run(cwd, 'evaluate run'), message)
    expectRefusal(await run(cwd, 'train --resume --out run --epochs 2'), message)
    await writeFile(join(cwd, 'run/best.safetensors'), 'cut')
    expectRefusal(
      await run(cwd, 'evaluate run/best.safetensors'),
      /not a safetensors file, or only the beginning of one/,
    )
    expectRefusal(await run(cwd, 'evaluate nowhere'), /nowhere does not exist/)
    expectRefusal(await run(cwd, 'evaluate .'), /is not a run: config\.json/)
  })
})
