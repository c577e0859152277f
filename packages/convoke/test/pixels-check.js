// Pictures of a page as tensors and back, by every way that a page has.

/** @param {typeof import('convoke')} convoke */
export async function pictures({ fromPixels, tensor, toPixels }) {
  const bytes = [255, 0, 0, 255, 0, 128, 0, 255, 0, 0, 64, 255, 10, 20, 30, 255]
  const pixels = new ImageData(new Uint8ClampedArray(bytes), 2, 2)
  const canvas = document.createElement('canvas')
  await toPixels(tensor(bytes, { shape: [2, 2, 4], dtype: 'uint8' }), { canvas })
  const offscreen = new OffscreenCanvas(2, 2)
  offscreen.getContext('2d').putImageData(pixels, 0, 0)
  const image = new Image(200, 200)
  image.src = canvas.toDataURL()
  const early = new Image()
  let refused = ''
  try {
    fromPixels(early)
  } catch (error) {
    refused = error.message
  }
  await image.decode()
  const sources = { pixels, canvas, offscreen, bitmap: await createImageBitmap(pixels), image }
  const found = Object.entries(sources).map(([name, source]) => [name, fromPixels(source, { channels: 4 }).toArray()])
  const back = await toPixels(fromPixels(pixels, { channels: 4, dtype: 'float32' }))
  return {
    bytes,
    found: Object.fromEntries(found),
    back: [...back.data],
    isImageData: back instanceof ImageData,
    refused,
  }
}
