// One number of a grid, to be typed over.

import { signal, useSignal } from '@preact/signals'
import { readNumber, showNumber } from '../words/numbers.ts'
import { slideMessages } from './messages.ts'
import { limits } from './state.ts'

/** What was typed last and could not be taken, and the number that stands in its cell again. */
export const refusedEntry = signal<{ readonly typed: string; readonly kept: string } | undefined>(undefined)

interface NumberCellProps {
  readonly label: string
  readonly value: number
  readonly onChange: (value: number) => void
  /** The one cell of its grid that Tab reaches; arrows go on from there. */
  readonly reached: boolean
}

export function NumberCell({ label, value, onChange, reached }: NumberCellProps) {
  const draft = useSignal<string | undefined>(undefined)
  const text = draft.value ?? showNumber(value, 4)
  const typed = draft.value === undefined ? value : readNumber(draft.value)
  const { least, most } = limits.value
  const valid = typed !== undefined && typed >= least && typed <= most
  return (
    <input
      class="number-input"
      inputMode="decimal"
      autocomplete="off"
      aria-label={label}
      aria-invalid={!valid}
      title={valid ? undefined : slideMessages().notANumber}
      tabIndex={reached ? 0 : -1}
      value={text}
      style={{ '--length': text.length }}
      onFocus={(event) => event.currentTarget.select()}
      onInput={(event) => {
        draft.value = event.currentTarget.value
        refusedEntry.value = undefined
        const next = readNumber(event.currentTarget.value)
        if (next !== undefined && next >= least && next <= most) onChange(next)
      }}
      onBlur={() => {
        if (!valid && draft.peek() !== undefined)
          refusedEntry.value = { typed: draft.peek()!, kept: showNumber(value, 4) }
        draft.value = undefined
      }}
    />
  )
}
