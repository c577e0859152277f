// A picture made small enough to draw many times: 8 bits, opaque.

import { type Decoded, readPicture } from './decode.ts'
import { channelsOf, type Picture, type Samples } from './picture.ts'
import { isScene, scene } from './scene.ts'
import { loadSharp } from './sharp.ts'

/** The picture at `path` (or the drawn scene), at most `width` × `width` pixels, laid on white where it is transparent. */
export async function thumbnail(path: string, width: number): Promise<Decoded> {
  const { picture, notes } = (await isScene(path)) ? { picture: scene(), notes: [] } : await readPicture(path)
  return { picture: await shrink(picture, width), notes }
}

async function shrink(picture: Picture, side: number): Promise<Picture> {
  const sharp = await loadSharp()
  const { width, height, samples } = picture
  const channels = channelsOf(picture) as 1 | 2 | 3 | 4
  const { data, info } = await sharp(samples, { raw: { width, height, channels }, limitInputPixels: false })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const pixels: Samples = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  return {
    width: info.width,
    height: info.height,
    colours: info.channels < 3 ? 1 : 3,
    alpha: false,
    depth: 8,
    samples: pixels,
  }
}
