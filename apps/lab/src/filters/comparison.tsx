// The picture before and after, with a wipe between them and a pixel that is looked at.

import { useId, useRef } from 'preact/hooks'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { sentences } from '../words/sentences.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'

const arrows: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export function Comparison({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const id = useId()
  const box = useRef<HTMLButtonElement>(null)
  const state = model.state.value
  const picture = model.picture.value
  const answer = model.answer.value
  const { width, height } = picture
  const percent = Math.round(100 * state.wipe)
  const [row, column] = [Math.min(state.pixel[0], height - 1), Math.min(state.pixel[1], width - 1)]
  const look = (wantedRow: number, wantedColumn: number): void => {
    const clamp = (value: number, count: number): number => Math.min(Math.max(Math.floor(value), 0), count - 1)
    model.state.value = { ...model.state.peek(), pixel: [clamp(wantedRow, height), clamp(wantedColumn, width)] }
  }
  return (
    <div class="comparison">
      <div class="picture-frame" style={{ '--wipe': `${percent}%` }}>
        <button
          type="button"
          class="picture-box"
          ref={box}
          aria-label={sentences([words.pictureLabel, words.pixelAt(row, column)])}
          style={{ aspectRatio: `${width} / ${height}` }}
          onClick={(event) => {
            // A click by keyboard has no place of its own.
            if (event.detail === 0) return
            const { left, top, width: w, height: h } = event.currentTarget.getBoundingClientRect()
            look(((event.clientY - top) / h) * height, ((event.clientX - left) / w) * width)
          }}
          onKeyDown={(event) => {
            const arrow = arrows[event.key]
            if (arrow === undefined) return
            event.preventDefault()
            const step = event.shiftKey ? 10 : 1
            look(row + arrow[0] * step, column + arrow[1] * step)
          }}
        >
          <PixelCanvas pixels={picture} class="before" />
          <PixelCanvas pixels={answer?.result} class="after" />
          <span class="wipe-line" aria-hidden="true" />
          <span
            class="pixel-mark"
            aria-hidden="true"
            style={{ left: `${(100 * (column + 0.5)) / width}%`, top: `${(100 * (row + 0.5)) / height}%` }}
          />
        </button>
        <span class="tag tag-before">{words.before}</span>
        <span class="tag tag-after">{words.after}</span>
      </div>
      <div class="wipe">
        <label for={id} class="unseen">
          {words.wipe}
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={100}
          value={percent}
          aria-valuetext={words.wipeValue(percent)}
          onInput={(event) => {
            model.state.value = { ...model.state.peek(), wipe: event.currentTarget.valueAsNumber / 100 }
          }}
        />
      </div>
    </div>
  )
}
