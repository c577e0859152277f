// Reads real data sets where they lie beside the repository, in ../shared/data.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folderSource, pictureDecoder, readBytes } from '../../node/index.ts'
import type { LabelledText } from '../dataset.ts'
import * as data from '../index.ts'

const folder = fileURLToPath(new URL('../../../../../../shared/data/', import.meta.url))
const present = existsSync(folder)
if (!present) console.warn('skipped: real data sets; shared/data is not beside the repository')

describe.skipIf(!present)('real data', () => {
  it('Fashion-MNIST: 10,000 test pictures of ten classes, each equally often', async () => {
    const file = (name: string) => readBytes(`${folder}fashion-mnist/t10k-${name}-ubyte.gz`)
    const set = await data.idxDataset({ images: await file('images-idx3'), labels: await file('labels-idx1') })
    expect(set.length).toBe(10_000)
    expect((await set.get(9_999)).image.shape).toEqual([28, 28, 1])
    expect(Array.from({ length: 10_000 }, (_, i) => set.labelOf?.(i)).filter((label) => label === 7)).toHaveLength(1000)
  })

  it('BCCD: 364 pictures, three classes, two stray clicks left out', async () => {
    const { dataset, problems } = await data.vocDataset(folderSource(`${folder}bccd`), pictureDecoder(sharp))
    expect(dataset.length).toBe(364)
    expect(dataset.classes).toEqual(['Platelets', 'RBC', 'WBC'])
    expect(problems).toHaveLength(2)
    const { image, boxes } = await dataset.get(0)
    expect(image.shape).toEqual([480, 640, 3])
    // The first object of BloodImage_00000.xml: a white cell from (260, 177) to (491, 376).
    expect(boxes[0]).toEqual({ x: 375, y: 276, width: 232, height: 200, label: 2 })
  })

  it('ISBI membranes: 30 slices with their labels', async () => {
    const set = await data.maskFolders(folderSource(`${folder}isbi-membrane`), pictureDecoder(sharp, { channels: 1 }))
    expect(set.length).toBe(30)
    const { image, mask } = await set.get(29)
    expect([image.shape, mask.shape]).toEqual([
      [512, 512, 1],
      [512, 512],
    ])
    expect(new Set(mask.data)).toEqual(new Set([0, 1]))
  })

  it('movie reviews: 5,331 sentences of each kind, about the words that Kim counted', async () => {
    const file = async (name: string) =>
      data.decodeText(name, await readBytes(`${folder}movie-reviews/rt-polarity.${name}`), 'latin1')
    const set = data.linesDataset({ negative: await file('neg'), positive: await file('pos') })
    expect(set.length).toBe(10_662)
    const words = Array.from({ length: set.length }, (_, i) => data.englishWords((set.get(i) as LabelledText).text))
    expect(Math.max(...words.map(({ length }) => length))).toBeGreaterThanOrEqual(56)
    // Kim 2014, table 1: 18,765 words.
    expect(Math.abs(data.vocabulary(words).size / 18_765 - 1)).toBeLessThan(0.01)
  })
})
