// Settings in the address, own pictures by class, drawings: what the view holds without a worker.

import { describe, expect, it } from 'vitest'
import { drawingOf } from '../drawing/strokes.ts'
import { readAddress, writeAddress } from './address.ts'
import { bringFolder, squareOf, withMore } from './bring.ts'
import { className, missingIn, mostPictures } from './own.ts'
import { firstSettings, suited, type TrainSettings, trainingKey } from './settings.ts'

const roundTrip = (settings: TrainSettings) => readAddress(new URLSearchParams(writeAddress(settings).toString()))

describe('The address', () => {
  it('is empty for what the view opens with', () => {
    expect(writeAddress(firstSettings).toString()).toBe('')
    expect(readAddress(new URLSearchParams())).toEqual({ settings: firstSettings, refused: [] })
  })

  it.each<Partial<TrainSettings>>([
    { kernel: 5, count: 16, depth: 1, rate: 0.01, batch: 64, epochs: 200, augment: true, examples: 4000 },
    { ...suited('drawings') },
    { ...suited('pictures'), augment: false, epochs: 1 },
    { compared: [{ kernel: 7, count: 32, depth: 3 }], comparedEpochs: 12 },
  ])('keeps %o', (change) => {
    const settings = { ...firstSettings, ...change }
    expect(roundTrip(settings)).toEqual({ settings, refused: [] })
  })

  it('names what it cannot read, and has the usual instead', () => {
    const text = 'source=cats&kernel=4&epochs=0&rate=1e9&augment=yes&compared=3x8x3|3x8x3&comparedEpochs=31&batch=8'
    const { settings, refused } = readAddress(new URLSearchParams(text))
    expect(refused).toEqual(['source', 'kernel', 'rate', 'epochs', 'augment', 'compared', 'comparedEpochs'])
    expect(settings).toEqual({ ...firstSettings, batch: 8 })
  })

  it('tells runs apart by all that training depends on, and not by when it pauses', () => {
    const key = trainingKey(firstSettings)
    expect(trainingKey({ ...firstSettings, epochs: 99, compared: [], comparedEpochs: 9 })).toBe(key)
    for (const change of [{ kernel: 5 }, { rate: 0.01 }, { batch: 8 }, { augment: true }, { examples: 500 }])
      expect(trainingKey({ ...firstSettings, ...change })).not.toBe(key)
  })
})

describe('Own classes', () => {
  it('have names that folders can have, each its own', () => {
    expect(className(' cat ', [])).toBe('cat')
    expect(className('../a/b:c', [])).toBe('abc')
    expect(className('猫', ['cat'])).toBe('猫')
    expect(className('Cat', ['cat'])).toBeUndefined()
    expect(className('...', [])).toBeUndefined()
    expect(className('x'.repeat(99), [])).toHaveLength(40)
  })

  it('are lacking until there are two with five pictures each', () => {
    const pictures = (count: number) => Array.from({ length: count }, () => new Uint8Array(1))
    expect(missingIn({ classes: [], stamp: 0 }).classes).toBe(true)
    const classes = [
      { name: 'a', pictures: pictures(5) },
      { name: 'b', pictures: pictures(4) },
    ]
    expect(missingIn({ classes, stamp: 0 })).toEqual({ classes: false, few: ['b'] })
  })

  it('take more pictures by name up to what a page keeps', () => {
    const many = Array.from({ length: mostPictures }, () => new Uint8Array(1))
    const first = withMore([{ name: 'a', pictures: [new Uint8Array(1)] }], [{ name: 'A', pictures: many }])
    expect(first.classes).toHaveLength(1)
    expect(first.classes[0].pictures).toHaveLength(mostPictures)
    expect(first.left).toBe(1)
    expect(withMore(first.classes, [{ name: 'b', pictures: [new Uint8Array(1)] }]).left).toBe(1)
  })

  it('find no class in a folder of loose files', async () => {
    // As a page has it of a folder that was chosen.
    const file = { name: 'a.png', webkitRelativePath: 'folder/a.png' }
    expect(await bringFolder([file as File])).toEqual({ classes: [], unreadable: [] })
  })
})

describe('Pictures', () => {
  it('are cut to the middle square and brought to one size by the mean of what falls together', () => {
    // 96 × 64: the middle 64 columns are red 10, green 20, blue 30, the rest white.
    const data = new Uint8ClampedArray(96 * 64 * 4).fill(255)
    for (let y = 0; y < 64; y++) for (let x = 16; x < 80; x++) data.set([10, 20, 30], 4 * (y * 96 + x))
    const square = squareOf({ width: 96, height: 64, data })
    expect(square).toHaveLength(32 * 32 * 3)
    expect([...square.slice(0, 3), ...square.slice(-3)]).toEqual([10, 20, 30, 10, 20, 30])
  })
})

describe('Drawings', () => {
  const inkIn = (picture: Uint8Array) => {
    const at = [...picture.keys()].filter((i) => picture[i] > 127)
    const [xs, ys] = [at.map((i) => i % 28), at.map((i) => Math.floor(i / 28))]
    return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
  }

  it('come to the middle in one size, wherever and however large they were drawn', () => {
    const small = drawingOf(
      [
        [
          [0.1, 0.1],
          [0.4, 0.1],
          [0.4, 0.4],
        ],
      ],
      28,
    )
    const large = drawingOf(
      [
        [
          [0.3, 0.2],
          [0.9, 0.2],
          [0.9, 0.8],
        ],
      ],
      28,
    )
    expect(inkIn(small)).toEqual(inkIn(large))
    const { left, right, top, bottom } = inkIn(small)
    expect([left + right, top + bottom]).toEqual([27, 27])
    // 0.66 of 28 pixels, and the pen's radius to either side.
    expect(right - left + 1).toBe(20)
  })

  it('are paper where nothing was drawn, and a dot where the pen did not move', () => {
    expect(Math.max(...drawingOf([], 28))).toBe(0)
    const { left, right } = inkIn(drawingOf([[[0.9, 0.9]]], 28))
    expect([left, right]).toEqual([13, 14])
  })
})
