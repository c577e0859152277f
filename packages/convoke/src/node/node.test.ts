import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import * as train from '../train/index.ts'
import * as node from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (...names: string[]) => join(folder, ...names)

describe('files', () => {
  it('are written whole, into folders made where missing, with nothing left beside them', async () => {
    const path = at('deep', 'er', 'a.bin')
    await node.writeWhole(path, Uint8Array.of(1, 2))
    await node.writeWhole(path, Uint8Array.of(3))
    expect(Array.from(await node.readBytes(path))).toEqual([3])
    expect(readdirSync(at('deep', 'er'))).toEqual(['a.bin'])
  })
  it('stay as they were when writing fails', async () => {
    mkdirSync(at('taken'))
    writeFileSync(at('taken', 'keep.txt'), 'still here')
    await expect(node.writeWhole(at('taken'), Uint8Array.of(1))).rejects.toThrow(
      /cannot be written: .*What was there before is still there\./,
    )
    expect(readFileSync(at('taken', 'keep.txt'), 'utf8')).toBe('still here')
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('say when permission is missing', async () => {
    mkdirSync(at('locked'))
    chmodSync(at('locked'), 0o500)
    await expect(node.writeWhole(at('locked', 'x'), Uint8Array.of(1))).rejects.toThrow('permission is denied')
  })
  it('explain in words why they cannot be read', async () => {
    await expect(node.readBytes(at('gone'))).rejects.toThrow('gone: cannot be read: there is no such file.')
    await expect(node.folderSource(at('nowhere')).list()).rejects.toThrow(
      'the folder cannot be read: there is no such file.',
    )
    await node.writeWhole(at('file'), Uint8Array.of(1))
    await expect(node.folderSource(at('file')).list()).rejects.toThrow('it is a file; a folder is needed.')
  })
})

describe('pictures through sharp', () => {
  const picture = (width: number, height: number, value: number) =>
    sharp({ create: { width, height, channels: 4, background: { r: value, g: 0, b: 0, alpha: 1 } } })
      .png()
      .toBuffer()
  it('become values, of the channels and the size asked for', async () => {
    const bytes = await picture(6, 4, 200)
    const colour = await node.pictureDecoder(sharp)(bytes)
    expect(colour.shape).toEqual([4, 6, 3])
    expect(Array.from(colour.data.slice(0, 3))).toEqual([200, 0, 0])
    const small = await node.pictureDecoder(sharp, { channels: 1, size: { height: 2, width: 3 } })(bytes)
    expect(small.shape).toEqual([2, 3, 1])
  })
  it('make a data set of a folder, the corrupt ones named', async () => {
    for (const [name, value] of [
      ['red/1.png', 255],
      ['dark/1.png', 10],
    ] as const) {
      await node.writeWhole(at('pets', name), await picture(3, 3, value))
    }
    await node.writeWhole(at('pets', 'red', 'broken.png'), (await picture(3, 3, 9)).subarray(0, 40))
    const set = await data.pictureFolders(node.folderSource(at('pets')), node.pictureDecoder(sharp))
    expect(set.classes).toEqual(['dark', 'red'])
    const { dataset, problems } = await data.keepReadable(set)
    expect(dataset.length).toBe(2)
    expect(problems[0]).toMatch(/red\/broken\.png: the picture cannot be read/)
  })
})

describe('a run', () => {
  const start = () => {
    const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 10 })).initialize(1)
    const optimizer = optim.Adam(model.parameters(), { learningRate: 0.01 })
    const shared = { model, task: train.classification(model, 10), optimizer, batchSize: 10 }
    return { model, options: { ...shared, train: data.digits({ count: 30, size: 8 }), epochs: 3 } }
  }
  const weights = (model: nn.AnyModule) => Array.from(model.state()['1.weight'].dataSync())

  it('is a folder: config, metrics, curves, the last state and the best weights', async () => {
    const { model, options } = start()
    const run = await node.runFolder(at('run'), { task: 'digits' })
    expect(await run.resume()).toBe(null)
    await train.fit({ ...options, save: run.save, onEvent: run.onEvent })
    expect(JSON.parse(readFileSync(at('run', 'config.json'), 'utf8'))).toEqual({ task: 'digits' })
    const lines = readFileSync(at('run', 'metrics.jsonl'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).epoch)).toEqual([1, 2, 3])
    expect(readdirSync(at('run')).some((name) => name.startsWith('events.out.tfevents.'))).toBe(true)
    const other = start().model.initialize(9)
    await node.loadWeights(other, at('run', 'best.safetensors'))
    expect(weights(other)).toEqual(weights(model))
  })

  it('keeps of names nothing that a terminal would obey, and means the same', async () => {
    const classes = ['red \u001b[31m', 'turned \u202eabc', 'c1 \u009b2J', 'line \u2028', 'é 猫']
    const run = await node.runFolder(at('named'), { classes })
    await run.close()
    const text = readFileSync(at('named', 'config.json'), 'utf8')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
    expect(text).toContain('é 猫')
    expect(JSON.parse(text)).toEqual({ classes })
  })

  it('goes on from its folder to the same weights, to the bit', async () => {
    const whole = start()
    await train.fit(whole.options)
    const first = start()
    const run = await node.runFolder(at('halves'))
    await train.fit({ ...first.options, epochs: 1, save: run.save })
    const second = start()
    const resume = (await (await node.runFolder(at('halves'))).resume()) ?? undefined
    await train.fit({ ...second.options, resume })
    expect(weights(second.model)).toEqual(weights(whole.model))
  })

  it('keeps its last good checkpoint when the next cannot be written', async () => {
    const run = await node.runFolder(at('full'))
    const { options } = start()
    await train.fit({ ...options, epochs: 1, save: run.save })
    const good = readFileSync(at('full', 'last.safetensors'))
    rmSync(at('full', 'best.safetensors'))
    mkdirSync(at('full', 'best.safetensors', 'in the way'), { recursive: true })
    await expect(train.fit({ ...options, epochs: 1, save: run.save })).rejects.toThrow('cannot be written')
    expect(readFileSync(at('full', 'last.safetensors'))).toEqual(good)
  })

  it('saves weights, and refuses those of another model by the file', async () => {
    const { model } = start()
    await node.saveWeights(model, at('model.safetensors'), { classes: '10' })
    expect(existsSync(at('model.safetensors'))).toBe(true)
    const other = nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 3 }))
    await expect(node.loadWeights(other, at('model.safetensors'))).rejects.toThrow(
      /model\.safetensors: loadState: the tensors are of another architecture: 1\.weight has shape \[64, 10\], the model \[64, 3\]/,
    )
  })
})
