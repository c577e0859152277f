import sharp from 'sharp'
import { expect, it } from 'vitest'
import { joinedBands, mostBandRows } from './jpeg-bands.ts'
import { jpegCanvas } from './jpeg-canvas.ts'
import type { Picture } from './picture.ts'

function noise(width: number, height: number, colours: 1 | 3): Picture {
  let state = 7
  const samples = new Uint8Array(width * height * colours).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state >>> 24
  })
  return { width, height, colours, alpha: false, depth: 8, samples }
}

const encode = ({ width, height, colours, samples }: Picture): Promise<Uint8Array> =>
  sharp(samples, { raw: { width, height, channels: colours } })
    .toColourspace(colours === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4', optimiseCoding: false })
    .toBuffer()

const decoded = (jpeg: Uint8Array) => sharp(jpeg).raw().toBuffer({ resolveWithObject: true })

/** Puts a picture on a canvas in strips of `rows` rows. */
async function inStrips(picture: Picture, rows: number): Promise<Uint8Array> {
  const canvas = jpegCanvas(picture, encode)
  const line = picture.width * picture.colours
  for (let row = 0; row < picture.height; row += rows) {
    const count = Math.min(rows, picture.height - row)
    canvas.room(row, count).set(picture.samples.subarray(row * line, (row + count) * line))
    await canvas.filled()
  }
  return Buffer.concat(await canvas.finished())
}

it.each([
  { name: 'colour, in bands that end within a block', width: 1000, height: 2505, colours: 3 as const, rows: 1000 },
  { name: 'grey, in more bands than there are restart markers', width: 13, height: 700, colours: 1 as const, rows: 8 },
  { name: 'one strip', width: 61, height: 21, colours: 3 as const, rows: 21 },
])('a JPEG joined from bands decodes to the pixels of one encoded whole: $name', async (one) => {
  const picture = noise(one.width, one.height, one.colours)
  const [joined, whole] = await Promise.all([inStrips(picture, one.rows).then(decoded), encode(picture).then(decoded)])
  expect(joined.info).toMatchObject({ width: one.width, height: one.height, channels: whole.info.channels })
  expect(joined.data.equals(whole.data)).toBe(true)
})

it('bands of eight rows and their markers, joined by hand', async () => {
  const picture = noise(16, 80, 1)
  const join = joinedBands(picture, 8)
  const pieces: Uint8Array[] = []
  for (let band = 0; band < 10; band++) {
    const samples = picture.samples.subarray(band * 128, (band + 1) * 128)
    for (const piece of join(await encode({ ...picture, height: 8, samples }), band)) pieces.push(piece)
  }
  const ends = pieces.filter((piece) => piece.length === 2 && piece[0] === 0xff).map(([, marker]) => marker)
  // RST0 … RST7, RST0, EOI (T.81, table B.1).
  expect(ends).toEqual([0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd0, 0xd9])
  const [joined, whole] = [await decoded(Buffer.concat(pieces)), await decoded(await encode(picture))]
  expect(joined.data.equals(whole.data)).toBe(true)
})

it('a band has as many rows as a field of 16 bits counts blocks', () => {
  // 4000 pixels are 500 blocks: 131 rows of them are 65,500, 132 would be 66,000.
  expect(mostBandRows(4000)).toBe(131 * 8)
  expect(() => joinedBands({ width: 4000, height: 3000 }, 132 * 8)).toThrow(/a multiple of 8, up to 1048/)
  expect(() => joinedBands({ width: 4000, height: 3000 }, 12)).toThrow(/a multiple of 8/)
})

it('a canvas hears of a band that cannot be encoded', async () => {
  const canvas = jpegCanvas(noise(8, 8, 1), () => Promise.reject(new Error('the disk is full')))
  canvas.room(0, 8)
  await expect(
    (async () => {
      await canvas.filled()
      await canvas.finished()
    })(),
  ).rejects.toThrow('the disk is full')
})

it('what is no baseline JPEG is refused', async () => {
  const { width, height, samples } = noise(16, 16, 3)
  const progressive = await sharp(samples, { raw: { width, height, channels: 3 } })
    .jpeg({ progressive: true })
    .toBuffer()
  expect(() => joinedBands({ width, height }, 16)(progressive, 0)).toThrow(/no baseline JPEG/)
})
