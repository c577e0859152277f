// How steep the greys of a picture are, by Sobel's kernels. The server and the page share this file.

import { add, correlate, scope, sqrt, square, type Tensor } from 'convoke'

const across = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
]
const down = [
  [-1, -2, -1],
  [0, 0, 0],
  [1, 2, 1],
]

/** Edges of a picture `[height, width]` whose greys go from 0 to 1: 0 where it is even, 4 at a step from black to white. */
export const edgesOf = (greys: Tensor): Tensor =>
  scope(() => {
    const [x, y] = [across, down].map((kernel) => correlate(greys, kernel, { mode: 'same', boundary: 'edge' }))
    return sqrt(add(square(x), square(y)))
  })
