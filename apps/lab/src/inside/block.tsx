// Numbers in the shape of a window, tinted by sign and size.

import { largestIn, strengthOf } from '../ui/tint.ts'
import { showNumber } from '../words/numbers.ts'

interface BlockProps {
  readonly name: string
  readonly id: string
  readonly sign?: string
  /** Row by row; null lies outside of the map. */
  readonly values: readonly (number | null)[]
  readonly columns: number
  /** What is said of places outside. */
  readonly empty?: string
  /** The place that is outlined. */
  readonly strong?: number | undefined
}

/** Columns beyond which numbers are left out: the tints remain. */
const mostColumns = 7

/** Three digits or so: more do not fit. */
const short = (value: number): string =>
  showNumber(Math.round(100 * value) / 100, Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0)

export function Block({ name, id, sign, values, columns, empty, strong }: BlockProps) {
  const largest = largestIn(values.map((value) => value ?? 0))
  const numbers = columns <= mostColumns
  return (
    <figure class="number-block" data-name={id}>
      <figcaption>
        {sign !== undefined && <span class="block-sign">{sign}</span>} {name}
      </figcaption>
      <div class="number-cells" style={{ '--columns': String(columns) }} data-numbers={numbers ? '' : undefined}>
        {values.map((value, i) => (
          <span
            key={i}
            class={`number-cell${value === null ? ' outside' : value < 0 ? ' negative' : ''}${i === strong ? ' strong' : ''}`}
            title={value === null ? empty : undefined}
            style={{ '--strength': Math.abs(strengthOf(value ?? 0, largest)).toFixed(3) }}
          >
            {numbers ? (value === null ? '·' : short(value)) : ''}
          </span>
        ))}
      </div>
    </figure>
  )
}
