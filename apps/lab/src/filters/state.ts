// What the view shows: a picture, the filters it goes through, and where somebody looks.

import type { Boundary } from 'convoke/shapes'
import { fromGallery, gallery, largestSide, type Matrix } from 'convoke-workbench'
import type { SampleName } from '../pictures/samples.ts'

/** One's own picture, which no address holds: the browser keeps it. */
export const ownPictureName = 'own'
export type PictureName = SampleName | typeof ownPictureName

export type ChannelView = 'all' | 'red' | 'green' | 'blue'
export const channelViews: readonly ChannelView[] = ['all', 'red', 'green', 'blue']

export interface FiltersState {
  readonly sample: PictureName
  /** Gallery names with their parameters (`gaussian:2`), or `own`; applied in this order. */
  readonly chain: readonly string[]
  /** The kernel that `own` stands for. */
  readonly own: Matrix
  readonly boundary: Boundary
  readonly grey: boolean
  readonly channel: ChannelView
  /** Share of the width that shows the picture as it was. */
  readonly wipe: number
  /** The pixel whose arithmetic is shown. */
  readonly pixel: readonly [row: number, column: number]
}

export const ownName = 'own'
export const mostFilters = 4
export const mostOwnSide = 31

export const firstFilters: FiltersState = Object.freeze({
  sample: 'scene',
  chain: ['sobel-x'],
  own: [
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ],
  boundary: 'reflect',
  grey: false,
  channel: 'all',
  wipe: 0.5,
  pixel: [168, 60],
} satisfies FiltersState)

export interface NamedKernel {
  readonly name: string
  readonly rows: Matrix
  /** Whether results go below zero as a rule. */
  readonly signed: boolean
}

/** The kernel that a name of the chain stands for; undefined for what is none. */
export function kernelOf(name: string, own: Matrix): NamedKernel | undefined {
  if (name === ownName) return { name, rows: own, signed: sumOf(own) <= 1e-6 * gainOf(own) }
  // Names of pairs stand for two kernels: the chain takes one at a time.
  if (!gallery.some((entry) => entry.name === name.split(':')[0])) return undefined
  try {
    const found = fromGallery(name)?.[0]
    return found !== undefined && found.rows.length <= largestSide ? found : undefined
  } catch {
    return undefined
  }
}

export const sumOf = (rows: Matrix): number => rows.flat().reduce((total, value) => total + value, 0)

const gainOf = (rows: Matrix): number => rows.flat().reduce((total, value) => total + Math.abs(value), 0)

export const kernelsOf = ({ chain, own }: FiltersState): NamedKernel[] =>
  chain.flatMap((name) => kernelOf(name, own) ?? [])

/** The kernel of another size around the same middle. */
export function resized(rows: Matrix, side: number): number[][] {
  const shift = Math.floor(rows.length / 2) - Math.floor(side / 2)
  return Array.from({ length: side }, (_, row) =>
    Array.from({ length: side }, (__, column) => rows[row + shift]?.[column + shift] ?? 0),
  )
}
