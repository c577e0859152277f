// NumPy arrays, an example in each row: what they hold.

import { formats } from 'convoke'
import { counted } from '../../terminal/words.ts'
import { filesAtTop, type Place } from '../../training/data/place.ts'
import type { Finding } from './finding.ts'

export const hasArrays = (place: Place): boolean => filesAtTop(place, /\.npy$/i).length > 0

const shorten = (value: number): string => String(Number(value.toPrecision(4)))

export async function inspectArrays(place: Place): Promise<Finding> {
  const facts: string[] = []
  const problems: string[] = []
  const rows = new Map<string, number>()
  for (const file of filesAtTop(place, /\.npy$/i)) {
    const { shape, dtype, data } = formats.decodeNpy(`${place.source.name}/${file}`, await place.source.read(file))
    let [least, most, total, odd] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
    for (const value of data) {
      if (!Number.isFinite(value)) odd++
      else {
        least = Math.min(least, value)
        most = Math.max(most, value)
        total += value
      }
    }
    const mean = total / Math.max(1, data.length - odd)
    facts.push(`${file}: [${shape.join(', ')}] ${dtype}, ${shorten(least)} to ${shorten(most)}, mean ${shorten(mean)}`)
    if (odd > 0) problems.push(`${file}: ${counted(odd, 'value is', 'values are')} not finite.`)
    rows.set(file, shape[0] ?? 1)
  }
  // inputs.npy and targets.npy, train-inputs.npy and train-targets.npy belong together.
  for (const [file, count] of rows) {
    const other = file.replace(/inputs(?=\.npy$)/i, 'targets')
    if (other !== file && rows.has(other) && rows.get(other) !== count)
      problems.push(`${file} has ${counted(count, 'example')}, ${other} ${rows.get(other)}.`)
  }
  const parts = [...rows]
    .filter(([file]) => !/targets\.npy$/i.test(file))
    .map(([file, examples]) => ({ part: file.replace(/-?(inputs)?\.npy$/i, '') || 'all', examples, classes: [] }))
  return {
    ...{ kind: 'NumPy arrays', task: null, parts, counted: 'examples', sizes: [], facts, problems, refusal: null },
    show: async () => [],
  }
}
