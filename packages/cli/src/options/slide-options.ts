// The options that say where windows lie, as typed: shared by `apply` and `explain`.

import type { Command } from 'commander'
import { show } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { type Boundary, boundaries } from '../picture/boundary.ts'
import type { PaddingOption, SlideOptions } from '../picture/placement.ts'

export interface SlideText {
  readonly padding: string
  readonly boundary: string
  readonly stride: string
  readonly dilation: string
}

/** Adds `--padding --boundary --stride --dilation --convolve` to a command. */
export const addSlideOptions = (command: Command, defaults: { padding: string; boundary: Boundary }): Command =>
  command
    .option(
      '--padding <how>',
      'same, valid, full, or pixels: N | rows,columns | top,bottom,left,right',
      defaults.padding,
    )
    .option('--boundary <what>', `what lies beyond the edge: ${boundaries.join(', ')}`, defaults.boundary)
    .option('--stride <n>', 'pixels between windows: N | rows,columns', '1')
    .option('--dilation <n>', 'pixels between the kernel’s taps: N | rows,columns', '1')
    .option('--convolve', 'flip the kernel first, as the textbook formula does', false)

const largest = 65535

/** Throws `UsageError` for anything that is no such option. */
export const readSlideOptions = (text: SlideText): SlideOptions =>
  Object.freeze({
    padding: readPadding(text.padding),
    boundary: readChoice('boundary', text.boundary, boundaries),
    stride: readPair('stride', text.stride, 1),
    dilation: readPair('dilation', text.dilation, 1),
  })

/** One of `choices`. */
export function readChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text.toLowerCase())
  if (found === undefined)
    throw new UsageError(`--${name} is ${show(text)}. Use one of ${choices.join(', ')}.${didYouMean(text, choices)}`)
  return found
}

/** A whole number from `least` on. */
export function readWhole(name: string, text: string, least: number): number {
  const value = /^\+?\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (!(value >= least && value <= largest))
    throw new UsageError(`--${name} is ${show(text)}; it must be a whole number from ${least} to ${largest}.`)
  return value
}

function readPair(name: string, text: string, least: number): readonly [number, number] {
  const parts = text.split(',')
  if (parts.length > 2)
    throw new UsageError(`--${name} is ${show(text)}. Give one number, or two: for rows and for columns.`)
  const [rows, columns = rows] = parts.map((part) => readWhole(name, part, least))
  return Object.freeze([rows, columns] as const)
}

function readPadding(text: string): PaddingOption {
  const named = text.toLowerCase()
  if (named === 'same' || named === 'valid' || named === 'full') return named
  const parts = text.split(',')
  if (!/^[\d\s,.+-]+$/.test(text) || ![1, 2, 4].includes(parts.length))
    throw new UsageError(
      `--padding is ${show(text)}. Use same, valid, full, N, "rows,columns" or "top,bottom,left,right".`,
    )
  const [a, b = a, c, d] = parts.map((part) => readWhole('padding', part, 0))
  return Object.freeze(c === undefined ? ([a, a, b, b] as const) : ([a, b, c, d] as const))
}
