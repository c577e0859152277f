// Grey values of one set that are stored in different numbers of bits: 1 of one bit may be 1 or 255 of eight.

import { ConvokeError } from '../../shapes/error.ts'
import { addOccurrence, type MaskChannel, occurrencesOf } from './channel.ts'
import { isColour, type MaskValue } from './stored.ts'
import type { MaskSurvey, Occurrence, SurveyGroup } from './survey.ts'

/** What grey values of so many bits are multiplied by; 1 where nothing is said. */
export type WidthFactors = Readonly<Record<number, number>>

export interface Level {
  readonly factors: WidthFactors
  /** Every value of the set, brought to one width. */
  readonly values: Map<MaskValue, Occurrence>
}

/** Indices of palettes and colours have no width of their own that could be scaled. */
const widthOf = ({ kind, bits }: SurveyGroup, channel: MaskChannel): number =>
  channel === 'alpha' ? 8 : kind === 'grey' ? bits : kind === 'palette' && channel === 'index' ? 0 : 8

/**
 * All values of a survey, those of fewer bits as they are where they occur so in the masks of most bits, and else by
 * their brightness. Throws `ConvokeError` where neither fits.
 */
export function levelled(survey: MaskSurvey, channel: MaskChannel): Level {
  const byWidth = new Map<number, Map<MaskValue, Occurrence>>()
  for (const group of survey.groups) {
    const width = widthOf(group, channel)
    const into = byWidth.get(width) ?? new Map<MaskValue, Occurrence>()
    byWidth.set(width, into)
    for (const [value, one] of occurrencesOf(group, channel)) addOccurrence(into, value, one)
  }
  const widths = [...byWidth.keys()].filter((width) => width > 0).sort((a, b) => b - a)
  const values = new Map<MaskValue, Occurrence>(byWidth.get(widths[0] ?? 0))
  const widest = new Set(values.keys())
  const factors: Record<number, number> = {}
  for (const width of widths.slice(1)) {
    const own = byWidth.get(width)!
    const factor = factorFor(own, widest, width, widths[0])
    if (factor !== 1) factors[width] = factor
    for (const [value, one] of own) addOccurrence(values, value * factor, one)
  }
  if (widths.length > 0) for (const [value, one] of byWidth.get(0) ?? []) addOccurrence(values, value, one)
  return { factors, values }
}

function factorFor(
  own: ReadonlyMap<MaskValue, Occurrence>,
  widest: ReadonlySet<MaskValue>,
  bits: number,
  most: number,
): number {
  const factor = (2 ** most - 1) / (2 ** bits - 1)
  const telling = [...own.keys()].filter((value) => value !== 0)
  if (telling.length === 0) return 1
  const shared = (by: number): number => telling.filter((value) => widest.has(value * by)).length
  const [plain, scaled] = [shared(1), telling.some(isColour) ? 0 : shared(factor)]
  if (plain !== scaled) return plain > scaled ? 1 : factor
  // Wide masks whose values would fit in fewer bits were not scaled up.
  if (plain === 0 && bits >= 8 && [...widest].every((value) => value < 2 ** bits)) return 1
  const { file } = own.get(telling[0])!
  throw new ConvokeError(
    `${file}: the mask has ${bits} ${bits === 1 ? 'bit' : 'bits'} a pixel, others have ${most}, and its value ${telling[0]} may mean ${telling[0]} or ${telling[0] * factor}. Save all masks with ${most} bits.`,
  )
}
