import { describe, expect, it } from 'vitest'
import { randomSource } from '../../tensor/index.ts'
import {
  type CodingOptions,
  colourValue,
  emptySurvey,
  ignoredLabel,
  type MaskCoding,
  maskCoding,
  maskLabels,
  parseClassList,
  parseValue,
  type StoredMask,
  surveyMask,
  valueText,
} from './index.ts'

const stored = (width: number, values: ArrayLike<number>, more: Partial<StoredMask> = {}): StoredMask => ({
  ...{ width, height: values.length / width, kind: 'grey', bits: 8, alpha: null, palette: null, lossy: false },
  ...{ values, ...more },
})

const coded = (masks: readonly StoredMask[], options?: CodingOptions): MaskCoding => {
  const survey = emptySurvey()
  masks.forEach((mask, i) => {
    surveyMask(survey, mask, `m/${i}.png`)
  })
  return maskCoding('set', survey, options)
}

/** Squares of 8 × 8 pixels, each of one value, in rows of four. */
function areas(values: readonly number[], more: Partial<StoredMask> = {}): StoredMask {
  const width = 32
  const height = 8 * Math.ceil(values.length / 4)
  const at = (p: number) => Math.floor(p / width / 8) * 4 + Math.floor((p % width) / 8)
  return stored(
    width,
    Array.from({ length: width * height }, (_, p) => values[at(p) % values.length]),
    more,
  )
}

/** A disc whose edge rises over `soft` pixels, from `low` to `high`. */
function disc(side: number, soft: number, low: number, high: number, more: Partial<StoredMask> = {}): StoredMask {
  const middle = (side - 1) / 2
  const value = (p: number): number => {
    const radius = Math.hypot((p % side) - middle, Math.floor(p / side) - middle)
    const share = Math.min(1, Math.max(0, (side / 3 - radius) / soft + 0.5))
    return Math.round(low + share * (high - low))
  }
  return stored(
    side,
    Array.from({ length: side * side }, (_, p) => value(p)),
    more,
  )
}

const palette = (...colours: number[]) => colours.map((colour) => ({ colour, alpha: 255 }))

describe('the values that occur are the classes', () => {
  it.each([
    ['0 and 255', [0, 255]],
    ['0 and 1', [0, 1]],
    ['indices', [0, 1, 2, 3]],
    ['greys', [0, 64, 128, 192, 255]],
    ['indices with gaps', [0, 7, 11]],
    ['forty classes', Array.from({ length: 40 }, (_, i) => i)],
    ['a hundred and fifty', Array.from({ length: 150 }, (_, i) => i)],
    ['values of 16 bits', [0, 1000, 40000]],
  ])('%s', (_, values) => {
    const mask = areas(values, { bits: 16 })
    const coding = coded([mask])
    expect([coding.values, coding.ignore]).toEqual([values, []])
    const { data } = maskLabels(mask, coding)
    expect(Array.from(data)).toEqual(Array.from(mask.values, (value) => values.indexOf(value)))
  })
  it('over the whole set, whatever one mask holds', () => {
    const coding = coded([areas([0]), areas([7]), areas([3])])
    expect(coding.values).toEqual([0, 3, 7])
    expect(Array.from(maskLabels(areas([7]), coding).data.slice(0, 3))).toEqual([2, 2, 2])
  })
  it('colours, greys among them', () => {
    const mask = areas([0, 0xff0000, 0x808080, 0x0000ff], { kind: 'colour' })
    const coding = coded([mask])
    expect(coding.values).toEqual([0, 128, colourValue(0x0000ff), colourValue(0xff0000)])
    expect(coding.classes).toEqual(['#000000', '#808080', '#0000ff', '#ff0000'])
    expect([0, 8, 16, 24].map((p) => maskLabels(mask, coding).data[p])).toEqual([0, 3, 1, 2])
  })
  it('greys that are stored as colours are the same greys', () => {
    const coding = coded([areas([0, 0x010101], { kind: 'colour' }), areas([0, 1, 2])])
    expect(coding.values).toEqual([0, 1, 2])
  })
  it('one value alone is refused: nothing could be learned', () => {
    expect(() => coded([areas([255]), areas([255])])).toThrow(
      'the masks do not distinguish classes: every pixel of all 2 masks is 255',
    )
  })
})

