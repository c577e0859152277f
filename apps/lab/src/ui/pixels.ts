// Pixels, as a canvas has them, and as files.

export interface Pixels {
  readonly width: number
  readonly height: number
  /** Red, green, blue, opacity. */
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

function canvasOf({ width, height, data }: Pixels): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas
}

/** What a canvas shows as PNG; undefined where the browser cannot write it. */
export const pngOfCanvas = async (canvas: HTMLCanvasElement): Promise<Blob | undefined> =>
  (await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve))) ?? undefined

/** Pixels as PNG; undefined where the browser cannot write it. */
export const pngOf = (pixels: Pixels): Promise<Blob | undefined> => pngOfCanvas(canvasOf(pixels))

/** Pixels as the data URL of a PNG. */
export const dataUrlOf = (pixels: Pixels): string => canvasOf(pixels).toDataURL('image/png')
