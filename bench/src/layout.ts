// Between channels last, which Convoke and TensorFlow keep, and channels first, which ONNX and jax keep.

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

function swap(data: Float32Array, outer: number, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const swapped = new Float32Array(data.length)
  for (let o = 0; o < outer; o++) {
    const base = o * rows * columns
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) swapped[base + c * rows + r] = data[base + r * columns + c]
    }
  }
  return swapped
}

/** `[batch, ...spatial, channels]` → `[batch, channels, ...spatial]`. */
export const toChannelsFirst = (data: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> =>
  swap(data, shape[0], product(shape.slice(1, -1)), shape[shape.length - 1])

/** The way back; `shape` is the channels-last one. */
export const toChannelsLast = (data: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> =>
  swap(data, shape[0], shape[shape.length - 1], product(shape.slice(1, -1)))

export const channelsFirstShape = (shape: readonly number[]): number[] => [
  ...[shape[0], shape[shape.length - 1]],
  ...shape.slice(1, -1),
]

/** Filters `[...kernel, a, b]` → `[b, a, ...kernel]`: ONNX's order for convolutions and transposed ones alike. */
export function filterToChannelsFirst(data: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const [a, b] = shape.slice(-2)
  const taps = product(shape.slice(0, -2))
  const outFirst = swap(data, 1, taps * a, b)
  return swap(outFirst, b, taps, a)
}

export const filterFirstShape = (shape: readonly number[]): number[] => {
  const [a, b] = shape.slice(-2)
  return [b, a, ...shape.slice(0, -2)]
}

/** Filters `[b, a, ...kernel]` → `[...kernel, a, b]`; `shape` is the channels-last one. */
export function filterToChannelsLast(data: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const [a, b] = shape.slice(-2)
  const taps = product(shape.slice(0, -2))
  return swap(swap(data, b, a, taps), 1, b, taps * a)
}
