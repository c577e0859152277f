import { describe, expect, it } from 'vitest'
import { type RandomSource, randomSource } from '../tensor/index.ts'
import type { Box, Values } from './dataset.ts'
import * as data from './index.ts'

/** Gives the same draw every time. */
const always = (uniform: number, integer = 0): RandomSource => ({
  uniform: () => uniform,
  normal: () => 2 * uniform - 1,
  integer: () => integer,
})

/** A bright rectangle, with its mask and box. */
function rectangle(height: number, width: number, edges: readonly [number, number, number, number]) {
  const [left, top, right, bottom] = edges
  const inside = (p: number) => {
    const [x, y] = [p % width, Math.floor(p / width)]
    return x >= left && x < right && y >= top && y < bottom
  }
  const image: Values = {
    shape: [height, width, 1],
    data: Float32Array.from({ length: height * width }, (_, p) => Number(inside(p))),
  }
  const mask: Values = {
    shape: [height, width],
    data: Int32Array.from({ length: height * width }, (_, p) => Number(inside(p))),
  }
  const boxes: Box[] = [
    { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top, label: 4 },
  ]
  return { image, mask, boxes }
}

/** The box around what a mask shows. */
function shown({ shape, data: labels }: Values) {
  const points = Array.from(labels).flatMap((label, p) => (label > 0 ? [[p % shape[1], Math.floor(p / shape[1])]] : []))
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs) + 1, Math.min(...ys), Math.max(...ys) + 1]
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top }
}

describe('what moves pixels moves masks and boxes along', () => {
  const example = rectangle(24, 24, [3, 8, 9, 12])
  it.each([
    ['randomFlip', data.randomFlip({ horizontal: 1, vertical: 1 }), always(0.2)],
    ['randomQuarterTurn', data.randomQuarterTurn(), always(0, 1)],
    ['randomQuarterTurn back', data.randomQuarterTurn(), always(0, 3)],
    ['randomAffine, shift', data.randomAffine({ shift: 0.25 }), always(1)],
    ['randomAffine, half a turn', data.randomAffine({ turn: 180 }), always(1)],
    ['randomAffine, scale', data.randomAffine({ scale: [1.5, 1.5] }), always(0.5)],
    ['randomCrop', data.randomCrop({ height: 16, width: 12 }), always(0, 2)],
  ] as const)('%s', (_, augment, random) => {
    const { image, mask, boxes } = augment(example, random)
    const found = shown(mask as Values)
    for (const key of ['x', 'y', 'width', 'height'] as const) {
      // Scaling draws edges between pixels.
      expect(Math.abs((boxes as Box[])[0][key] - found[key]), key).toBeLessThanOrEqual(0.75)
    }
    expect((boxes as Box[])[0].label).toBe(4)
    const bright = Array.from(image.data).map((value) => Number(value > 0.5))
    const different = bright.filter((value, p) => value !== (mask as Values).data[p])
    expect(different.length).toBeLessThanOrEqual(4)
  })

  it('in a full turn of quarters nothing changes', () => {
    let turned: { image: Values } = { image: example.image }
    for (let i = 0; i < 4; i++) turned = data.randomQuarterTurn()(turned, always(0, 1))
    expect(turned.image).toEqual(example.image)
  })

  it('bends with it, nearly', () => {
    const large = rectangle(64, 64, [20, 24, 44, 40])
    const { mask, boxes } = data.randomElastic({ strength: 0.02 })(large, randomSource(1))
    const found = shown(mask)
    for (const key of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(boxes[0][key] - found[key])).toBeLessThan(4)
    expect(mask.data).not.toEqual(large.mask.data)
  })

  it('bends points with it, to the pixel that shows what lay at them', () => {
    // A picture that shows the place of each of its pixels, so that what lies at a point says where it came from.
    const [height, width] = [30, 44]
    const place = Float32Array.from({ length: height * width * 2 }, (_, i) =>
      i % 2 === 0 ? ((i / 2) % width) + 0.5 : Math.floor(i / 2 / width) + 0.5,
    )
    const points = Array.from({ length: 24 }, (_, label) => ({
      ...{ x: 4.5 + (label % 6) * 7, y: 4.5 + Math.floor(label / 6) * 7, label },
    }))
    for (const strength of [0.02, 0.03, 0.05]) {
      let kept = 0
      for (let seed = 0; seed < 20; seed++) {
        const before = { image: { shape: [height, width, 2], data: place }, points }
        const { image, points: after } = data.randomElastic({ strength })(before, randomSource(seed))
        for (const { x, y, label } of after) {
          const pixel = Math.floor(y) * width + Math.floor(x)
          expect(Math.abs(image.data[2 * pixel] - points[label].x)).toBeLessThan(1.5)
          expect(Math.abs(image.data[2 * pixel + 1] - points[label].y)).toBeLessThan(1.5)
          kept++
        }
      }
      expect(kept).toBeGreaterThan(20 * 22)
    }
  })

  it('cuts boxes at the edge, and drops those hardly to be seen', () => {
    const shift = (share: number) => data.randomAffine({ shift: share })(example, always(0)).boxes
    expect(shift(0.25)).toEqual([{ x: 1.5, y: 4, width: 3, height: 4, label: 4 }])
    expect(shift(0.33)).toEqual([])
  })

  it('brings new ground from the edge, or what is asked for', () => {
    const white = { image: { shape: [2, 2, 1], data: new Float32Array(4).fill(1) } }
    expect(Array.from(data.randomAffine({ shift: 1 })(white, always(1)).image.data)).toEqual([1, 1, 1, 1])
    expect(Array.from(data.randomAffine({ shift: 1, outside: 0 })(white, always(1)).image.data)).toEqual([0, 0, 0, 0])
  })
})

