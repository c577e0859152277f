import { describe, expect, it } from 'vitest'
import { memory, randomSource, type Tensor } from '../tensor/index.ts'
import * as data from './index.ts'

const numbered = (count: number, classes = 2) =>
  data.fromExamples(
    Array.from({ length: count }, (_, i) => ({ id: i, label: i % classes })),
    { classes: Array.from({ length: classes }, (_, c) => `class ${c}`) },
  )

async function ids(loader: AsyncIterable<{ readonly id: Tensor }>): Promise<number[][]> {
  const found: number[][] = []
  for await (const batch of loader) {
    found.push(batch.id.toArray() as number[])
    data.disposeBatch(batch)
  }
  return found
}

describe('batches', () => {
  it('go through every example once, the last batch smaller unless dropped', async () => {
    expect(await ids(data.batches(numbered(5), { size: 2 }))).toEqual([[0, 1], [2, 3], [4]])
    expect(await ids(data.batches(numbered(5), { size: 2, dropLast: true }))).toEqual([
      [0, 1],
      [2, 3],
    ])
    const shuffled = (await ids(data.batches(numbered(7), { size: 3, shuffle: true, seed: 1 }))).flat()
    expect(shuffled).not.toEqual([0, 1, 2, 3, 4, 5, 6])
    expect([...shuffled].sort()).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it.each([
    [5, 4, [[0, 1, 2, 3, 4]]],
    [
      5,
      2,
      [
        [0, 1],
        [2, 3, 4],
      ],
    ],
    [
      6,
      4,
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
    ],
    [4, 4, [[0, 1, 2, 3]]],
    [1, 4, [[0]]],
    [3, 1, [[0], [1], [2]]],
  ])('of %i by %i join one example left over to the batch before, when asked', async (count, size, expected) => {
    const loader = data.batches(numbered(count), { size, joinLast: true })
    expect(await ids(loader)).toEqual(expected)
    expect([loader.length, loader.lastSize]).toEqual([expected.length, expected.at(-1)!.length])
  })

  it('leave the example left over out rather than join it, when both are asked', async () => {
    const loader = data.batches(numbered(5), { size: 2, joinLast: true, dropLast: true })
    expect(await ids(loader)).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(loader.lastSize).toBe(2)
    expect(data.batches(numbered(1), { size: 2, dropLast: true }).lastSize).toBe(0)
  })

  it('come in an order that seed and epoch determine', async () => {
    const order = (seed: number, epoch: number) =>
      ids(data.batches(numbered(9), { size: 4, shuffle: true, seed, epoch }))
    expect(await order(1, 0)).toEqual(await order(1, 0))
    expect(await order(1, 0)).not.toEqual(await order(1, 1))
    expect(await order(1, 0)).not.toEqual(await order(2, 0))
  })

  it('can start later, with the same batches as if they had not', async () => {
    const all = await ids(data.batches(numbered(9), { size: 2, shuffle: true, seed: 3 }))
    expect(await ids(data.batches(numbered(9), { size: 2, shuffle: true, seed: 3, skip: 3 }))).toEqual(all.slice(3))
  })

  it('are shared by ranks, each batch as evenly as can be', async () => {
    const options = { size: 4, shuffle: true, seed: 3 }
    const whole = await ids(data.batches(numbered(9), { ...options, size: 4 }))
    const loaders = [0, 1].map((rank) => data.batches(numbered(9), { ...options, world: { rank, size: 2 } }))
    const [a, b] = await Promise.all(loaders.map(ids))
    // The last batch has one example: the first rank's, which the other one is given as well and which counts nothing there.
    expect([[...a[0], ...b[0]], [...a[1], ...b[1]], a[2]]).toEqual(whole)
    expect(b[2]).toEqual(a[2])
    expect(loaders.map((loader) => [0, 2].map((at) => loader.share(at)))).toEqual([
      [
        { own: 2, all: 4, even: true },
        { own: 1, all: 1, even: false },
      ],
      [
        { own: 2, all: 4, even: true },
        { own: 0, all: 1, even: false },
      ],
    ])
  })

  it('leave no rank with a single example where there are enough', async () => {
    const shares = [0, 1, 2, 3].map(
      (rank) => data.batches(numbered(13), { size: 8, world: { rank, size: 4 } }).share(1).own,
    )
    expect(shares).toEqual([2, 3, 0, 0])
    expect(() => data.batches(numbered(9), { size: 2, world: { rank: 0, size: 3 } })).toThrow(
      'a batch of 2 examples is too small for 3 ranks',
    )
  })

  it('augment each example from its own numbers, whatever the order', async () => {
    const draws = new Map<number, number>()
    const augment = (example: { id: number; label: number }, random: { uniform(): number }) => {
      const value = random.uniform()
      expect(draws.get(example.id) ?? value).toBe(value)
      draws.set(example.id, value)
      return example
    }
    await ids(data.batches(numbered(6), { size: 4, shuffle: true, seed: 1, augment }))
    await ids(data.batches(numbered(6), { size: 2, seed: 1, augment }))
    expect(new Set(draws.values()).size).toBe(6)
  })

  it('load ahead while one is used', async () => {
    const asked: number[] = []
    const slow = data.mapDataset(numbered(8), (example) => {
      asked.push(example.id)
      return example
    })
    const iterator = data.batches(slow, { size: 2, prefetch: 1 })[Symbol.asyncIterator]()
    await iterator.next()
    expect(asked).toEqual([0, 1, 2, 3])
  })

  it('pass on what went wrong while loading', async () => {
    const broken = data.mapDataset(numbered(4), (example) => {
      if (example.id === 3) throw new Error('cannot read example 3')
      return example
    })
    await expect(ids(data.batches(broken, { size: 2 }))).rejects.toThrow('cannot read example 3')
  })

  it('free their tensors when disposed', async () => {
    const before = memory().buffers
    await ids(data.batches(numbered(5), { size: 2 }))
    expect(memory().buffers).toBe(before)
  })
})

describe('collation', () => {
  it('stacks values, makes int32 of numbers, and keeps the rest as lists', () => {
    const batch = data.collate([
      { image: data.valuesOf([[1, 2]]), label: 1, name: 'a' },
      { image: data.valuesOf([[3, 4]]), label: 0, name: 'b' },
    ])
    expect(batch.image.toArray()).toEqual([[[1, 2]], [[3, 4]]])
    expect(batch.label.dtype).toBe('int32')
    expect(batch.name).toEqual(['a', 'b'])
  })
  it('says which example does not fit', () => {
    const examples = [{ image: data.valuesOf([1, 2]) }, { image: data.valuesOf([1]) }]
    expect(() => data.collate(examples)).toThrow('the image of example 1 has shape [1], that of example 0 [2]')
  })
})

describe('values written by hand', () => {
  it('have rows of one length, and numbers that their type holds', () => {
    expect(data.valuesOf([[1, 2], [3, 4]])).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }) // biome-ignore format: rows
    expect(() => data.valuesOf([[1, 2], [3]])).toThrow('ragged')
    expect(() => data.valuesOf([1, [2]])).toThrow('ragged')
    expect(() => data.valuesOf(['1'] as never)).toThrow('only numbers and booleans')
    for (const value of [0.5, Number.NaN, 2 ** 31])
      expect(() => data.valuesOf([value], 'int32')).toThrow(`element 0 is ${value}; int32 holds whole numbers`)
  })
  it('are not nested without end', () => {
    const own: unknown[] = []
    own.push(own)
    let deep: unknown[] = [1]
    for (let level = 0; level < 20_000; level++) deep = [deep]
    for (const nested of [own, deep]) expect(() => data.valuesOf(nested as never)).toThrow('more than 64 deep')
  })
})

