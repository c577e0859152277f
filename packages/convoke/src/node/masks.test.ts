import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { type PngContent, pngFile } from '../testing/png.ts'
import { maskDecoder } from './masks.ts'

const decode = maskDecoder(sharp)
const values = async (bytes: Uint8Array) => Array.from((await decode(bytes)).values)
const row = (type: PngContent['type'], depth: PngContent['depth'], own: readonly number[], more = {}) => {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[type]
  return pngFile({ width: own.length / channels, height: 1, type, depth, values: own, ...more })
}

/** A grey TIFF of one row, without compression: TIFF 6.0, section 2. */
function tiff(bits: number, format: 1 | 2 | 3, samples: Uint8Array, orientation = 1): Buffer {
  const width = samples.length / (bits / 8)
  const entries = [
    [256, 4, width],
    [257, 4, 1],
    [258, 3, bits],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 150],
    [274, 3, orientation],
    [277, 3, 1],
    [278, 4, 1],
    [279, 4, samples.length],
    [339, 3, format],
  ]
  const head = Buffer.alloc(150)
  head.write('II', 0)
  head.writeUInt16LE(42, 2)
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(entries.length, 8)
  entries.forEach(([tag, type, value], i) => {
    head.writeUInt16LE(tag, 10 + 12 * i)
    head.writeUInt16LE(type, 12 + 12 * i)
    head.writeUInt32LE(1, 14 + 12 * i)
    head.writeUInt32LE(value, 18 + 12 * i)
  })
  return Buffer.concat([head, samples])
}

const bytesOf = (array: Float32Array | Uint16Array | Uint32Array | Int16Array) => new Uint8Array(array.buffer)

describe('masks in TIFF', () => {
  const grey = Uint8Array.from({ length: 64 * 64 }, (_, p) => (p % 64 < 31 ? 0 : 255))
  const source = sharp(grey, { raw: { width: 64, height: 64, channels: 1 } }).toColourspace('b-w')
  it.each([
    ['none', {}, false],
    ['lzw', {}, false],
    ['deflate', { bigtiff: true }, false],
    ['jpeg', {}, true],
    ['jpeg', { bigtiff: true, tile: true }, true],
  ] as const)('are lossy where their compression is: %s %j', async (compression, options, lossy) => {
    expect(
      (
        await decode(
          await source
            .clone()
            .tiff({ compression, ...options })
            .toBuffer(),
        )
      ).lossy,
    ).toBe(lossy)
  })
})

