import { describe, expect, it } from 'vitest'
import { type RandomSource, randomSource } from '../tensor/index.ts'
import type { Box, Values } from './dataset.ts'
import * as data from './index.ts'

const [height, width] = [40, 60]

/** A bright rectangle of its own brightness, with its mask and its box. */
function rectangle(label: number, [left, top, right, bottom]: readonly number[]) {
  const inside = (p: number): boolean => {
    const [x, y] = [p % width, Math.floor(p / width)]
    return x >= left && x < right && y >= top && y < bottom
  }
  const of = (value: number): number[] => Array.from({ length: height * width }, (_, p) => (inside(p) ? value : 0))
  const image: Values = { shape: [height, width, 1], data: Float32Array.from(of(label / 8)) }
  const mask: Values = { shape: [height, width], data: Int32Array.from(of(label)) }
  const boxes: Box[] = [
    { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top, label },
  ]
  const points = [{ x: (left + right) / 2, y: (top + bottom) / 2, label }]
  return { image, mask, boxes, points }
}

const four = [
  rectangle(1, [20, 10, 50, 35]),
  rectangle(2, [5, 5, 40, 30]),
  rectangle(3, [25, 3, 55, 25]),
  rectangle(4, [8, 8, 30, 28]),
]
const mosaic = (seed: number) => data.randomMosaic({ share: 1 })(four[0], randomSource(seed), four.slice(1))

/** The edges of what the mask shows of a label; null where it shows nothing. */
function shown({ data: labels }: Values, label: number): readonly number[] | null {
  const places = Array.from(labels).flatMap((own, p) => (own === label ? [[p % width, Math.floor(p / width)]] : []))
  if (places.length === 0) return null
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)]
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]
}

describe('randomMosaic', () => {
  it('keeps the size, and has picture, mask, boxes and points of all four agree', () => {
    const seen = new Set<number>()
    for (let seed = 0; seed < 40; seed++) {
      const { image, mask, boxes, points } = mosaic(seed)
      expect([image.shape, mask.shape]).toEqual([
        [height, width, 1],
        [height, width],
      ])
      // Between two pixels of the original the picture is in between; elsewhere it tells the class, or shows what is cut off a thing.
      const wrong = Array.from(mask.data).filter((label, p) => {
        const value = image.data[p] * 8
        return Math.abs(value - Math.round(value)) < 1e-4 && Math.round(value) !== label && label !== 0
      })
      expect(wrong).toEqual([])
      for (const { label, x, y, width: wide, height: high } of boxes) {
        seen.add(label)
        const edges = shown(mask, label)!
        const own = [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]
        expect(
          Math.max(...own.map((edge, i) => Math.abs(edge - edges[i]))),
          `seed ${seed}, class ${label}`,
        ).toBeLessThanOrEqual(1)
      }
      for (const { x, y, label } of points) expect(mask.data[Math.floor(y) * width + Math.floor(x)]).toBe(label)
    }
    expect([...seen].sort()).toEqual([1, 2, 3, 4])
  })

  it('leaves no pixel empty: four white pictures make a white one, of bytes as well', () => {
    const white = { image: { shape: [height, width, 3], data: new Uint8Array(height * width * 3).fill(255) } }
    const smaller = { image: { shape: [20, 30, 3], data: new Uint8Array(1800).fill(255) } }
    for (let seed = 0; seed < 10; seed++) {
      const { image } = data.randomMosaic({ share: 1 })(white, randomSource(seed), [smaller, white, smaller])
      expect(image.data).toBeInstanceOf(Uint8Array)
      expect(image.data.every((value) => value === 255)).toBe(true)
    }
  })

  it('changes the share of examples that is asked for, and tells what it lacks', () => {
    const draws = randomSource(5)
    const augment = data.randomMosaic({ share: 0.25 })
    const changed = Array.from({ length: 400 }, () => augment(four[0], draws, four.slice(1))).filter(
      (example) => example !== four[0],
    )
    expect(changed.length).toBeGreaterThan(70)
    expect(changed.length).toBeLessThan(130)
    const always: RandomSource = randomSource(1)
    expect(() => data.randomMosaic({ share: 1 })(four[0], always, four.slice(2))).toThrow(
      'randomMosaic: it needs three other examples, but got 2. Use it with data.batches or train.fit.',
    )
    expect(() => data.randomMosaic({ share: 2 })).toThrow('randomMosaic: share is 2; it must be a number from 0 to 1.')
  })
})

describe('batches of examples that take others along', () => {
  const set = data.fromExamples(Array.from({ length: 10 }, (_, i) => ({ value: i })))
  const augment = Object.assign(
    ({ value }: { value: number }, random: RandomSource, others: readonly { value: number }[] = []) => ({
      value: value + 100 * others.reduce((sum, other) => sum + other.value, 0) + 10_000 * random.integer(5),
    }),
    { others: 2 },
  )
  const values = async (options: Partial<data.BatchOptions<{ value: number }>>) => {
    const all: number[] = []
    for await (const { value } of data.batches(set, { size: 4, augment, ...options })) all.push(...(await value.data()))
    return all
  }

  it('draw them by seed, epoch and index alone', async () => {
    const plain = await values({})
    expect(plain.map((value) => value % 100)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(new Set(plain.map((value) => Math.floor((value % 10_000) / 100))).size).toBeGreaterThan(4)
    expect(await values({ size: 7 })).toEqual(plain)
    expect((await values({ shuffle: true })).sort()).toEqual([...plain].sort())
    const ranks = await Promise.all([0, 1].map((rank) => values({ size: 5, world: { rank, size: 2 } })))
    expect(ranks.flat().sort()).toEqual([...plain].sort())
    expect(await values({ epoch: 1 })).not.toEqual(plain)
  })

  it('are asked for by a list of changes as by one of them', () => {
    expect(data.augmentations(data.randomFlip(), data.randomMosaic()).others).toBe(3)
    expect(data.augmentations(data.randomFlip()).others).toBeUndefined()
  })
})