describe('data sets', () => {
  it('are joined from lists of any length', async () => {
    const parts = Array.from({ length: 200_000 }, (_, id) => data.fromExamples([{ id }]))
    const all = data.concatDatasets(parts)
    expect(all.length).toBe(200_000)
    expect(await all.get(123_456)).toEqual({ id: 123_456 })
    const loosely = data.concatDatasets as (...sets: unknown[]) => unknown
    expect(() => loosely(parts, parts)).toThrow('one argument is a list, not a data set')
  })
  it('combine: parts, joins, changes, memory', async () => {
    const set = numbered(4)
    const named = (...classes: string[]) => data.fromExamples([{ label: 0 }], { classes })
    const bare = data.fromExamples([{ label: 1 }])
    expect(data.concatDatasets(bare, named('a', 'b'), named('a', 'b')).classes).toEqual(['a', 'b'])
    expect(() => data.concatDatasets(named('a', 'b'), named('b', 'a'))).toThrow(
      'concatDatasets: set 2 has the classes b, a, but the first set with class names has a, b.',
    )
    const joined = data.concatDatasets(data.subset(set, [3, 1]), set)
    expect(joined.length).toBe(6)
    expect([0, 1, 2, 5].map((i) => (joined.get(i) as { id: number }).id)).toEqual([3, 1, 0, 3])
    expect(joined.labelOf?.(0)).toBe(1)
    let loads = 0
    const cached = data.cacheDataset(
      data.mapDataset(set, async (example) => {
        loads++
        return example
      }),
    )
    await cached.get(2)
    await cached.get(2)
    expect(loads).toBe(1)
    expect(cached.classes).toEqual(['class 0', 'class 1'])
  })
  it('refuse examples they do not have', () => {
    expect(() => numbered(3).get(3)).toThrow('example 3 does not exist; the data set has 3. Use 0 to 2.')
    expect(() => data.subset(numbered(3), [5])).toThrow('example 5 does not exist')
  })
})

