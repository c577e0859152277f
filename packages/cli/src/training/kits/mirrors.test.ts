import { data, randomSource } from 'convoke'
import { mirroredClasses } from 'convoke-workbench'
import { describe, expect, it } from 'vitest'
import type { Opened } from '../data/opened.ts'
import { classify } from './classify.ts'
import { usualFor } from './kit.ts'

type Paint = (label: number, x: number, y: number, random: ReturnType<typeof randomSource>) => number

/** Pictures of 20 × 20, of a class each, of one channel. */
function drawn(count: number, classes: number, paint: (random: ReturnType<typeof randomSource>) => Paint) {
  const side = 20
  const random = randomSource(3)
  return data.fromExamples(
    Array.from({ length: count }, (_, i) => {
      const at = paint(random)
      const pixels = Float32Array.from({ length: side * side }, (_, p) =>
        at(i % classes, (p % side) / side, Math.floor(p / side) / side, random),
      )
      return { image: { shape: [side, side, 1], data: pixels }, label: i % classes }
    }),
  )
}

/** A wedge that points to the left or to the right, somewhere. */
const arrows = drawn(400, 2, (random) => {
  const [dx, dy] = [random.uniform() * 0.3, random.uniform() * 0.3]
  return (label, x, y) => {
    const along = label === 0 ? x - dx : 1 - x - dx
    return along > 0 && Math.abs(y - 0.35 - dy) < along / 2 && along < 0.6 ? 1 : 0
  }
})

/** Such wedges beside circles and boxes. */
const signs = drawn(900, 4, (random) => {
  const [dx, dy, size] = [random.uniform() * 0.3, random.uniform() * 0.3, 0.1 + random.uniform() * 0.2]
  return (label, x, y) => {
    if (label === 2) return (x - 0.5) ** 2 + (y - 0.5) ** 2 < size ? 1 : 0
    if (label === 3) return Math.abs(x - 0.5) < size && Math.abs(y - 0.5) < 1.4 * size ? 1 : 0
    const along = label === 0 ? x - dx : 1 - x - dx
    return along > 0 && Math.abs(y - 0.35 - dy) < along / 2 && along < 0.6 ? 1 : 0
  }
})

/** Wedges of a height each class has, all pointing one way, so that mirrored ones are like none of them; boxes, circles and bars. */
const shoes = drawn(900, 5, (random) => {
  const [dx, dy, tall] = [random.uniform() * 0.2, random.uniform() * 0.2, random.uniform() * 0.1]
  return (label, x, y) => {
    if (label === 2) return Math.abs(x - 0.5 + dy) < 0.3 && Math.abs(y - 0.5) < 0.35 + tall ? 1 : 0
    if (label === 3) return (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.03 + 0.3 * tall ? 1 : 0
    if (label === 4) return Math.abs(y - 0.2 - dy) < 0.08 ? 1 : 0
    const along = x - dx
    const height = label === 0 ? 0.25 : 0.8
    return along > 0 && along < 0.7 && y > 0.9 - dy - (height + tall) * along && y < 0.9 - dy ? 1 : 0
  }
})

/** Stripes of a width each class has, lying as they happen to. */
const stripes = drawn(400, 3, (random) => {
  const [phase, lean] = [random.uniform(), random.uniform() < 0.5 ? 1 : -1]
  return (label, x, y) => Math.round(((x + lean * y) * (label + 1) + phase) % 1)
})

const noise = drawn(200, 2, () => (_, __, ___, random) => random.uniform())

describe('mirroredClasses', () => {
  it('tells pictures that point somewhere from those that do not', async () => {
    const seen = await mirroredClasses(arrows)
    expect([seen!.usual > 0.9, seen!.mirrored < 0.2, seen!.keeps]).toEqual([true, true, false])
    expect((await mirroredClasses(data.digits({ count: 600 })))!.keeps).toBe(false)
    const mixed = await mirroredClasses(signs)
    // Half of the classes are the same mirrored, and the others each other's mirror images.
    expect([mixed!.mirrored > 0.4, mixed!.mirroredConfused > 0.15, mixed!.keeps]).toEqual([true, true, false])
    const oneWay = await mirroredClasses(shoes)
    expect([oneWay!.mirrored < 0.95 * oneWay!.usual, oneWay!.keeps]).toEqual([true, true])
    const free = await mirroredClasses(stripes)
    expect([free!.usual > 0.8, free!.keeps]).toEqual([true, true])
  })

  it.each([12, 28])(
    'never takes digits for pictures to be mirrored, however few there are: %i pixels',
    async (size) => {
      for (const count of [100, 150, 300])
        for (const seed of [1, 2, 3])
          expect((await mirroredClasses(data.digits({ count, seed, size })))?.keeps, `${count} by seed ${seed}`).toBe(
            false,
          )
    },
  )

  it('tells nothing where there is nothing to go by', async () => {
    expect(await mirroredClasses(noise)).toBeNull()
    expect(await mirroredClasses(data.digits({ count: 40 }))).toBeNull()
  })
})

describe('what classify takes when nothing is said', () => {
  const opened = (train: typeof stripes) =>
    ({ train, picture: { height: 20, width: 20, channels: 1 }, classes: ['a', 'b', 'c'] }) as unknown as Opened<
      Parameters<typeof classify.ready>[1] extends data.Dataset<infer E> ? E : never
    >
  const usual = async (train: typeof stripes, given = {}) =>
    usualFor(classify, opened(train), await classify.plan(opened(train), { options: {} }), given)

  it('are mirrors where they keep classes, and it says why', async () => {
    const { training, notes } = await usual(stripes)
    expect(training.augment).toBe('flips')
    expect(notes).toEqual([
      expect.stringMatching(
        /^pictures are mirrored left to right at random, which keeps their classes: \d+% of 400 mirrored pictures/,
      ),
    ])
    expect(await usual(arrows)).toMatchObject({ training: { augment: 'light' }, notes: [] })
    expect(await usual(stripes, { augment: 'none' })).toMatchObject({ training: { augment: 'none' }, notes: [] })
  })
})
