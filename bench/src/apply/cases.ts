// Kernels on a picture from file to file: what people try first.

export interface ApplyCase {
  readonly name: string
  /** As `convoke apply --kernel` takes it. */
  readonly kernel: string
  /** What the peers do in its place, where they have it. */
  readonly sharp: 'convolve' | { readonly blur: number } | null
  readonly opencv: 'filter2D' | { readonly sigma: number; readonly side: number }
  /** Whether it must be faster than sharp. */
  readonly beatsSharp: boolean
}

/** Numbers without a pattern, the same in every run, that add up to 1. */
export function irregular(side: number): number[][] {
  const taps = Array.from({ length: side * side }, (_, i) => 1 + Math.sin(i * i + 1))
  const sum = taps.reduce((total, tap) => total + tap)
  return Array.from({ length: side }, (_, row) =>
    Array.from({ length: side }, (_, column) => Number((taps[row * side + column] / sum).toPrecision(7))),
  )
}

const text = (rows: readonly (readonly number[])[]): string => rows.map((row) => row.join(' ')).join('; ')

const gallery = (kernel: string): ApplyCase => ({
  name: kernel,
  kernel,
  sharp: null,
  opencv: 'filter2D',
  beatsSharp: false,
})

export const applyCases: readonly ApplyCase[] = [
  { name: '5×5 of one’s own', kernel: text(irregular(5)), sharp: 'convolve', opencv: 'filter2D', beatsSharp: true },
  { name: '31×31 of one’s own', kernel: text(irregular(31)), sharp: null, opencv: 'filter2D', beatsSharp: false },
  {
    name: 'gaussian:10',
    kernel: 'gaussian:10',
    sharp: { blur: 10 },
    opencv: { sigma: 10, side: 61 },
    beatsSharp: false,
  },
  ...['motion:61,30', 'sharpen', 'unsharp', 'sobel-x', 'log', 'gabor', 'emboss', 'box:31'].map(gallery),
]

/** What is asked of every case: seconds and megabytes of the whole process. */
export const asked = { seconds: 0.8, megabytes: 250 } as const
