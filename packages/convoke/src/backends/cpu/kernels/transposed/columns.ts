// The columns of a transposed convolution, x[i] += y[o]·f[t] with i = o·stride − before + t·dilation. Columns of x that
// are equal modulo the stride meet the same taps, each at a fixed distance from column n of y: a phase is a small dense
// convolution of its own, and no product with an inserted zero is ever formed.

import type { Axis } from '../../../../shapes/conv-axes.ts'
import { evenParts, partsOf } from '../convolution/axes.ts'

/** A tap of a phase: pixel p of a tile that begins at column n of the phase reads column n + p + shift of y. */
export interface PhaseTap {
  readonly tap: number
  readonly shift: number
  /** Pixels of the tile for which that column exists: from … end − 1. */
  readonly from: number
  readonly end: number
}

/** Neighbouring tiles that meet the same taps for the same pixels. */
export interface TileRun {
  /** Column of the phase at which the first begins. */
  readonly first: number
  readonly pixels: number
  readonly tiles: number
  /** Those with any pixel, in order. */
  readonly taps: readonly PhaseTap[]
}

/** Columns phase, phase + stride, … of x. */
export interface Phase {
  readonly phase: number
  readonly runs: readonly TileRun[]
}

const same = (a: TileRun, b: TileRun): boolean =>
  a.pixels === b.pixels && JSON.stringify(a.taps) === JSON.stringify(b.taps)

/** Taps equally far apart, and where they read: their shifts fall by equal steps. */
export interface TapRun {
  readonly count: number
  readonly tap: (index: number) => number
  readonly shift: (index: number) => number
}

/** The taps that columns of a phase meet. A kernel may have millions of them: they are not written down. */
export function tapsOf({ kernel, stride, before, dilation }: Axis, phase: number): TapRun {
  const shiftOf = (tap: number): number => (phase + before - tap * dilation) / stride
  // Shifts are whole for every `step`-th tap from the first on, which is among the first `stride`, or for none.
  const next = (from: number): number => {
    let tap = from
    while (tap < kernel && tap - from < stride && !Number.isInteger(shiftOf(tap))) tap++
    return tap < kernel && Number.isInteger(shiftOf(tap)) ? tap : kernel
  }
  const first = next(0)
  const step = first === kernel ? 1 : next(first + 1) - first
  const tap = (index: number): number => first + index * step
  return {
    count: first === kernel ? 0 : Math.floor((kernel - 1 - first) / step) + 1,
    ...{ tap, shift: (index) => shiftOf(tap(index)) },
  }
}

function phaseOf(axis: Axis, phase: number, mostPixels: number): Phase {
  const { input, output, stride } = axis
  const columns = Math.max(0, Math.ceil((input - phase) / stride))
  const { count: met, tap, shift } = tapsOf(axis, phase)
  const taps = Array.from({ length: met }, (_, i) => ({ tap: tap(i), shift: shift(i) }))
  const runs: TileRun[] = []
  const parts = columns === 0 ? [] : partsOf(evenParts(columns, mostPixels))
  for (const { first, count } of parts) {
    const clip = (column: number): number => Math.min(Math.max(column - first, 0), count)
    const reached = taps
      .map(({ tap, shift }) => ({ tap, shift, from: clip(-shift), end: clip(output - shift) }))
      .filter(({ from, end }) => from < end)
    const run: TileRun = { first, pixels: count, tiles: 1, taps: reached }
    const last = runs.at(-1)
    if (last !== undefined && same(last, run)) runs[runs.length - 1] = { ...last, tiles: last.tiles + 1 }
    else runs.push(run)
  }
  return { phase, runs }
}

/** Every phase that x has columns of, in tiles of at most `mostPixels`. */
export const phasesOf = (axis: Axis, mostPixels: number): Phase[] =>
  Array.from({ length: Math.min(axis.stride, axis.input) }, (_, phase) => phaseOf(axis, phase, mostPixels))

/** Sums and products of pixels that a program of these phases writes out, for each vector and product of a pixel. */
export const writtenOut = (phases: readonly Phase[]): number =>
  phases
    .flatMap(({ runs }) => runs)
    .reduce((sum, { pixels, taps }) => taps.reduce((all, { from, end }) => all + end - from, sum + pixels), 0)
