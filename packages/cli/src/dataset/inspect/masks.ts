// What an inspection tells of masks beyond counts: which value is which class, and how many pixels it has.

import { data } from 'convoke'

/** Classes that are told in one line. */
const most = 24

const percent = (share: number): string => {
  const text = (share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)
  return `${text}%`
}

/** Lines for people; none for data without masks. */
export function maskFacts(coding: data.MaskCoding | undefined): string[] {
  if (coding === undefined) return []
  const { channel, classes, values, shares, ignore, ignored, softened } = coding
  const shown = classes.slice(0, most).map((name, label) => {
    const value = data.valueText(values[label])
    return `${value === name ? name : `${name} (${value})`} ${percent(shares[label])}`
  })
  const rest = classes.length > most ? `, and ${classes.length - most} more classes` : ''
  const by = channel === 'index' ? '' : `, told by ${channel}`
  return [
    `pixels of each class, with its value in the masks${by}: ${shown.join(', ')}${rest}`,
    ...(ignore.length === 0
      ? []
      : [
          `the value ${ignore.map(data.valueText).join(', ')} counts nowhere: ${percent(ignored)} of the pixels (--ignore-value changes that)`,
        ]),
    ...(softened === 0
      ? []
      : [`${percent(softened)} of the pixels hold other values, as soft edges do, and count for the nearest class`]),
  ]
}
