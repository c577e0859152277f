// Families of networks to choose from: the compact network by kernel size × kernel count × depth, and TextCNN by windows ×
// maps.

import { CompactCNN } from '../../models/compact.ts'
import { TextCNN, type TextCNNOptions } from '../../models/text.ts'
import type { Module } from '../../nn/module.ts'
import { check, show } from '../../shapes/error.ts'

/** One network to try. */
export interface Choice {
  /** Unique among those compared. */
  readonly name: string
  /** What sets it apart: { kernel: 3, count: 16, depth: 2 }. */
  readonly settings: Readonly<Record<string, number | string>>
  /** Builds it, its weights not yet drawn. */
  readonly build: () => Module
}

function checkList(op: string, name: string, values: readonly number[]): void {
  check(
    values.length > 0 &&
      values.every((value) => Number.isInteger(value) && value >= 1) &&
      new Set(values).size === values.length,
    () => `${op}: ${name} are ${show(values)}; give different whole numbers of 1 or more.`,
  )
}

/** The options of `cnnChoices`. */
export interface CnnChoiceOptions {
  /** Number of classes to tell apart. */
  readonly classes: number
  /** Channels of the pictures: 1 when not given. */
  readonly channels?: number | undefined
  /** Sides of the kernels; [3, 5, 7] when not given. */
  readonly kernels?: readonly number[] | undefined
  /** Kernels of the first stage, doubled at each stage after it; [8, 16, 32] when not given. */
  readonly counts?: readonly number[] | undefined
  /** Stages, with pooling in between; [2, 3] when not given. */
  readonly depths?: readonly number[] | undefined
}

/** What `models.CompactCNN` is built with for a choice. */
export const cnnWidths = (count: number, depth: number): number[] =>
  Array.from({ length: depth }, (_, stage) => count * 2 ** stage)

/**
 * Compact networks of every kernel size, kernel count and depth.
 *
 * @example
 * train.cnnChoices({ classes: 10, kernels: [3, 5], counts: [8], depths: [2] }).map(({ name }) => name)  // ["3×3, 8 kernels, 2 stages", "5×5, 8 kernels, 2 stages"]
 */
export function cnnChoices(options: CnnChoiceOptions): Choice[] {
  const { classes, channels = 1, kernels = [3, 5, 7], counts = [8, 16, 32], depths = [2, 3] } = options
  for (const [name, values] of Object.entries({ kernels, counts, depths })) checkList('cnnChoices', name, values)
  return kernels.flatMap((kernel) =>
    counts.flatMap((count) =>
      depths.map((depth) => ({
        name: `${kernel}×${kernel}, ${count} kernels, ${depth} ${depth === 1 ? 'stage' : 'stages'}`,
        settings: { kernel, count, depth },
        build: () => CompactCNN({ classes, channels, kernel, widths: cnnWidths(count, depth) }),
      })),
    ),
  )
}

/** The options of `textChoices`. */
export interface TextChoiceOptions extends Pick<TextCNNOptions, 'vocabulary' | 'classes' | 'size' | 'dropout'> {
  /** Sets of windows; [[3], [3, 4, 5]] when not given. */
  readonly windows?: readonly (readonly number[])[] | undefined
  /** Kernels of each window; [25, 50, 100] when not given. */
  readonly maps?: readonly number[] | undefined
}

/** TextCNNs of every set of windows and number of maps. */
export function textChoices(options: TextChoiceOptions): Choice[] {
  const { windows = [[3], [3, 4, 5]], maps = [25, 50, 100], ...rest } = options
  check(windows.length > 0, () => 'textChoices: windows is empty; give at least one set, such as [[3, 4, 5]].')
  for (const set of windows) checkList('textChoices', 'windows', set)
  checkList('textChoices', 'maps', maps)
  return windows.flatMap((set) =>
    maps.map((count) => ({
      name: `windows ${set.join('+')}, ${count} maps`,
      settings: { windows: set.join('+'), maps: count },
      build: () => TextCNN({ ...rest, windows: set, maps: count }),
    })),
  )
}
