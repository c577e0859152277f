// JPEGs in bands: the same pixels as in one piece, whatever the size, and whoever decodes.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLargeJpeg, largeJpegAt, outputFormat } from './encode.ts'
import { joinedBands, mostBandRows } from './jpeg-bands.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convoke-jpeg-'))
})
afterAll(() => rm(folder, { recursive: true }))

type Channels = 1 | 2 | 3 | 4

const noise = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => ((Math.imul(i, 2654435761) >>> 24) & 31) + ((i >> 6) % 200))

const options = { quality: 92, chromaSubsampling: '4:4:4', optimiseCoding: false } as const

/** Fills the canvas in strips of `rows` rows. */
async function inStrips(width: number, height: number, channels: Channels, rows: number) {
  const samples = noise(width * height * channels)
  const head = { width, height, colours: channels < 3 ? 1 : 3, alpha: channels % 2 === 0, depth: 8 } as const
  const path = join(folder, `${width}x${height}x${channels}.jpg`)
  const { canvas, written } = largeJpegAt(path, outputFormat(path), head)
  for (let row = 0; row < height; row += rows) {
    const count = Math.min(rows, height - row)
    const line = width * channels
    const room = canvas.room(row, count)
    expect(room.length).toBe(count * line)
    room.set(samples.subarray(row * line, (row + count) * line))
    await canvas.filled()
  }
  return { path, samples, notes: await written() }
}

const decoded = async (source: string | Buffer) => sharp(source).raw().toBuffer({ resolveWithObject: true })

describe('a JPEG in bands', () => {
  it.each([
    [1000, 1111, 3, 8],
    [1001, 1503, 3, 136],
    [777, 2100, 1, 56],
    [1600, 700, 3, 700],
    [64, 31_000, 1, 1000],
  ] as const)(
    'of %d × %d, %d channels, in strips of %d rows has the pixels of one in one piece',
    async (width, height, channels, rows) => {
      const { path, samples } = await inStrips(width, height, channels, rows)
      const raw = { width, height, channels }
      const image = sharp(samples, { raw }).toColourspace(channels === 1 ? 'b-w' : 'srgb')
      const whole = await decoded(await image.jpeg(options).toBuffer())
      const banded = await decoded(path)
      expect(banded.info).toMatchObject({ width, height, channels: whole.info.channels })
      expect(banded.data.equals(whole.data)).toBe(true)
      expect(await sharp(path).metadata()).toMatchObject({ format: 'jpeg', width, height, isProgressive: false })
    },
  )
  it('lays transparency on white, and says so', async () => {
    const { path, notes } = await inStrips(800, 1300, 4, 104)
    expect(notes).toEqual([expect.stringMatching(/has no transparency/)])
    expect((await sharp(path).metadata()).hasAlpha).toBe(false)
  })
  it('leaves nothing where it cannot be written', async () => {
    const head = { width: 800, height: 80, colours: 1, alpha: false, depth: 8 } as const
    const { path: file } = await inStrips(800, 80, 1, 80)
    const before = await readdir(folder)
    const path = join(file, 'below-a-file.jpg')
    const { canvas, written } = largeJpegAt(path, outputFormat(path), head)
    canvas.room(0, 80)
    await canvas.filled()
    await expect(written()).rejects.toThrow(/800x80x1\.jpg/)
    expect(await readdir(folder)).toEqual(before)
  })
  it('is only begun where the format has room for it', () => {
    const format = outputFormat('a.jpg')
    expect(isLargeJpeg(format, { width: 4000, height: 3000 })).toBe(true)
    expect(isLargeJpeg(format, { width: 100, height: 70_000 })).toBe(false)
    expect(isLargeJpeg(format, { width: 70_000, height: 100 })).toBe(false)
    expect(isLargeJpeg(format, { width: 640, height: 480 })).toBe(false)
    expect(isLargeJpeg(outputFormat('a.png'), { width: 4000, height: 3000 })).toBe(false)
  })
  it('has bands of whole blocks, no more than a restart interval counts', () => {
    expect(mostBandRows(8)).toBe(65535 * 8)
    expect(mostBandRows(65535)).toBe(56)
    expect(() => joinedBands({ width: 65535, height: 999 }, 64)).toThrow(/up to 56/)
    expect(() => joinedBands({ width: 100, height: 999 }, 12)).toThrow(/multiple of 8/)
  })
})
