import { randomSource } from 'convoke'
import { pictureDecoder } from 'convoke/node'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { decoderFor } from '../training/data/pictures.ts'
import { plainHead, plainPicture } from './plain.ts'

type Raw = Parameters<typeof sharp>[1] & { raw: { width: number; height: number; channels: 1 | 2 | 3 | 4 } }

/** Shades that change slowly, with noise: all that compression does shows. */
function drawn(width: number, height: number, channels: 1 | 2 | 3 | 4, seed = 1) {
  const random = randomSource(seed)
  const bytes = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => 128 + 60 * Math.sin(i / (7 * channels)) + 50 * (random.uniform() - 0.5),
  )
  return sharp(bytes, { raw: { width, height, channels } } satisfies Raw)
}

const bySharp = (channels: 1 | 3) =>
  pictureDecoder(sharp as unknown as Parameters<typeof pictureDecoder>[0], { channels })

describe('plain files are decoded as by sharp, to the bit', () => {
  const sizes = [
    [1, 1],
    [8, 8],
    [33, 47],
    [128, 128],
  ] as const
  const forms = {
    'JPEG 4:2:0': (width: number, height: number) => drawn(width, height, 3).jpeg({ quality: 75 }),
    'JPEG 4:4:4': (width: number, height: number) =>
      drawn(width, height, 3).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }),
    'progressive JPEG': (width: number, height: number) => drawn(width, height, 3).jpeg({ progressive: true }),
    'JPEG by mozjpeg': (width: number, height: number) => drawn(width, height, 3).jpeg({ mozjpeg: true }),
    'grey JPEG': (width: number, height: number) => drawn(width, height, 1).toColourspace('b-w').jpeg(),
    PNG: (width: number, height: number) => drawn(width, height, 3).png(),
    'PNG with filters': (width: number, height: number) => drawn(width, height, 3).png({ adaptiveFiltering: true }),
    'grey PNG': (width: number, height: number) => drawn(width, height, 1).toColourspace('b-w').png(),
  }
  test.each(Object.keys(forms) as (keyof typeof forms)[])('%s', async (name) => {
    for (const [width, height] of sizes) {
      const bytes = await forms[name](width, height).toBuffer()
      const channels = name.startsWith('grey') ? 1 : 3
      expect(plainHead(bytes)).toEqual({ format: name.includes('PNG') ? 'png' : 'jpeg', width, height, channels })
      const decoded = await plainPicture(bytes)
      const expected = await bySharp(channels)(bytes)
      expect(decoded?.shape).toEqual(expected.shape)
      expect(Buffer.compare(decoded!.data, expected.data as Uint8Array)).toBe(0)
      const asColours = await (await decoderFor(3))(bytes)
      expect(asColours).toEqual(await bySharp(3)(bytes))
    }
  })
})

test('what is not small and plain is left to sharp, whose pictures come out all the same', async () => {
  const others = {
    large: drawn(200, 150, 3).jpeg(),
    turned: drawn(30, 20, 3).jpeg().withMetadata({ orientation: 6 }),
    'with a profile': drawn(30, 20, 3).jpeg().withIccProfile('p3'),
    'in four inks': drawn(30, 20, 3).toColourspace('cmyk').jpeg(),
    transparent: drawn(30, 20, 4).png(),
    'with a palette': drawn(30, 20, 3).png({ palette: true }),
    'with 16 bits': drawn(30, 20, 3).toColourspace('rgb16').png(),
    interlaced: drawn(30, 20, 3).png({ progressive: true }),
    'of another format': drawn(30, 20, 3).webp(),
  }
  for (const [name, picture] of Object.entries(others)) {
    const bytes = await picture.toBuffer()
    expect([name, plainHead(bytes), await plainPicture(bytes)]).toEqual([name, null, null])
    expect(await (await decoderFor(3))(bytes)).toEqual(await bySharp(3)(bytes))
  }
  expect(plainHead(new Uint8Array(0))).toBeNull()
})

test('a picture that is to be resized, cropped or made grey is left to sharp', async () => {
  const bytes = await drawn(30, 20, 3).png().toBuffer()
  const form = { height: 10, width: 10, channels: 3 } as const
  const resized = await (await decoderFor(3, form))(bytes)
  expect(resized).toEqual(
    await pictureDecoder(sharp as unknown as Parameters<typeof pictureDecoder>[0], { size: form })(bytes),
  )
  expect(await (await decoderFor(1))(bytes)).toEqual(await bySharp(1)(bytes))
})

test('damaged files are refused where sharp refuses them', async () => {
  const random = randomSource(5)
  for (const picture of [
    drawn(24, 24, 3).jpeg(),
    drawn(24, 24, 3).jpeg({ progressive: true }),
    drawn(24, 24, 3).png(),
  ]) {
    const whole = await picture.toBuffer()
    for (let i = 0; i < 60; i++) {
      const bytes = Uint8Array.from(whole)
      for (let n = random.integer(4); n >= 0; n--) bytes[random.integer(bytes.length)] = random.integer(256)
      const cut = i % 3 === 0 ? bytes.subarray(0, random.integer(bytes.length)) : bytes
      const outcome = async (decode: (file: Uint8Array) => Promise<{ readonly shape: readonly number[] }>) =>
        decode(cut).then(
          ({ shape }) => shape,
          () => 'refused',
        )
      expect(await outcome(await decoderFor(3))).toEqual(await outcome(bySharp(3)))
    }
  }
})
