// What an output sees, in words.

import { type SeenAlong, thousands } from 'convoke/shapes'
import { bytes, engineering } from 'convoke-workbench'
import type { Pixels } from '../ui/pixels.ts'
import { frameOf } from './drawing.ts'
import type { shapesMessages } from './messages.ts'
import type { EffectiveAnswer, SeenAnswer } from './task.ts'

const rangeText = ({ first, last }: SeenAlong['region']): string => `${first} … ${last}`.replace(/-/g, '−')

/** The field in words: how large, which rows and columns, what is left out. */
export function exactWords(
  words: ReturnType<typeof shapesMessages>,
  { parts }: SeenAnswer,
  mask: Uint8Array,
  { width, height }: Pixels,
): string[] {
  const count = mask.reduce((total, one) => total + one, 0)
  if (parts === null) return [words.exactCount(thousands(height), thousands(width), thousands(count)), words.exactAll]
  const frame = frameOf(parts, width, height)
  if (frame === undefined || count === 0) return [words.nothing]
  const [rows, columns] = [frame.rows, frame.columns].map(([first, last]) => ({ first, last }))
  const size = ({ first, last }: SeenAlong['region']): number => last - first + 1
  const within = ({ first, last }: SeenAlong['region'], length: number): number =>
    Math.min(last, length - 1) - Math.max(first, 0) + 1
  const inside = within(rows, height) * within(columns, width)
  const outside = inside < size(rows) * size(columns)
  return [
    words.exactCount(thousands(size(rows)), thousands(size(columns)), thousands(count)),
    words.exactRange(rangeText(rows), rangeText(columns)),
    ...(count < inside && parts.length === 1 ? [words.exactGaps(thousands(count), thousands(inside))] : []),
    ...(parts.length > 1 ? [words.exactParts] : []),
    ...(outside ? [words.exactPadding] : []),
  ]
}

export function effectiveWords(words: ReturnType<typeof shapesMessages>, answer: EffectiveAnswer): string[] {
  if (answer.kind === 'too-large') return [words.effectiveLarge(engineering(answer.macs), bytes(answer.bytes))]
  if (answer.kind === 'none') return [words.refused(answer.message)]
  const { touched, strong, milliseconds, backend } = answer
  return [
    touched === 0 ? words.effectiveZero : words.effectiveNote(thousands(strong), thousands(touched)),
    words.effectiveTook(milliseconds.toFixed(0), backend),
  ]
}
