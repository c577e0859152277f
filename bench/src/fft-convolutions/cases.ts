// Convolutions with kernels from a hundred taps to a million.

export interface ConvolutionCase {
  readonly name: string
  /** `[batch, ...sizes, channels]`, and `[...kernel]`; with several channels each has a kernel of its own. */
  readonly input: readonly number[]
  readonly kernel: readonly number[]
  readonly mode: 'full' | 'same'
}

const signal = (length: number, taps: number, mode: ConvolutionCase['mode']): ConvolutionCase => ({
  ...{ name: `1-D ${length.toLocaleString('en')} × ${taps.toLocaleString('en')}`, mode },
  ...{ input: [1, length, 1], kernel: [taps] },
})

const cube = (rank: number, size: number, taps: number): ConvolutionCase => ({
  ...{ name: `${rank}-D ${size}^${rank} × ${taps}^${rank}`, mode: 'same' },
  ...{ input: [1, ...Array<number>(rank).fill(size), 1], kernel: Array<number>(rank).fill(taps) },
})

export const convolutionCases: readonly ConvolutionCase[] = [
  signal(100_000, 101, 'same'),
  signal(1_000_000, 1001, 'same'),
  { ...signal(2_880_000, 144_000, 'full'), name: 'a minute of sound × three seconds of hall' },
  ...[31, 255, 1023].map((taps) => cube(2, 2048, taps)),
  ...[9, 21].map((taps) => cube(3, 128, taps)),
  { name: 'depthwise 31×31, 384 channels at 64²', input: [1, 64, 64, 384], kernel: [31, 31], mode: 'same' },
  { name: '1-D 16,384 × 16,384, 64 channels × 4', input: [4, 16_384, 64], kernel: [16_384], mode: 'same' },
]
