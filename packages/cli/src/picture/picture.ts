// A decoded picture: upright, sRGB or grey, 8 or 16 bits a sample, colour not premultiplied by alpha.

export type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>

export interface Picture {
  readonly width: number
  readonly height: number
  /** Colour channels: grey or red, green, blue. */
  readonly colours: 1 | 3
  /** Whether a last channel holds opacity. */
  readonly alpha: boolean
  readonly depth: 8 | 16
  /** `[height, width, colours + alpha]` */
  readonly samples: Samples
}

export const channelsOf = ({ colours, alpha }: Pick<Picture, 'colours' | 'alpha'>): number => colours + (alpha ? 1 : 0)

export const largestSample = (depth: 8 | 16): number => (depth === 8 ? 255 : 65535)

export const makeSamples = (depth: 8 | 16, length: number): Samples =>
  depth === 8 ? new Uint8Array(length) : new Uint16Array(length)