describe('masks are read as they are stored', () => {
  it.each([
    ['grey of 1 bit', 0, 1, [0, 1, 1, 0, 1]],
    ['grey of 2 bits', 0, 2, [0, 1, 2, 3, 1]],
    ['grey of 4 bits', 0, 4, [0, 1, 7, 14, 15]],
    ['grey of 8 bits', 0, 8, [0, 1, 2, 128, 254, 255]],
    ['grey of 16 bits', 0, 16, [0, 1, 2, 255, 256, 257, 40000, 65535]],
  ] as const)('%s', async (_, type, depth, own) => {
    const mask = await decode(row(type, depth, own))
    expect([mask.kind, mask.bits, Array.from(mask.values), mask.alpha]).toEqual(['grey', depth, own, null])
  })
  it.each([1, 2, 4, 8] as const)('indices of a palette of %i bits, with its colours', async (depth) => {
    const palette = [
      [0, 0, 0],
      [128, 0, 0],
    ] as const
    const mask = await decode(row(3, depth, [0, 1, 1, 0, 1, 0, 0], { palette, chunks: { tRNS: [0] } }))
    expect([mask.kind, Array.from(mask.values)]).toEqual(['palette', [0, 1, 1, 0, 1, 0, 0]])
    expect(mask.palette).toEqual([
      { colour: 0, alpha: 0 },
      { colour: 0x800000, alpha: 255 },
    ])
  })
  it('indices of colours that are equal', async () => {
    const palette = [...Array(4)].map(() => [9, 9, 9] as const)
    expect(await values(row(3, 2, [3, 2, 1, 0], { palette }))).toEqual([3, 2, 1, 0])
  })
  it('colours, and opacity beside them', async () => {
    expect(await values(row(2, 8, [255, 0, 1, 2, 3, 4]))).toEqual([0xff0001, 0x020304])
    const mask = await decode(row(6, 8, [255, 0, 1, 0, 2, 3, 4, 200]))
    expect([Array.from(mask.values), Array.from(mask.alpha!)]).toEqual([
      [0xff0001, 0x020304],
      [0, 200],
    ])
    const grey = await decode(row(4, 8, [7, 0, 9, 255]))
    expect([grey.kind, Array.from(grey.values), Array.from(grey.alpha!)]).toEqual(['grey', [7, 9], [0, 255]])
    const deep = await decode(row(4, 16, [7, 0, 900, 65535]))
    expect([Array.from(deep.values), Array.from(deep.alpha!)]).toEqual([
      [7, 900],
      [0, 65535],
    ])
  })
  it('the one colour that is transparent', async () => {
    const mask = await decode(row(0, 8, [5, 6, 5], { chunks: { tRNS: [0, 5] } }))
    expect([Array.from(mask.values), Array.from(mask.alpha!)]).toEqual([
      [5, 6, 5],
      [0, 255, 0],
    ])
  })
  it('colours of 16 bits where 8 hold them, or where they are grey; others are refused', async () => {
    expect(await values(row(2, 16, [65535, 0, 257]))).toEqual([0xff0001])
    const grey = await decode(row(2, 16, [300, 300, 300]))
    expect([grey.kind, grey.bits, Array.from(grey.values)]).toEqual(['grey', 16, [300]])
    await expect(decode(row(2, 16, [1, 0, 0]))).rejects.toThrow('colours of 16 bits that 8 bits cannot hold')
  })
  it('whatever gamma and profile the file states', async () => {
    const gamma = { gAMA: [0, 0, 0x27, 0x10] }
    expect(await values(row(0, 16, [0, 1, 300], { chunks: gamma }))).toEqual([0, 1, 300])
    expect(await values(row(2, 8, [10, 20, 30], { chunks: gamma }))).toEqual([0x0a141e])
  })
  it('TIFF of 8, 16 and 32 bits, floats where they are whole', async () => {
    expect(await values(tiff(8, 1, Uint8Array.of(0, 1, 255)))).toEqual([0, 1, 255])
    expect(await values(tiff(16, 1, bytesOf(Uint16Array.of(0, 1, 300))))).toEqual([0, 1, 300])
    expect(await values(tiff(32, 1, bytesOf(Uint32Array.of(0, 70000, 4e9))))).toEqual([0, 70000, 4e9])
    expect(await values(tiff(32, 3, bytesOf(Float32Array.of(0, 3, 255))))).toEqual([0, 3, 255])
    await expect(decode(tiff(32, 3, bytesOf(Float32Array.of(0, 0.5))))).rejects.toThrow('holds the number 0.5')
    await expect(decode(tiff(16, 2, bytesOf(Int16Array.of(0, 5))))).rejects.toThrow('save it with 8 or 16 bits')
  })
  it('GIF and WebP without loss; JPEG and other WebP are marked as lossy', async () => {
    const picture = sharp(Buffer.from([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 128]), {
      raw: { width: 4, height: 1, channels: 3 },
    })
    const colours = [0, 0x800000, 0x008000, 0x808080]
    const gif = await decode(await picture.clone().gif().toBuffer())
    expect([Array.from(gif.values), gif.lossy]).toEqual([colours, false])
    const webp = await decode(await picture.clone().webp({ lossless: true }).toBuffer())
    expect([Array.from(webp.values), webp.lossy]).toEqual([colours, false])
    expect((await decode(await picture.clone().webp().toBuffer())).lossy).toBe(true)
    expect((await decode(await picture.clone().jpeg().toBuffer())).lossy).toBe(true)
  })
  it('turned where the file itself has an orientation tag', async () => {
    const turned = await decode(tiff(8, 1, Uint8Array.of(1, 2, 3), 6))
    expect([turned.width, turned.height, Array.from(turned.values)]).toEqual([1, 3, [1, 2, 3]])
    const mirrored = await decode(tiff(8, 1, Uint8Array.of(1, 2, 3), 2))
    expect(Array.from(mirrored.values)).toEqual([3, 2, 1])
  })
  it('damaged and empty files are refused', async () => {
    await expect(decode(new Uint8Array(0))).rejects.toThrow('empty')
    const whole = pngFile({
      width: 64,
      height: 64,
      type: 0,
      values: Array.from({ length: 4096 }, (_, i) => (i * 7) % 251),
    })
    await expect(decode(whole.subarray(0, 300))).rejects.toThrow(/damaged/)
    await expect(decode(new TextEncoder().encode('no picture'))).rejects.toThrow('not a picture')
    await expect(decode(row(3, 8, [0, 7], { palette: [[0, 0, 0]] }))).rejects.toThrow('a palette of 1 colours')
  })
})
