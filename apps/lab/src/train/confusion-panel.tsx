// Which class is read as which, and the pictures behind each number.

// biome-ignore-all lint/a11y/useSemanticElements: a table is no grid of cells that arrows walk
// biome-ignore-all lint/a11y/useFocusableInteractive: the buttons in the cells take the focus

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { onGridKey } from '../slide/grid-keys.ts'
import { within } from '../words/phrases.ts'
import { sentences } from '../words/sentences.ts'
import { engine } from './engine.ts'
import { percentText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { type BytePictures, picturesTask } from './task.ts'

const mostShown = 24

type Cell = readonly [actual: number, predicted: number]

export function ConfusionPanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const chosen = useSignal<Cell | undefined>(undefined)
  const measured = trainer.measured.value
  const opened = trainer.opened.value
  if (measured === undefined || opened === undefined) return null
  const { classes } = opened
  const { confusion } = measured
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0))
  const shown = chosen.value ?? worstCell(confusion)
  const [actual, predicted] = shown
  if (actual >= classes.length || predicted >= classes.length) return null
  return (
    <section class="card confusion" aria-labelledby="mistakes-title">
      <h2 id="mistakes-title">{words.mistakes}</h2>
      <p class="hint">{sentences([words.after(measured.step), words.mistakesNote])}</p>
      <div class="confusion-parts">
        <div class="matrix-scroll">
          <div
            class="matrix"
            role="grid"
            aria-label={words.mistakes}
            style={{ '--columns': String(classes.length) }}
            onKeyDown={onGridKey}
          >
            <div role="row">
              <span role="columnheader">
                <span class="unseen">{words.actual}</span>
              </span>
              {classes.map((name) => (
                <span key={name} role="columnheader" class="matrix-name" title={name}>
                  {name}
                </span>
              ))}
            </div>
            {confusion.map((row, i) => (
              <div key={classes[i]} role="row">
                <span role="rowheader" class="matrix-name" title={classes[i]}>
                  {classes[i]}
                </span>
                {row.map((count, j) => (
                  <span key={j} role="gridcell" data-row={i} data-column={j}>
                    <MatrixCell
                      {...{ count, share: count / Math.max(totals[i], 1), right: i === j }}
                      label={words.cell(classes[i], classes[j], count)}
                      pressed={i === actual && j === predicted}
                      onChoose={() => {
                        chosen.value = [i, j]
                      }}
                    />
                  </span>
                ))}
              </div>
            ))}
          </div>
        </div>
        <CellPictures trainer={trainer} cell={shown} />
      </div>
    </section>
  )
}

/** The most frequent mistake; the first class where there is none. */
function worstCell(confusion: readonly (readonly number[])[]): Cell {
  let [worst, most]: [Cell, number] = [[0, 0], 0]
  confusion.forEach((row, i) => {
    row.forEach((count, j) => {
      if (i !== j && count > most) [worst, most] = [[i, j], count]
    })
  })
  return worst
}

interface MatrixCellProps {
  readonly count: number
  readonly share: number
  readonly right: boolean
  readonly label: string
  readonly pressed: boolean
  readonly onChoose: () => void
}

function MatrixCell({ count, share, right, label, pressed, onChoose }: MatrixCellProps) {
  return (
    <button
      type="button"
      class={right ? 'right' : 'wrong'}
      style={{ '--strength': String(count === 0 ? 0 : Math.sqrt(share)) }}
      aria-label={label}
      aria-pressed={pressed}
      tabIndex={pressed ? 0 : -1}
      onClick={onChoose}
    >
      {count === 0 ? '·' : count}
    </button>
  )
}

function CellPictures({ trainer, cell }: { readonly trainer: Trainer; readonly cell: Cell }) {
  const words = trainMessages()
  const pictures = useSignal<BytePictures | undefined>(undefined)
  const measured = trainer.measured.value!
  const { classes, form } = trainer.opened.value!
  const [actual, predicted] = cell
  // The surest first: of mistakes the worst.
  const inside = measured.judged
    .filter((one) => one.label === actual && one.predicted === predicted)
    .sort((a, b) => b.chance - a.chance)
  const shown = inside.slice(0, mostShown)
  const indices = shown.map(({ index }) => index)
  const key = indices.join()
  useEffect(() => {
    let left = false
    void trainer
      .ask((run) => engine.ask('train-pictures', picturesTask, { run, part: 'test', indices }))
      .then((found) => {
        if (!left && found !== undefined) pictures.value = found
      })
    return () => {
      left = true
    }
  }, [key, trainer.opened.value])
  const found = pictures.value
  const fits = found !== undefined && found.pictures.length === shown.length
  return (
    <div class="cell-pictures" data-cell={`${actual},${predicted}`}>
      <h3>{words.cellTitle(classes[actual], classes[predicted], inside.length)}</h3>
      {inside.length === 0 && <p class="hint">{words.cellEmpty}</p>}
      {fits && (
        <ul class="tiles picture-tiles">
          {shown.map(({ index, chance }, i) => (
            <li key={index}>
              <button
                type="button"
                class="tile-button"
                aria-label={within(classes[actual], words.sure(percentText(chance)), words.lookInside)}
                title={words.lookInside}
                onClick={() => {
                  trainer.probe.value = index
                }}
              >
                <Tile
                  {...{ values: found.pictures[i], width: form.width, height: form.height, channels: form.channels }}
                  as="ink"
                />
              </button>
              <span class="tile-note">{percentText(chance)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
