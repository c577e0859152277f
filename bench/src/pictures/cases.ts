// Filters on pictures, as people try them first.

export interface PictureCase {
  readonly name: string
  readonly kind: 'kernel' | 'gaussian' | 'sobel'
  readonly size: number
  /** Of a Gaussian. */
  readonly sigma: number
  /** All taps, row by row. */
  readonly kernel: readonly number[]
  /** The least ratio to OpenCV's time that is asked for on so many channels, where one is. */
  readonly required: { readonly [channels: number]: number }
}

/** Taps without a pattern, the same in every run. */
const irregular = (size: number): number[] =>
  Array.from({ length: size * size }, (_, i) => Math.fround(Math.sin(i * i + 1)))

/** OpenCV's width for a size: the kernel ends where its taps are small. */
export const sigmaOf = (size: number): number => 0.3 * ((size - 1) * 0.5 - 1) + 0.8

function gaussianTaps(size: number): number[] {
  const taps = Array.from({ length: size }, (_, i) => Math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigmaOf(size) ** 2)))
  const sum = taps.reduce((total, tap) => total + tap)
  return taps.map((tap) => tap / sum)
}

const gaussian = (size: number, required: PictureCase['required']): PictureCase => {
  const taps = gaussianTaps(size)
  const kernel = taps.flatMap((a) => taps.map((b) => Math.fround(a * b)))
  return { name: `${size}×${size} Gaussian`, kind: 'gaussian', size, sigma: sigmaOf(size), kernel, required }
}

const dense = (size: number, required: PictureCase['required']): PictureCase => ({
  ...{ name: `${size}×${size}`, kind: 'kernel', size, sigma: 0, kernel: irregular(size), required },
})

export const pictureCases: readonly PictureCase[] = [
  dense(3, {}),
  { name: 'Sobel', kind: 'sobel', size: 3, sigma: 0, kernel: [-1, 0, 1, -2, 0, 2, -1, 0, 1], required: {} },
  dense(5, { 3: 1.5 }),
  gaussian(5, {}),
  gaussian(13, { 1: 1.5, 3: 1.5 }),
  gaussian(61, { 1: 1.5, 3: 1.5 }),
]
