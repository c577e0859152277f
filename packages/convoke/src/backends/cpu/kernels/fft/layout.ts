// A convolution by FFT of pictures of one channel in overlapping tiles (overlap–save), as plain numbers.
//
//   tile      [row][vector of columns][re, im][lanes]                 two tiles of one picture: one real, one imaginary
//
// The filter is real, so the two tiles of a complex one do not mix. A kernel of height 1 has no transform down the columns: its
// tile holds `lanes` rows that are transformed side by side.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { checkCovered } from '../convolution/covered.ts'
import { planTransform, radicesOf, type Transform, type TwiddleTable } from './transform.ts'

export interface FftLayout {
  /** Down the columns; of length 1 where rows are independent. */
  readonly down: Transform
  readonly across: Transform
  readonly twiddles: readonly number[]
  /** Rows of a tile: `down.length`, or the lanes where rows are independent. */
  readonly tileRows: number
  /** Results of a tile that do not wrap around; the width is whole vectors. */
  readonly validRows: number
  readonly validColumns: number
  readonly tilesHigh: number
  readonly tilesWide: number
  /** Floats from row to row of the complex tile, and of all of it. */
  readonly tileRow: number
  readonly tileFloats: number
  /** Of blocks of `lanes` rows: one where all rows are transformed alike. */
  readonly spectrumFloats: number
}

/** Whether the algorithm here computes `spec`: pictures of one channel, stride 1, dilation 1. */
export const isFftSpec = (spec: ConvSpec): boolean =>
  spec.rank === 2 &&
  spec.inputChannels === 1 &&
  spec.outputChannels === 1 &&
  spec.stride.every((step) => step === 1) &&
  spec.dilation.every((step) => step === 1) &&
  spec.padding.every(([before]) => before >= 0)

/** The longest transforms down the columns and across the rows. */
const tallest = 1024
const widest = 65536

/** Complex tiles larger than this share of L2 leave it between their passes: only for kernels that fit no smaller one. */
const tileShare = 5 / 8

const powers = (from: number, to: number): number[] => {
  const list: number[] = []
  for (let n = from; n <= to; n *= 2) list.push(n)
  return list
}

/** Issue slots a complex vector spends in the passes of a transform, and how many times that where it leaves half of L1. Measured on Zen 4. */
const passSlots: Readonly<Record<number, number>> = { 2: 5, 3: 6, 4: 6, 5: 8, 8: 8 }
const beyondFirstLevel = 1.5

function slotsOf(length: number, target: Target): number {
  const { lanes, caches } = target
  const slots = radicesOf(length, target).reduce((sum, radix) => sum + passSlots[radix], 0)
  return length * 2 * lanes * 4 > caches.first / 2 ? slots * beyondFirstLevel : slots
}

/** Slots for loading, storing and transposing twice. */
const moveSlots = 36

interface Tiling {
  readonly height: number
  readonly width: number
  readonly validRows: number
  readonly validColumns: number
  readonly tilesHigh: number
  readonly tilesWide: number
  /** Issue slots for all pairs of tiles. */
  readonly slots: number
}

function tiling({ kernel, outputSize, batch }: ConvSpec, height: number, width: number, target: Target): Tiling {
  const { lanes } = target
  const validColumns = Math.floor((width - kernel[1] + 1) / lanes) * lanes
  const rowsApart = height === 1
  const validRows = rowsApart ? lanes : height - kernel[0] + 1
  const [tilesHigh, tilesWide] = [Math.ceil(outputSize[0] / validRows), Math.ceil(outputSize[1] / validColumns)]
  const vectors = ((rowsApart ? lanes : height) * width) / lanes
  const each = vectors * (2 * slotsOf(height, target) + 2 * slotsOf(width, target) + moveSlots)
  const common = { height, width, validRows, validColumns, tilesHigh, tilesWide }
  return { ...common, slots: each * batch * Math.ceil((tilesHigh * tilesWide) / 2) }
}

/** The tiles that cost least for `spec`; undefined when the kernel is too long for any. */
export function chooseTiling(spec: ConvSpec, target: Target): Tiling | undefined {
  const [height, width] = spec.kernel
  const { lanes } = target
  const heights = height === 1 ? [1] : powers(lanes, tallest).filter((n) => n >= height)
  const widths = powers(lanes, widest).filter((n) => n - width + 1 >= lanes)
  const sizes = heights.flatMap((h) => widths.map((w) => [h, w] as const))
  const bytes = ([h, w]: readonly [number, number]): number => (h === 1 ? lanes : h) * w * 8
  const within = sizes.filter((size) => bytes(size) <= tileShare * target.caches.second)
  const tilings = within.map(([h, w]) => tiling(spec, h, w, target))
  return tilings.reduce<Tiling | undefined>((best, each) => (best && best.slots <= each.slots ? best : each), undefined)
}

/** The layout for `spec`. Throws `ConvokeError` when the algorithm does not apply. */
export function fftLayout(spec: ConvSpec, target: Target): FftLayout {
  const tiles = isFftSpec(spec) ? chooseTiling(spec, target) : undefined
  checkCovered(tiles !== undefined, 'FFT', spec)
  const { height, width, validRows, validColumns, tilesHigh, tilesWide } = tiles
  const table: TwiddleTable = { values: [] }
  const [down, across] = [planTransform(height, target, table), planTransform(width, target, table)]
  const { lanes } = target
  const tileRows = height === 1 ? lanes : height
  // An odd number of cache lines from row to row spreads a column over all sets of a cache.
  const tileRow = 2 * width + 16
  return Object.freeze({
    ...{ down, across, twiddles: table.values },
    ...{ tileRows, validRows, validColumns, tilesHigh, tilesWide, tileRow },
    tileFloats: tileRows * tileRow,
    spectrumFloats: Math.ceil(height / lanes) * lanes * width * 2,
  })
}
