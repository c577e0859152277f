// What the view asks of the worker.

import type { Boundary } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'
import { task } from '../engine/protocol.ts'
import type { Pixels } from '../ui/pixels.ts'

export interface FiltersQuestion {
  /** Sent each time, so that no worker is ever without it. */
  readonly picture: Pick<Pixels, 'width' | 'height'> & { readonly data: Uint8ClampedArray }
  /** Another for every picture. */
  readonly pictureId: number
  readonly kernels: readonly Matrix[]
  /** Whether zero is shown as middle grey, and the largest magnitude as black or white. */
  readonly signed: boolean
  readonly boundary: Boundary
  readonly grey: boolean
  /** One of the picture's channels, by index, or all. */
  readonly channel: number | undefined
  readonly spectra: boolean
}

export interface ProbeQuestion extends FiltersQuestion {
  readonly pixel: readonly [row: number, column: number]
}

/** The arithmetic of one pixel, of the last filter, in the channel that is shown first. */
export interface Probe {
  readonly window: Matrix
  readonly kernel: Matrix
  readonly products: Matrix
  readonly sum: number
}

export interface Spectra {
  /** Logarithm of magnitudes, zero frequency in the middle, as square pictures. */
  readonly before: Pixels
  readonly kernel: Pixels
  readonly after: Pixels
}

export interface FiltersAnswer {
  readonly result: Pixels
  /** Of the result's values, where black and white of the picture are 0 and 255. */
  readonly range: readonly [least: number, most: number]
  /** That the filters took, without turning bytes into floats and back. */
  readonly milliseconds: number
  readonly backend: string
  /** How the last filter was computed, and by which machine code. */
  readonly how: { readonly algorithm: string; readonly kernel: string } | undefined
  readonly spectra: Spectra | undefined
}

export const filtersTask = task<FiltersQuestion, FiltersAnswer>('filters')
/** Undefined where there is no filter. */
export const probeTask = task<ProbeQuestion, Probe | undefined>('probe')
