/// <reference types="node" />

// Decoding pictures with sharp, which the caller brings: the library itself depends on nothing.

import type { Values } from '../data/dataset.ts'
import type { DecodePicture, PictureSize } from '../data/loaders/source.ts'
import { type DecodeMask, resizedMask } from '../data/masks/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { maskDecoder } from './masks.ts'
import { reasonOf, type Sharp } from './sharp.ts'

/** How values between pixels are found; shrinking, all but 'nearest' take every pixel into account. */
export const interpolations = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const
/** How pictures are resized. */
export type Interpolation = (typeof interpolations)[number]

/** The options of `pictureDecoder`. */
export interface DecoderOptions {
  /** 3 for colour (when not given), 1 for grey. */
  readonly channels?: 1 | 3 | undefined
  /** Brings every picture to this size; its own when not given. */
  readonly size?:
    | {
        /** Height in pixels. */
        readonly height: number
        /** Width in pixels. */
        readonly width: number
      }
    | undefined
  /**
   * Keeps the proportions: this share of the middle is kept, 1 the largest part that has the proportions of `size`, as timm's `crop_pct`. The whole
   * picture is stretched to `size` when not given.
   */
  readonly crop?: number | undefined
  /** How pictures are resized: Lanczos when not given. */
  readonly interpolation?: Interpolation | undefined
  /** Masks are resized without mixing neighbours. Default false. */
  readonly mask?: boolean | undefined
}

const kernels = { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const

/**
 * Decodes whatever sharp reads to uint8 `[height, width, channels]`, turned as its orientation tag says, without
 * transparency. sharp works in threads of its own, so that several pictures are decoded at once. `maskFolders` reads masks
 * through the decoder's `mask`, which keeps their numbers.
 *
 * ```ts ignore
 * import sharp from 'sharp'
 * const pets = await data.pictureFolders(folderSource('pets'), pictureDecoder(sharp, { size: { height: 64, width: 64 } }))
 * ```
 */
export function pictureDecoder(sharp: Sharp, options: DecoderOptions = {}): DecodePicture {
  const { channels = 3, size, mask = false, crop, interpolation = 'lanczos' } = options
  const kernel = mask ? 'nearest' : kernels[interpolation]
  const sizeOf = async (bytes: Uint8Array): Promise<PictureSize> => size ?? (await sharp(bytes).metadata()).autoOrient
  const masks = maskDecoder(sharp)
  const decode = async (bytes: Uint8Array): Promise<Values> => {
    if (bytes.length === 0) throw new ConvokeError('the file is empty')
    let picture = sharp(bytes, { failOn: 'error' }).rotate().removeAlpha()
    picture = picture.toColourspace(channels === 1 ? 'b-w' : 'srgb')
    if (size !== undefined) {
      if (crop === undefined) picture = picture.resize(size.width, size.height, { fit: 'fill', kernel })
      else {
        const [width, height] = [size.width, size.height].map((side) => Math.max(side, Math.floor(side / crop)))
        const [left, top] = [Math.floor((width - size.width) / 2), Math.floor((height - size.height) / 2)]
        picture = picture.resize(width, height, { fit: 'cover', kernel }).extract({ left, top, ...size })
      }
    }
    const { data, info } = await picture
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
      .catch((error: unknown) => {
        throw new ConvokeError(reasonOf(error))
      })
    // sharp pools small buffers: the values must not change under the caller.
    return { shape: [info.height, info.width, info.channels], data: new Uint8Array(data) }
  }
  const decodeMask: DecodeMask = async (bytes) =>
    size === undefined ? masks(bytes) : resizedMask(await masks(bytes), size)
  return Object.assign(decode, { sizeOf, mask: decodeMask })
}
