// Pictures that a generator draws, and a sheet of them.

import { data, type nn, randomNormal, scope, withoutGradients } from 'convoke'

/** `count` pictures `[size, size, channels]` from 0 to 1; the seed determines them. */
export async function drawPictures(
  model: nn.Module,
  latent: number,
  count: number,
  seed: number,
): Promise<data.Values[]> {
  model.eval()
  const drawn = withoutGradients(() => scope(() => model(randomNormal([count, latent], { seed }))))
  const values = await drawn.data()
  const shape = drawn.shape.slice(1)
  drawn.dispose()
  const size = values.length / count
  return Array.from({ length: count }, (_, i) => ({
    shape,
    data: Float32Array.from({ length: size }, (_, at) => (values[i * size + at] + 1) / 2),
  }))
}

/** Pictures of one size in a grid, two pixels apart, as uint8. */
export function sheetOf(
  pictures: readonly data.Values[],
  columns = Math.ceil(Math.sqrt(pictures.length)),
): data.Values {
  const gap = 2
  const [height, width, channels] = pictures[0].shape
  const rows = Math.ceil(pictures.length / columns)
  const [high, wide] = [rows * (height + gap) + gap, columns * (width + gap) + gap]
  const sheet = new Uint8Array(high * wide * channels).fill(128)
  pictures.forEach((picture, i) => {
    const unit = data.toUnit(picture).data
    const [top, left] = [gap + Math.floor(i / columns) * (height + gap), gap + (i % columns) * (width + gap)]
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width * channels; x++) {
        sheet[((top + y) * wide + left) * channels + x] = Math.round(
          255 * Math.min(1, Math.max(0, unit[y * width * channels + x])),
        )
      }
    }
  })
  return { shape: [high, wide, channels], data: sheet }
}
