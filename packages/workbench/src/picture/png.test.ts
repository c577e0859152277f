import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodePng } from './png.ts'

describe('encodePng', () => {
  it.each([1, 3] as const)('gives another reader the same bytes, %i channels', async (channels) => {
    const [height, width] = [3, 5]
    const data = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 89) % 256)
    const file = await encodePng({ width, height, channels, data })
    const read = await sharp(file)
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(read.info).toMatchObject({ width, height, channels })
    expect([...read.data]).toEqual([...data])
  })

  it('refuses bytes that are not as many as the sizes say', async () => {
    await expect(encodePng({ width: 2, height: 2, channels: 1, data: new Uint8Array(3) })).rejects.toThrow('3 bytes')
  })
})