describe('regions to be ignored', () => {
  const image: Values = { shape: [20, 20, 1], data: new Float32Array(400) }
  const region = (x: number, y: number, width: number, height: number): Box => ({
    ...{ x, y, width, height, label: 2, ignore: true },
  })
  const example = { image, boxes: [region(5, 4, 6, 4), { x: 15, y: 10, width: 4, height: 4, label: 1 }] }

  it.each([
    ['randomFlip', data.randomFlip({ horizontal: 1 }), always(0.2), region(15, 4, 6, 4)],
    ['randomQuarterTurn', data.randomQuarterTurn(), always(0, 2), region(15, 16, 6, 4)],
    ['randomAffine', data.randomAffine({ shift: 0.1 }), always(1), region(7, 6, 6, 4)],
    ['randomColour', data.randomColour(), always(1), region(5, 4, 6, 4)],
    ['randomNoise', data.randomNoise({ deviation: 0.1 }), always(1), region(5, 4, 6, 4)],
  ] as const)('stay regions to be ignored and move with the picture: %s', (_, augment, random, expected) => {
    const [moved, other] = augment(example, random).boxes!
    expect(moved).toMatchObject({ label: 2, ignore: true })
    for (const key of ['x', 'y', 'width', 'height'] as const) expect(moved[key]).toBeCloseTo(expected[key], 6)
    expect([other.label, other.ignore]).toEqual([1, undefined])
    expect(data.resizeExample(example, 10, 40).boxes).toEqual([
      region(10, 2, 12, 2),
      { x: 30, y: 5, width: 8, height: 2, label: 1 },
    ])
  })

  it('stay where any part of them is still to be seen: what is left of a crowd is no ground', () => {
    const wide = { image, boxes: [region(10, 10, 20, 20), { x: 10, y: 10, width: 20, height: 20, label: 1 }] }
    // 4 of 20 columns are left, a fifth of both.
    const cropped = data.randomCrop({ height: 20, width: 4 })(wide, always(0, 0))
    expect(cropped.boxes).toEqual([region(2, 10, 4, 20)])
    // A hole of 18 × 18 in the middle leaves 19% of both.
    expect(data.randomCutout({ share: 0.9 })(wide, always(0.5)).boxes).toEqual([wide.boxes[0]])
    expect(data.randomCutout({ share: 1 })(wide, always(0.5)).boxes).toEqual([])
    const gone = data.randomCrop({ height: 20, width: 4 })({ image, boxes: [region(18, 10, 2, 2)] }, always(0, 0))
    expect(gone.boxes).toEqual([])
  })
})

