/// <reference types="node" />

// Decoding pictures with sharp, which the caller brings: the library itself depends on nothing.

import type { Values } from '../data/dataset.ts'
import type { DecodePicture, PictureSize } from '../data/loaders/source.ts'
import { type DecodeMask, resizedMask } from '../data/masks/index.ts'
import { ConvokeError } from '../shapes/error.ts'
import { maskDecoder } from './masks.ts'
import { reasonOf, type Sharp } from './sharp.ts'

export interface DecoderOptions {
  /** 3 for colour (when not given), 1 for grey. */
  readonly channels?: 1 | 3 | undefined
  /** Brings every picture to this size; its own when not given. */
  readonly size?: { readonly height: number; readonly width: number } | undefined
  /** Masks are resized without mixing neighbours. Default false. */
  readonly mask?: boolean | undefined
}

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
  const { channels = 3, size, mask = false } = options
  const sizeOf = async (bytes: Uint8Array): Promise<PictureSize> => size ?? (await sharp(bytes).metadata()).autoOrient
  const masks = maskDecoder(sharp)
  const decode = async (bytes: Uint8Array): Promise<Values> => {
    if (bytes.length === 0) throw new ConvokeError('the file is empty')
    let picture = sharp(bytes, { failOn: 'error' }).rotate().removeAlpha()
    picture = picture.toColourspace(channels === 1 ? 'b-w' : 'srgb')
    if (size !== undefined) {
      picture = picture.resize(size.width, size.height, {
        fit: 'fill',
        ...(mask ? { kernel: 'nearest' as const } : {}),
      })
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
