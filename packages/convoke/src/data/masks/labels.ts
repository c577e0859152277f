// The class of each pixel of a mask.

import { ConvokeError, check } from '../../shapes/error.ts'
import type { Values } from '../dataset.ts'
import { alphaValues, pixelValue } from './channel.ts'
import { valuesText } from './class-list.ts'
import { type MaskCoding, nearestValue } from './coding.ts'
import { ignoredLabel, type MaskValue, type StoredMask, valueText } from './stored.ts'

/** int32 `[height, width]`; `ignoredLabel` for ignored pixels. Throws `ConvokeError` for values that are not classes. */
export function maskLabels(mask: StoredMask, coding: MaskCoding): Values {
  const { height, width } = mask
  const numbers = coding.channel === 'alpha' ? alphaValues(mask) : mask.values
  check(numbers !== null, () => 'the mask has no opacity (alpha), which holds the class in the others')
  const known = new Map<number, number>()
  const labels = new Int32Array(height * width)
  let [before, label] = [Number.NaN, 0]
  for (let p = 0; p < labels.length; p++) {
    const own = numbers[p]
    if (own !== before) {
      before = own
      label = known.get(own) ?? labelOf(mask, coding, own)
      known.set(own, label)
    }
    labels[p] = label
  }
  return { shape: [height, width], data: labels }
}

function labelOf(mask: StoredMask, coding: MaskCoding, number: number): number {
  const { channel, factors, values, ignore, nearest } = coding
  const width = mask.kind === 'grey' ? mask.bits : mask.kind === 'palette' && channel === 'index' ? 0 : 8
  const factor = factors[width] ?? 1
  const value: MaskValue = (channel === 'alpha' ? number : pixelValue(mask, channel, number)) * factor
  if (ignore.includes(value)) return ignoredLabel
  const label = values.indexOf(value)
  if (label >= 0) return label
  if (!nearest)
    throw new ConvokeError(
      `the mask holds the value ${valueText(value)}, which is not a class; the classes are ${valuesText(values)}`,
    )
  return values.indexOf(nearestValue(value, values))
}