describe('pictures whose pixels tell their class', () => {
  const labels = [0, 1, 2, 4, 8]
  /** Squares of random classes up to the edges, as mask and as picture, and a point in the middle of each. */
  const squares = (seed: number, bytes = false) => {
    const random = randomSource(seed)
    const own = Array.from({ length: 16 }, () => labels[random.integer(labels.length)])
    const at = (p: number) => own[Math.floor(p / 40 / 10) * 4 + Math.floor((p % 40) / 10)]
    const classes = Array.from({ length: 1600 }, (_, p) => at(p))
    return {
      image: { shape: [40, 40, 1], data: Float32Array.from(classes, (label) => label / 8) },
      mask: { shape: [40, 40], data: bytes ? Uint8Array.from(classes) : Int32Array.from(classes) },
      points: own.map((label, i) => ({ x: (i % 4) * 10 + 5, y: Math.floor(i / 4) * 10 + 5, label })),
    }
  }
  const exact = (value: number) => labels.find((label) => Math.abs(value * 8 - label) < 1e-5)
  const changes: readonly (readonly [string, data.Augmentation, 'continued' | 'unknown'])[] = [
    ['randomFlip', data.randomFlip({ horizontal: 0.5, vertical: 0.5 }), 'continued'],
    ['randomQuarterTurn', data.randomQuarterTurn(), 'continued'],
    ['randomAffine', data.randomAffine({ turn: 40, scale: [0.6, 1.4], shift: 0.3, shear: 15 }), 'continued'],
    ["randomAffine, 'edge'", data.randomAffine({ turn: 40, shift: 0.3, outside: 'edge' }), 'continued'],
    ['randomAffine, 0', data.randomAffine({ turn: 40, scale: [0.6, 1], shift: 0.3, outside: 0 }), 'unknown'],
    ['randomAffine, 0.7', data.randomAffine({ turn: 40, scale: [0.6, 1], outside: 0.7 }), 'unknown'],
    ['randomElastic', data.randomElastic({ strength: 0.05 }), 'continued'],
    ['randomCrop', data.randomCrop({ height: 30, width: 20 }), 'continued'],
    ['randomCrop of more than there is', data.randomCrop({ height: 56, width: 50 }), 'continued'],
    ['randomCrop with padding', data.randomCrop({ height: 60, width: 60, padding: 10 }), 'unknown'],
    ['randomCutout', data.randomCutout({ share: 0.5 }), 'unknown'],
    [
      'all together',
      data.augmentations(
        ...[data.randomFlip(), data.randomAffine({ turn: 20, scale: [0.8, 1.25], shift: 0.05 }), data.randomElastic()],
      ),
      'continued',
    ],
  ]
  it.each(changes)('%s: masks agree with them, but where nothing is known', (_, augment, beyond) => {
    let [ignored, plain, kept] = [0, 0, 0]
    for (let seed = 0; seed < 12; seed++) {
      const { image, mask, points } = augment(squares(seed), randomSource(seed + 100))
      const [height, width] = image.shape
      expect(mask.shape).toEqual([height, width])
      for (let p = 0; p < mask.data.length; p++) {
        if (mask.data[p] === data.ignoredLabel) ignored++
        else if (exact(image.data[p]) !== undefined) {
          plain++
          expect(mask.data[p]).toBe(exact(image.data[p]))
        }
      }
      for (const { x, y, label } of points) {
        const shown = image.data[Math.min(height - 1, Math.floor(y)) * width + Math.min(width - 1, Math.floor(x))]
        kept++
        expect(exact(shown)).toBe(label)
      }
    }
    expect(plain).toBeGreaterThan(12 * 400)
    expect(kept).toBeGreaterThan(12)
    expect(ignored > 0).toBe(beyond === 'unknown')
  })
  it('in bytes, 255 says that nothing is known', () => {
    const { mask } = data.randomCutout({ share: 0.5 })(squares(1, true), always(0.5))
    expect(Array.from(mask.data).filter((label) => label === 255)).toHaveLength(400)
  })
  it('lose the boxes and points that a hole covers', () => {
    const boxes: Box[] = [
      { x: 20, y: 20, width: 8, height: 8, label: 0 },
      { x: 30, y: 20, width: 10, height: 8, label: 1 },
    ]
    const { boxes: left, points } = data.randomCutout({ share: 0.5 })({ ...squares(1), boxes }, always(0.5))
    expect(left.map(({ label }) => label)).toEqual([1])
    expect(points).toHaveLength(12)
  })
})