describe('palettes', () => {
  it('are read by index, even where colours are equal', () => {
    const coding = coded([areas([0, 1, 2], { kind: 'palette', palette: palette(0, 0, 0xff0000) })])
    expect([coding.channel, coding.values]).toEqual(['index', [0, 1, 2]])
  })
  it('that number the same colours differently are refused, until it is said what counts', () => {
    const masks = [
      areas([0, 1], { kind: 'palette', palette: palette(0, 0xff0000) }),
      areas([0, 1], { kind: 'palette', palette: palette(0xff0000, 0) }),
    ]
    expect(() => coded(masks)).toThrow(/index 0 is #000000 in m\/0\.png and #ff0000 in m\/1\.png.*--mask-channel/)
    const coding = coded(masks, { channel: 'colour' })
    expect(masks.map((mask) => maskLabels(mask, coding).data[0])).toEqual([0, 1])
  })
  it('beside masks without one are read as those are', () => {
    const colours = { kind: 'palette', palette: palette(0, 0xff0000) } as const
    expect(coded([areas([0, 1], colours), areas([0, 0xff0000], { kind: 'colour' })]).channel).toBe('colour')
    expect(coded([areas([0, 1], colours), areas([0, 1, 2])])).toMatchObject({ channel: 'index', values: [0, 1, 2] })
    const white = { kind: 'palette', palette: palette(0, 0xffffff) } as const
    expect(coded([areas([0, 1], white), areas([0, 255])])).toMatchObject({ channel: 'colour', values: [0, 255] })
  })
  it("have PASCAL VOC's border ignored", () => {
    const voc = palette(...Array.from({ length: 256 }, (_, i) => i * 257))
    const mask = areas([0, 15, 255, 9], { kind: 'palette', palette: voc })
    const coding = coded([mask])
    expect([coding.values, coding.ignore, coding.ignored]).toEqual([[0, 9, 15], [255], 0.25])
    expect([0, 8, 16, 24].map((p) => maskLabels(mask, coding).data[p])).toEqual([0, 2, ignoredLabel, 1])
  })
})

describe('values to be ignored', () => {
  it('are 255 beside indices, and not beside greys', () => {
    expect(coded([areas([0, 1, 255])])).toMatchObject({ values: [0, 1], ignore: [255] })
    expect(coded([areas([0, 1, 65535], { bits: 16 })])).toMatchObject({ values: [0, 1], ignore: [65535] })
    for (const greys of [
      [0, 255],
      [0, 128, 255],
      [0, 85, 170, 255],
      [0, 100, 200, 255],
    ])
      expect(coded([areas(greys)])).toMatchObject({ values: greys, ignore: [] })
  })
  it('are asked about where 255 may be the objects of masks of another coding', () => {
    const mixed = [areas([0, 1]), areas([0, 1, 1]), areas([0, 255, 255])]
    expect(() => coded(mixed)).toThrow(
      /value 255 holds the same one value beside it, as m\/2\.png does\..*add --ignore-value 255;/,
    )
    expect(() => coded(mixed, { values: [0, 1] })).toThrow('holds the same one value beside it')
    const asked = coded(mixed, { ignore: [255] })
    expect(asked.values).toEqual([0, 1])
    // Two of the four squares of one of three masks.
    expect(asked.ignored).toBeCloseTo(1 / 6, 10)
    // One mask in which it stands beside a class is enough, or one beside another value.
    expect(coded([...mixed, areas([0, 1, 255])]).ignore).toEqual([255])
    expect(coded([areas([1, 255]), areas([2, 255]), areas([0, 1])]).ignore).toEqual([255])
    const deep = { bits: 16 } as const
    expect(() => coded([areas([0, 1], deep), areas([0, 2], deep), areas([0, 65535], deep)])).toThrow('the value 65535')
  })
  it('can be named, and there may be none', () => {
    expect(coded([areas([0, 1, 255])], { ignore: [] }).values).toEqual([0, 1, 255])
    expect(coded([areas([0, 1, 2, 9])], { ignore: [9, 2] }).values).toEqual([0, 1])
    expect(() => coded([areas([7, 9])], { ignore: [7, 9] })).toThrow('--ignore-value none')
  })
})

describe('values of other widths', () => {
  it('are taken as they are where they occur so in the wider masks', () => {
    const coding = coded([areas([0, 1], { bits: 1 }), areas([0, 1, 2])])
    expect(coding.values).toEqual([0, 1, 2])
  })
  it('are brought to the same brightness where that occurs', () => {
    const [one, eight] = [areas([0, 1], { bits: 1 }), areas([0, 255])]
    const coding = coded([one, eight])
    expect(coding.values).toEqual([0, 255])
    expect(maskLabels(one, coding).data[8]).toBe(1)
    expect(coded([areas([0, 5], { bits: 4 }), areas([0, 85, 255])]).values).toEqual([0, 85, 255])
    expect(coded([areas([0, 255]), areas([0, 65535], { bits: 16 })]).values).toEqual([0, 65535])
  })
  it('are refused where it is not clear which', () => {
    expect(() => coded([areas([0, 1], { bits: 1 }), areas([0, 7])])).toThrow('may mean 1 or 255')
  })
})

describe('soft edges', () => {
  it.each([
    [96, 2],
    [48, 3],
    [200, 12],
  ])('of two classes are told from many classes (%i pixels, over %i)', (side, soft) => {
    const mask = disc(side, soft, 0, 255)
    const coding = coded([mask, disc(side, soft, 0, 255)])
    expect(coding.values).toEqual([0, 255])
    const labels = maskLabels(mask, coding).data
    expect(Array.from(labels)).toEqual(Array.from(mask.values, (value) => Number(value > 127)))
  })
  it('of colours too', () => {
    const grey = disc(64, 3, 0, 200)
    const red = stored(
      64,
      Array.from(grey.values, (value) => value << 16),
      { kind: 'colour' },
    )
    expect(coded([red]).values).toEqual([0, colourValue(200 << 16)])
  })
  it('of more than two classes are refused in words', () => {
    const [a, b] = [disc(64, 3, 0, 128), disc(64, 3, 0, 255)]
    expect(() => coded([a, b])).toThrow(/as soft edges.*--mask-values/)
  })
  it('are no reason to take rare classes for them', () => {
    const many = Array.from({ length: 60 }, (_, i) => (i < 40 ? 0 : i < 52 ? 255 : 30 * (i - 51)))
    const values = [...new Set(many)].sort((a, b) => a - b)
    expect(coded([areas(many)]).values).toEqual(values)
  })
  it('pictures instead of masks are refused', () => {
    const random = randomSource(3)
    const noise = stored(
      64,
      Array.from({ length: 4096 }, () => random.integer(256)),
    )
    expect(() => coded([noise])).toThrow('--mask-values')
  })
})

describe('masks saved with loss', () => {
  const lossy = (mask: StoredMask, most: number): StoredMask => {
    const random = randomSource(1)
    const shake = (value: number) => Math.min(255, Math.max(0, value + random.integer(2 * most + 1) - most))
    return { ...mask, values: Array.from(mask.values, shake), lossy: true }
  }
  it('snap to two classes that lie far apart', () => {
    const exact = areas([0, 255, 0, 255, 255, 0])
    const mask = lossy(exact, 6)
    const coding = coded([mask])
    expect(coding.values).toHaveLength(2)
    expect(Array.from(maskLabels(mask, coding).data)).toEqual(Array.from(exact.values, (value) => Number(value > 0)))
  })
  it('are refused with more classes, or with values that lie close', () => {
    for (const values of [
      [0, 128, 255],
      [0, 1],
      [0, 20],
    ])
      expect(() => coded([lossy(areas(values), 6)])).toThrow(/saved with loss.*--mask-values/)
  })
  it('snap to the values that are named where these lie apart', () => {
    const exact = areas([0, 128, 255])
    const mask = lossy(exact, 6)
    const coding = coded([mask], { values: [0, 128, 255] })
    expect(Array.from(maskLabels(mask, coding).data)).toEqual(
      Array.from(exact.values, (value) => [0, 128, 255].indexOf(value)),
    )
    expect(() => coded([mask], { values: [0, 255] })).toThrow(/is not a class/)
  })
})

describe('values that are named', () => {
  it('keep their order, and may be missing', () => {
    const coding = coded([areas([0, 2])], { values: [2, 1, 0] })
    expect(maskLabels(areas([0, 2]), coding).data[0]).toBe(2)
  })
  it('refuse others, which would vanish or merge', () => {
    expect(() => coded([areas([0, 1, 2])], { values: [0, 1] })).toThrow(
      /holds the value 2, which is not a class.*--ignore-value 2/,
    )
    expect(() => coded([areas([0, 1, 1])], { values: [0, 255] })).toThrow(/holds the value 1/)
    expect(() => coded([areas([0, 64, 128])], { values: [0, 128] })).toThrow(/holds the value 64/)
  })
  it('stand in what a refusal says to type so that shells take no # for a comment', () => {
    const drawn = [0xff0000, 0x0000ff, 0x00ff00]
    const values = drawn.slice(0, 2).map(colourValue)
    expect(() => coded([areas(drawn, { kind: 'colour' })], { values })).toThrow(
      "--mask-values '#ff0000,#0000ff,#00ff00'), or ignore it: --ignore-value '#00ff00'.",
    )
  })
  it('take soft edges for the nearer class', () => {
    const coding = coded([disc(64, 3, 0, 255)], { values: [0, 255] })
    expect(coding.softened).toBeGreaterThan(0)
    expect(coded([areas([0, 255])], { values: [0, 255] }).nearest).toBe(false)
  })
  it('ignore 255 that is not among indices', () => {
    expect(coded([areas([0, 1, 2, 255])], { values: [0, 1, 2] }).ignore).toEqual([255])
  })
})

describe('opacity', () => {
  const alpha = areas([0, 255, 255, 0]).values
  it('says the class where nothing else differs, or where it is asked for', () => {
    const mask = areas([0], { alpha: Array.from(areas([0, 255]).values), height: 8 })
    expect(coded([mask])).toMatchObject({ channel: 'alpha', values: [0, 255] })
    const both = areas([3, 4, 5, 3], { alpha })
    expect(coded([both]).channel).toBe('index')
    const coding = coded([both], { channel: 'alpha' })
    expect([0, 8, 16, 24].map((p) => maskLabels(both, coding).data[p])).toEqual([0, 1, 1, 0])
    expect(() => coded([areas([0, 1])], { channel: 'alpha' })).toThrow('has no opacity')
  })
  it('is asked about where it tells pixels of one colour apart', () => {
    expect(() => coded([areas([3, 3, 5, 3], { alpha })])).toThrow(/of the one colour 3 differ.*--mask-channel/)
  })
  it('is asked about where it hides colours, which would be classes that nobody sees', () => {
    const mask = areas([0xff0000, 0x000100, 0x000200, 0x00ff00], {
      kind: 'colour',
      alpha: areas([255, 0, 0, 255]).values,
    })
    expect(() => coded([mask])).toThrow(/2 colours, such as #000100 and #000200, .*transparent.*--mask-channel alpha/)
    expect(coded([mask], { channel: 'colour' }).values).toHaveLength(4)
    const one = areas([0xff0000, 0, 0, 0x00ff00], { kind: 'colour', alpha: areas([255, 0, 0, 255]).values })
    expect(coded([one]).values).toHaveLength(3)
  })
})

it('one channel of colours can say the class', () => {
  const mask = areas([0x000007, 0x010007, 0x020009], { kind: 'colour' })
  const coding = coded([mask], { channel: 'red' })
  expect([coding.values, maskLabels(mask, coding).data[16]]).toEqual([[0, 1, 2], 2])
  expect(coded([mask], { channel: 'blue' }).values).toEqual([7, 9])
  expect(() => coded([mask], { channel: 'index' })).toThrow('--mask-channel colour')
})

describe('lists of classes', () => {
  const names = (text: string) => parseClassList(text).map(({ name }) => name)
  const values = (text: string) =>
    parseClassList(text).map(({ value }) => (value === undefined ? null : valueText(value)))
  it('are a name a line, spaces and all; empty lines and comments do not count', () => {
    expect(names('\uFEFF# my classes\nroad\r\n\n  traffic light \ntraffic sign\n')).toEqual([
      'road',
      'traffic light',
      'traffic sign',
    ])
    expect(names('cafe\u0301\n')).toEqual(['café'])
  })
  it.each([
    ['64 128 64\tAnimal\n192 0 128 Archway\n0 0 0 Void', ['Animal', 'Archway', 'Void'], ['#408040', '#c00080', '0']],
    ['name,r,g,b\nroad side,1,2,3\nsky,4,5,6', ['road side', 'sky'], ['#010203', '#040506']],
    [
      '# label:color_rgb:parts:actions\nground:0,0,0::\ntraffic light:250,170,30::',
      ['ground', 'traffic light'],
      ['0', '#faaa1e'],
    ],
    ['0 ground\n7 traffic light', ['ground', 'traffic light'], ['0', '7']],
    ['ground: 0\nroad: 7', ['ground', 'road'], ['0', '7']],
    ['#ff0000 road\n#00ff00 sky', ['road', 'sky'], ['#ff0000', '#00ff00']],
    ['road #ff0000\nsky = #00ff00', ['road', 'sky'], ['#ff0000', '#00ff00']],
  ])('may say a value or colour for each: %j', (text, ownNames, ownValues) => {
    expect([names(text), values(text)]).toEqual([ownNames, ownValues])
  })
  it('say none unless every line does', () => {
    expect(parseClassList('0 ground\nroad')).toEqual([
      { line: '0 ground', name: '0 ground' },
      { line: 'road', name: 'road' },
    ])
    expect(values('area 51\narea 51 b')).toEqual([null, null])
  })
  it('name values in order, by index, or by the values they say', () => {
    const list = (text: string) => ({ list: parseClassList(text) })
    expect(coded([areas([0, 85, 170])], list('a\nb\nc')).classes).toEqual(['a', 'b', 'c'])
    expect(coded([areas([0, 2, 255])], list('a\nb\nc'))).toMatchObject({ values: [0, 2, 255], ignore: [] })
    expect(coded([areas([0, 2, 3])], list('a\nb\nc\nd'))).toMatchObject({ values: [0, 1, 2, 3] })
    expect(coded([areas([0, 2])], list('a\nb\nc'))).toMatchObject({ classes: ['a', 'b', 'c'], values: [0, 1, 2] })
    expect(coded([areas([0, 85])], list('85 b\n0 a')).values).toEqual([85, 0])
    expect(coded([areas([0, 1])], list('3 doors\n5 doors')).classes).toEqual(['3 doors', '5 doors'])
    expect(() => coded([areas([0, 85, 170])], list('a\nb'))).toThrow(
      '2 classes are named, and the masks hold 3 values: 0, 85, 170',
    )
    expect(() => coded([areas([0, 1])], list('a\na'))).toThrow('two classes are called a')
  })
  it.each([
    [[0, 1, 2], 'level 2\nlevel 0\nlevel 1', [2, 0, 1], ['level 2', 'level 0', 'level 1']],
    [[1, 2, 3], 'zone 1\nzone 2\nzone 3', [1, 2, 3], ['zone 1', 'zone 2', 'zone 3']],
    [[0, 1, 2], 'zone 1\nzone 2\nzone 3', [0, 1, 2], ['zone 1', 'zone 2', 'zone 3']],
    [[0, 1, 2], '1 star\n2 star\n0 star', [1, 2, 0], ['1 star', '2 star', '0 star']],
  ])('keep the numbers that alone tell names apart: %j, %j', (greys, text, values, classes) => {
    expect(coded([areas(greys)], { list: parseClassList(text) })).toMatchObject({ values, classes })
  })
})

it('values are written as numbers and colours', () => {
  expect(['17', '#ff8000', '255:128:0', '#808080', '128:128:128'].map((text) => valueText(parseValue(text)!))).toEqual([
    '17',
    '#ff8000',
    '#ff8000',
    '128',
    '128',
  ])
  for (const text of ['', 'red', '-1', '256:0:0', '#ff80', '1.5']) expect(parseValue(text)).toBeNull()
})
