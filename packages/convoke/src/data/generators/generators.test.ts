import { describe, expect, it } from 'vitest'
import type { BoxedPicture, Dataset, LabelledText, MaskedPicture, SequencePair } from '../dataset.ts'
import * as data from '../index.ts'

const at = <E extends object>(set: Dataset<E>, index: number) => set.get(index) as E

it.each([
  ['disc', 0, Math.PI],
  ['square', 1, 1.7 ** 2],
  ['triangle', 2, (3 * Math.sqrt(3)) / 4],
] as const)('renderShape covers the area of a %s, wherever it is turned', (_, kind, area) => {
  for (const turn of [0, 0.3, 2]) {
    const cover = data.renderShape({ kind, x: 31.3, y: 30.1, radius: 20, turn }, 64)
    const covered = cover.reduce((sum, value) => sum + value, 0)
    expect(Math.abs(covered / (area * 400) - 1)).toBeLessThan(0.01)
  }
})

it('renderShape knows three kinds', () => {
  expect(() => data.renderShape({ kind: 3, x: 1, y: 1, radius: 1 }, 4)).toThrow('kind is 3; it must be 0 to 2')
})

describe('every generator', () => {
  it.each([
    ['shapesWithMasks', (seed: number) => data.shapesWithMasks({ count: 3, size: 24, seed })],
    ['shapesWithBoxes', (seed: number) => data.shapesWithBoxes({ count: 3, size: 24, seed })],
    ['sentences', (seed: number) => data.sentences({ count: 9, seed })],
    ['addingProblem', (seed: number) => data.addingProblem({ count: 3, length: 9, seed })],
    ['copyMemory', (seed: number) => data.copyMemory({ count: 3, length: 9, seed })],
  ] as const)('%s repeats with its seed and differs without', (_, make) => {
    const second = (seed: number) => JSON.stringify(at<object>(make(seed), 2))
    expect(second(1)).toBe(second(1))
    expect(second(1)).not.toBe(second(2))
    expect(() => at<object>(make(1), 99)).toThrow('example 99 does not exist')
  })
})

describe('shapes', () => {
  it('have a mask of the classes that are there, on the shapes', () => {
    for (let i = 0; i < 8; i++) {
      const { image, mask } = at<MaskedPicture>(data.shapesWithMasks({ count: 8, size: 32 }), i)
      expect(image.shape).toEqual([32, 32, 3])
      expect(mask.shape).toEqual([32, 32])
      const brightness = (wanted: (label: number) => boolean) => {
        const values = Array.from(image.data).filter((_, p) => wanted(mask.data[Math.floor(p / 3)]))
        return values.reduce((a, b) => a + b, 0) / values.length
      }
      expect(brightness((label) => label > 0)).toBeGreaterThan(brightness((label) => label === 0) + 0.1)
      expect(Math.max(...mask.data)).toBeLessThanOrEqual(3)
    }
  })
  it('have boxes that hold exactly what the masks show', () => {
    const options = { count: 6, size: 32, shapes: [1, 1] as const, seed: 3 }
    for (let i = 0; i < 6; i++) {
      const { mask } = at<MaskedPicture>(data.shapesWithMasks(options), i)
      const { boxes } = at<BoxedPicture>(data.shapesWithBoxes(options), i)
      const [box] = boxes
      const inside = Array.from(mask.data).flatMap((label, p) =>
        label > 0 ? [[p % 32, Math.floor(p / 32), label]] : [],
      )
      expect(inside.every(([, , label]) => label === box.label + 1)).toBe(true)
      const xs = inside.map(([x]) => x)
      expect([box.x - box.width / 2, box.x + box.width / 2]).toEqual([Math.min(...xs), Math.max(...xs) + 1])
    }
  })
  it('come in the number asked for', () => {
    const set = data.shapesWithBoxes({ count: 20, size: 64, shapes: [2, 3] })
    const counts = Array.from({ length: 20 }, (_, i) => at<BoxedPicture>(set, i).boxes.length)
    expect(new Set(counts)).toEqual(new Set([2, 3]))
  })
})

describe('sentences', () => {
  const texts = (language: 'en' | 'zh') => {
    const set = data.sentences({ count: 400, language })
    return Array.from({ length: 400 }, (_, i) => at<LabelledText>(set, i))
  }
  it.each([
    ['en', 'good', 'bad', /\b(not|never|hardly|nothing)\b/],
    ['zh', '好看', '难看', /不|没有/],
  ] as const)('in %s mean what they say, negation included', (language, good, bad, negation) => {
    const all = texts(language)
    const negated = all.filter(({ text }) => negation.test(text))
    expect(negated.length / all.length).toBeCloseTo(0.5, 0)
    for (const { text, label } of all) {
      const praise =
        text.split(/[\s,。!:]+/).some((word) => word === good) || (language === 'zh' && text.includes(good))
      const blame = text.includes(bad)
      if (praise === blame) continue
      expect(label, text).toBe(Number(praise !== negation.test(text)))
    }
    expect(new Set(all.map(({ text }) => text)).size).toBeGreaterThan(300)
  })
  it('cannot be told by a single word: each appears under both labels', () => {
    const seen = new Map<string, Set<number>>()
    for (const { text, label } of texts('en')) {
      for (const word of text.split(' ')) seen.set(word, (seen.get(word) ?? new Set()).add(label))
    }
    for (const word of ['good', 'bad', 'not', 'film']) expect(seen.get(word)?.size).toBe(2)
  })
})

describe('sequences', () => {
  it('the adding problem marks one number in each half and asks for their sum', () => {
    const { input, target } = at<SequencePair>(data.addingProblem({ count: 5, length: 20 }), 3)
    const marked = Array.from({ length: 20 }, (_, t) => t).filter((t) => input.data[2 * t + 1] === 1)
    expect(marked).toHaveLength(2)
    expect(marked[0]).toBeLessThan(10)
    expect(marked[1]).toBeGreaterThanOrEqual(10)
    expect(target.data[0]).toBeCloseTo(input.data[2 * marked[0]] + input.data[2 * marked[1]], 6)
  })
  it('copy memory repeats at the end what came at the start', () => {
    const { input, target } = at<SequencePair>(data.copyMemory({ count: 2, length: 5 }), 1)
    expect(input.shape).toEqual([25, 1])
    expect(Array.from(target.data.slice(15))).toEqual(Array.from(input.data.slice(0, 10)))
    expect(Array.from(target.data.slice(0, 15))).toEqual(Array(15).fill(0))
    expect(Array.from(input.data.slice(10))).toEqual([...Array(4).fill(0), ...Array(11).fill(9)])
  })
})
