// An own kernel: cells to paint.

import { useSignal } from '@preact/signals'
import type { TargetedPointerEvent } from 'preact'
import { useId } from 'preact/hooks'
import { Group } from '../ui/fields.tsx'
import { largestIn, strengthOf } from '../ui/tint.ts'
import { readNumber, showNumber } from '../words/numbers.ts'
import { sentences } from '../words/sentences.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { mostOwnSide, resized, sumOf } from './state.ts'

const arrows: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/** Cells of kernels up to this side show their numbers. */
const numberedSide = 7

export function KernelEditor({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const id = useId()
  const brush = useSignal('1')
  const reached = useSignal<readonly [number, number]>([0, 0])
  const { own } = model.state.value
  const side = own.length
  const largest = largestIn(own.flat())
  const value = readNumber(brush.value)
  const set = (rows: readonly (readonly number[])[]): void => {
    model.state.value = { ...model.state.peek(), own: rows }
  }
  const paint = (row: number, column: number): void => {
    const { own: now } = model.state.peek()
    if (value === undefined || now[row]?.[column] === undefined || now[row][column] === value) return
    set(now.map((line, i) => (i === row ? line.with(column, value) : line)))
  }
  const paintAt = ({ clientX, clientY }: { clientX: number; clientY: number }): void => {
    const cell = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-paint]')
    if (cell !== null && cell !== undefined) paint(Number(cell.dataset['row']), Number(cell.dataset['column']))
  }
  const start = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return
    paintAt(event)
    const move = (next: PointerEvent): void => paintAt(next)
    const end = (): void => {
      removeEventListener('pointermove', move)
      removeEventListener('pointerup', end)
      removeEventListener('pointercancel', end)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', end)
    addEventListener('pointercancel', end)
  }
  const total = sumOf(own)
  return (
    <Group title={words.ownTitle}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table does not wrap its cells to squares */}
      <div
        class="paint"
        role="grid"
        tabIndex={-1}
        aria-label={words.ownTitle}
        style={{ '--columns': side }}
        onPointerDown={start}
        onKeyDown={(event) => {
          const arrow = arrows[event.key]
          if (arrow === undefined) return
          event.preventDefault()
          const clamp = (at: number): number => Math.min(Math.max(at, 0), side - 1)
          const [row, column] = [clamp(reached.value[0] + arrow[0]), clamp(reached.value[1] + arrow[1])]
          reached.value = [row, column]
          event.currentTarget.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`)?.focus()
        }}
      >
        {own.map((line, row) => (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: cells take the focus
          <div role="row" class="grid-row" key={row}>
            {line.map((number, column) => (
              // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above
              <div role="gridcell" key={column}>
                <button
                  type="button"
                  data-paint
                  data-row={row}
                  data-column={column}
                  class={number < 0 ? 'negative' : 'positive'}
                  style={{ '--strength': Math.abs(strengthOf(number, largest)).toFixed(3) }}
                  tabIndex={
                    row === Math.min(reached.value[0], side - 1) && column === Math.min(reached.value[1], side - 1)
                      ? 0
                      : -1
                  }
                  aria-label={words.paintCell(row, column, showNumber(number))}
                  onFocus={() => {
                    reached.value = [row, column]
                  }}
                  onClick={() => paint(row, column)}
                >
                  {side <= numberedSide ? showNumber(number, 2) : ''}
                </button>
              </div>
            ))}
          </div>
        ))}
      </div>
      <p class="hint">{sentences([words.ownHint, words.sum(showNumber(total))])}</p>
      <div class="pair">
        <div class="parameter">
          <label for={`${id}-side`}>{words.parameterValue(words.side, `${side} × ${side}`)}</label>
          <input
            id={`${id}-side`}
            type="range"
            min={1}
            max={mostOwnSide}
            step={1}
            value={side}
            onInput={(event) => set(resized(own, event.currentTarget.valueAsNumber))}
          />
        </div>
        <div class="parameter">
          <label for={`${id}-brush`}>{words.brush}</label>
          <input
            id={`${id}-brush`}
            class="text-field"
            inputMode="decimal"
            autocomplete="off"
            value={brush.value}
            aria-invalid={value === undefined}
            onInput={(event) => {
              brush.value = event.currentTarget.value
            }}
          />
        </div>
      </div>
      <div class="bar">
        <button type="button" onClick={() => set(own.map((line) => line.map(() => 0)))}>
          {words.fillZero}
        </button>
        <button
          type="button"
          disabled={Math.abs(total) < 1e-9 || Math.abs(total - 1) < 1e-9}
          onClick={() => set(own.map((line) => line.map((number) => number / total)))}
        >
          {words.normalize}
        </button>
      </div>
    </Group>
  )
}