describe('splits', () => {
  const labels = (set: data.Dataset<{ label: number }>) =>
    Array.from({ length: set.length }, (_, i) => (set.get(i) as { label: number }).label)
  it('keep the share of each class and lose nothing', () => {
    const set = numbered(30, 3)
    const parts = data.splitDataset(set, [0.6, 0.2, 0.2], { seed: 1 })
    expect(parts.map(({ length }) => length)).toEqual([18, 6, 6])
    for (const part of parts) {
      for (const label of [0, 1, 2]) expect(labels(part).filter((l) => l === label)).toHaveLength(part.length / 3)
    }
    const all = parts.flatMap((part) =>
      Array.from({ length: part.length }, (_, i) => (part.get(i) as { id: number }).id),
    )
    expect(new Set(all).size).toBe(30)
  })
  it('take 300,000 examples of two classes, though no list of them fits into arguments', () => {
    const set = data.fromExamples(Array.from({ length: 300_000 }, (_, i) => ({ label: i % 2 })))
    expect(data.splitDataset(set, [0.9, 0.1]).map(({ length }) => length)).toEqual([270_000, 30_000])
  })
  it('are of the size asked for, also where no class divides evenly', () => {
    const [large, small] = data.splitDataset(numbered(60, 10), [0.75, 0.25])
    expect([large.length, small.length]).toEqual([45, 15])
    for (let label = 0; label < 10; label++) {
      const own = labels(large).filter((l) => l === label).length
      expect([4, 5]).toContain(own)
    }
  })
  it('differ by seed and repeat with it', () => {
    const first = (seed: number) => {
      const [part] = data.splitDataset(numbered(20), [0.5], { seed })
      return Array.from({ length: part.length }, (_, i) => (part.get(i) as { id: number }).id)
    }
    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })
  it('keep together what belongs together, and stay as large as asked for', () => {
    // 100 examples; 0 to 29 are ten triples, of which five have both labels.
    const set = {
      ...data.fromExamples(Array.from({ length: 100 }, (_, i) => ({ label: i % 2, i }))),
      groupOf: (i: number) => (i < 30 ? `triple ${Math.floor(i / 3)}` : i),
    }
    for (const seed of [0, 1, 2, 3]) {
      const parts = data.splitDataset(set, [0.8, 0.1, 0.1], { seed })
      expect(parts.map(({ length }) => length)).toEqual([80, 10, 10])
      const groups = parts.map((part) => new Set(Array.from({ length: part.length }, (_, at) => part.groupOf!(at))))
      expect(groups.reduce((sum, own) => sum + own.size, 0)).toBe(new Set(groups.flatMap((own) => [...own])).size)
      const folds = data.crossValidation(set, 4, { seed })
      expect(folds.map(({ test }) => test.length)).toEqual([25, 25, 25, 25])
      for (const { train, test } of folds) {
        const held = new Set(Array.from({ length: test.length }, (_, at) => test.groupOf!(at)))
        expect(Array.from({ length: train.length }, (_, at) => held.has(train.groupOf!(at)))).not.toContain(true)
      }
    }
  })
  it('put a group that is larger than a part where there is room', () => {
    const set = {
      ...data.fromExamples(Array.from({ length: 20 }, () => ({ label: 0 }))),
      groupOf: (i: number) => (i < 12 ? 'same' : i),
    }
    for (const seed of [0, 1, 2])
      expect(data.splitDataset(set, [0.8, 0.2], { seed }).map(({ length }) => length)).toEqual([16, 4])
  })
  it('cross-validate: each example is held out once', () => {
    const folds = data.crossValidation(numbered(11), 3, { seed: 1 })
    const held = folds.flatMap(({ test }) =>
      Array.from({ length: test.length }, (_, i) => (test.get(i) as { id: number }).id),
    )
    expect([...held].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i))
    for (const { train, test } of folds) expect(train.length + test.length).toBe(11)
  })
  it('refuse shares that are none', () => {
    expect(() => data.splitDataset(numbered(4), [0.8, 0.4])).toThrow('add up to 1 or less')
  })
})