describe('what changes colours', () => {
  const picture = { image: { shape: [1, 2, 3], data: Float32Array.of(0.2, 0.4, 0.6, 0.8, 0.4, 0) }, label: 3 }
  it('stays from 0 to 1, and keeps the rest of the example', () => {
    const { image, label } = data.randomColour({ brightness: 0.5, contrast: 0.5, saturation: 1 })(
      picture,
      randomSource(3),
    )
    expect(label).toBe(3)
    expect(Math.min(...image.data)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...image.data)).toBeLessThanOrEqual(1)
    expect(image.data).not.toEqual(picture.image.data)
  })
  it('adds light, spreads contrast about the mean, and takes colour away', () => {
    const only = (options: data.ColourOptions, draw: number) =>
      Array.from(data.randomColour({ brightness: 0, contrast: 0, ...options })(picture, always(draw)).image.data)
    expect(only({ brightness: 0.1 }, 1)[0]).toBeCloseTo(0.3, 6)
    expect(only({ contrast: 0.5 }, 1)[0]).toBeCloseTo(0.4 + 1.5 * (0.2 - 0.4), 6)
    expect(only({ saturation: 1 }, 0)).toEqual(Array(6).fill(expect.closeTo(0.4, 6)))
  })
  it.each([
    ['randomColour', data.randomColour({ brightness: 0.1, contrast: 0.3, saturation: 0.5 })],
    ['randomNoise', data.randomNoise({ deviation: 0.2 })],
    ['randomCutout', data.randomCutout({ share: 0.5 })],
    ['randomAffine', data.randomAffine({ turn: 20, shift: 0.2 })],
  ])('does the same to pictures of bytes, which stay bytes: %s', (_, augment) => {
    const shape = [6, 5, 3]
    const bytes = Uint8Array.from({ length: 90 }, (_, i) => (i * 37) % 256)
    const floats = Float32Array.from(bytes, (value) => value / 255)
    const [of8, of32] = [bytes, floats].map(
      (own) => augment({ image: { shape, data: own } }, randomSource(4)).image.data,
    )
    expect(of8).toBeInstanceOf(Uint8Array)
    expect(of8).not.toEqual(bytes)
    expect(of8).toEqual(Uint8Array.from(of32, (value) => Math.min(255, Math.max(0, Math.round(255 * value)))))
  })
  it('brings mask and boxes to another size with the picture', () => {
    const image = { shape: [2, 4, 1], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) }
    const mask = { shape: [2, 4], data: Int32Array.of(0, 0, 1, 1, 0, 0, 1, 1) }
    const boxes = [{ x: 2, y: 1, width: 4, height: 2, label: 0 }]
    const small = data.resizeExample({ image, mask, boxes }, 1, 2)
    expect(Array.from(small.image.data)).toEqual([2.5, 4.5])
    expect(Array.from(small.mask.data)).toEqual([0, 1])
    expect(small.boxes).toEqual([{ x: 1, y: 0.5, width: 2, height: 1, label: 0 }])
  })
  it('adds noise and cuts holes', () => {
    const noisy = data.randomNoise({ deviation: 0.1 })(picture, always(0.75)).image.data
    expect(noisy[0]).toBeCloseTo(0.2 + 0.075 * 0.5, 6)
    const hole = { image: { shape: [10, 10, 1], data: new Float32Array(100).fill(1) } }
    const left = Array.from(data.randomCutout({ share: 0.4 })(hole, always(0.5)).image.data)
    expect(left.filter((value) => value === 0)).toHaveLength(16)
  })
})

describe('pictures', () => {
  const picture: Values = { shape: [2, 4, 1], data: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) }
  it('shrink by averaging what falls together', () => {
    expect(Array.from(data.resizePicture(picture, 1, 2).data)).toEqual([2.5, 4.5])
    expect(Array.from(data.resizePicture({ ...picture, data: Uint8Array.from(picture.data) }, 1, 2).data)).toEqual([
      3, 5,
    ])
  })
  it('grow bilinearly, masks by the nearest pixel', () => {
    const pair: Values = { shape: [1, 2, 1], data: Float32Array.of(0, 4) }
    expect(Array.from(data.resizePicture(pair, 1, 4).data)).toEqual([0, 1, 3, 4])
    expect(Array.from(data.resizePicture({ shape: [1, 2], data: Int32Array.of(0, 4) }, 1, 4, 'nearest').data)).toEqual([
      0, 0, 4, 4,
    ])
  })
  it('become grey, unit and standard', () => {
    expect(data.grayPicture({ shape: [1, 1, 3], data: Float32Array.of(1, 0, 0) }).data[0]).toBeCloseTo(0.299, 6)
    expect(data.grayPicture({ shape: [1, 1, 4], data: Uint8Array.of(255, 100, 0, 9) }).data).toEqual(Uint8Array.of(135))
    expect(() => data.grayPicture({ shape: [1, 1, 2], data: Uint8Array.of(1, 2) })).toThrow('has 2 channels')
    expect(data.toUnit({ shape: [1], data: Uint8Array.of(51) }).data[0]).toBeCloseTo(0.2, 6)
    expect(data.standardizePicture({ shape: [1, 1, 2], data: Float32Array.of(3, 8) }, [1, 2], [2, 3]).data).toEqual(
      Float32Array.of(1, 2),
    )
    expect(() => data.standardizePicture(picture, [1, 2], [1, 1])).toThrow('one number for each of 1 channels')
  })
})
