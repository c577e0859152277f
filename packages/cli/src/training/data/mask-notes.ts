// What is told of masks: which value is which class, how many pixels it has, and what was ignored.

import { data } from 'convoke'
import { percent } from '../../terminal/words.ts'

/** Classes that are told in one line. */
const most = 24

/** Which value is which class, and the share of the pixels that each has; nothing for data without masks. */
export function maskFacts(coding: data.MaskCoding | undefined): string[] {
  if (coding === undefined) return []
  const { channel, classes, values, shares } = coding
  const shown = classes.slice(0, most).map((name, label) => {
    const value = data.valueText(values[label])
    return `${value === name ? name : `${name} (${value})`} ${percent(shares[label], 1)}`
  })
  const rest = classes.length > most ? `, and ${classes.length - most} more classes` : ''
  const by = channel === 'index' ? '' : `, told by ${channel}`
  return [`pixels of each class, with its value in the masks${by}: ${shown.join(', ')}${rest}`]
}

/** What was decided about values that are no class. */
export function maskNotes({ ignore, ignored, softened }: data.MaskCoding): string[] {
  const what = `the value ${ignore.map(data.valueText).join(', ')} in masks`
  return [
    ...(ignored === 0
      ? []
      : [`${what} is ignored: ${percent(ignored)} of the pixels. To change this: --ignore-value.`]),
    ...(softened === 0
      ? []
      : [`${percent(softened)} of the pixels in masks hold values between classes, and count for the nearest one.`]),
  ]
}
