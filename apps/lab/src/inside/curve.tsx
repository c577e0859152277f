// The answer of a map, step by step of the ascent.

import { largestOf, smallestOf } from 'convoke/shapes'

const [width, height] = [200, 56]

export function AscentCurve({
  answers,
  steps,
  label,
}: {
  readonly answers: readonly number[]
  readonly steps: number
  readonly label: string
}) {
  if (answers.length < 2) return null
  const [least, most] = [smallestOf(answers), largestOf(answers)]
  const y = (value: number): number =>
    most > least ? 2 + ((height - 4) * (most - value)) / (most - least) : height / 2
  const points = answers.map((value, i) => `${((width * i) / steps).toFixed(1)},${y(value).toFixed(1)}`)
  return (
    <svg class="ascent-curve" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polyline points={points.join(' ')} />
    </svg>
  )
}