describe('digits', () => {
  it('are the same for the same seed, others for another, each class equally often', () => {
    const pixels = (seed: number, i: number) =>
      Array.from((data.digits({ count: 20, seed }).get(i) as data.ClassifiedPicture).image.data)
    expect(pixels(1, 7)).toEqual(pixels(1, 7))
    expect(pixels(1, 7)).not.toEqual(pixels(2, 7))
    expect(pixels(1, 7)).not.toEqual(pixels(1, 17))
    const set = data.digits({ count: 40 })
    expect(Array.from({ length: 40 }, (_, i) => set.labelOf?.(i)).filter((label) => label === 3)).toHaveLength(4)
  })
  it('have ink in the middle, paper at the rim, and values from 0 to 1', () => {
    for (let i = 0; i < 30; i++) {
      const { image, label } = data.digits({ count: 30, seed: 5 }).get(i) as data.ClassifiedPicture
      expect(image.shape).toEqual([28, 28, 1])
      expect(label).toBe(i % 10)
      const values = Array.from(image.data)
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...values)).toBeLessThanOrEqual(1)
      const ink = values.filter((value) => value > 0.5).length
      expect(ink).toBeGreaterThan(15)
      expect(ink).toBeLessThan(300)
      const rim = values.filter((_, at) => at < 28 || at >= 27 * 28 || at % 28 === 0 || at % 28 === 27)
      expect(rim.filter((value) => value > 0.5).length).toBeLessThan(8)
    }
  })
})

it('a permutation holds every number once', () => {
  expect([...data.permutation(50, randomSource(1))].sort((a, b) => a - b)).toEqual(
    Array.from({ length: 50 }, (_, i) => i),
  )
})
