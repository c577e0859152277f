// Shows the edges of a picture: how steep its greys are, by Sobel's kernels.

import {
  add,
  correlate,
  currentBackend,
  fromPixels,
  scope,
  sqrt,
  square,
  squeeze,
  tensor,
  toPixels,
  transpose,
} from 'convoke'

const canvas = document.querySelector('canvas') as HTMLCanvasElement
const status = document.querySelector('[role=status]') as HTMLElement
const input = document.querySelector('input') as HTMLInputElement

const across = tensor([
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
])
const down = transpose(across)

async function show(picture: ImageBitmap | OffscreenCanvas): Promise<void> {
  const start = performance.now()
  const edges = scope(() => {
    const greys = squeeze(fromPixels(picture, { channels: 1, dtype: 'float32' }), -1)
    const [x, y] = [across, down].map((kernel) => correlate(greys, kernel, { mode: 'same', boundary: 'edge' }))
    return sqrt(add(square(x), square(y)))
  })
  await toPixels(edges, { canvas, range: [0, 4] })
  edges.dispose()
  status.textContent = `${picture.width}×${picture.height} on ${currentBackend().name} in ${Math.round(performance.now() - start)} ms`
}

input.addEventListener('change', async () => {
  const [file] = input.files ?? []
  if (file !== undefined) await show(await createImageBitmap(file))
})

// Something to look at until there is a file: a disc.
const disc = new OffscreenCanvas(200, 200)
const context = disc.getContext('2d') as OffscreenCanvasRenderingContext2D
context.fillStyle = 'white'
context.arc(100, 100, 60, 0, 2 * Math.PI)
context.fill()
await show(disc)
