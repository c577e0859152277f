// Something new for the network to read: a drawing, or a picture.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Pad } from '../drawing/pad.tsx'
import { drawingOf, type Stroke } from '../drawing/strokes.ts'
import { Tile } from '../drawing/tile.tsx'
import { Superseded } from '../engine/index.ts'
import { Lazy } from '../ui/lazy.tsx'
import { engine } from './engine.ts'
import { largestAt, percentText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { predictTask } from './task.ts'

const loadPicture = async () => (await import('./predict-picture.tsx')).PredictPicture

export function PredictPanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const drawing = useSignal<Uint8Array | undefined>(undefined)
  const strokes = useSignal<readonly Stroke[]>([])
  const chances = useSignal<Float32Array | undefined>(undefined)
  /** What the chances are of. */
  const read = useSignal<Uint8Array | undefined>(undefined)
  const opened = trainer.opened.value
  const step = trainer.seen.value?.step
  const given = drawing.value
  const form = opened?.form
  // As the network learns it reads the same drawing anew.
  useEffect(() => {
    if (given === undefined) {
      chances.value = undefined
      return
    }
    trainer
      .ask((run) => engine.ask('train-predict', predictTask, { run, drawing: given }))
      .then(
        (found) => {
          if (found === undefined) return
          chances.value = found
          read.value = given
        },
        (error: unknown) => {
          if (!(error instanceof Superseded)) throw error
        },
      )
  }, [given, step, opened])
  if (opened === undefined || form === undefined) return null
  const grey = form.channels === 1
  const fits = given === undefined || given.length === form.height * form.width * form.channels
  const found = fits ? chances.value : undefined
  const best = found === undefined ? -1 : largestAt(found)
  return (
    <section class="card predict" aria-labelledby="predict-title">
      <h2 id="predict-title">{words.predict}</h2>
      <p class="hint">{grey ? words.predictNote : words.predictPicture}</p>
      <div class="predict-parts">
        <div class="predict-input">
          {grey ? (
            <Pad
              label={words.pad}
              strokes={strokes.value}
              onChange={(next) => {
                strokes.value = next
                drawing.value = next.length === 0 ? undefined : drawingOf(next, form.width)
              }}
            />
          ) : (
            <Lazy
              load={loadPicture}
              props={{
                onPicture: (picture: Uint8Array) => {
                  drawing.value = picture
                },
              }}
            />
          )}
          <div class="bar">
            {grey && (
              <button
                type="button"
                onClick={() => {
                  strokes.value = []
                  drawing.value = undefined
                }}
              >
                {words.clear}
              </button>
            )}
            <button
              type="button"
              disabled={given === undefined || !fits}
              onClick={() => {
                if (given !== undefined) trainer.probe.value = given
              }}
            >
              {words.lookInside}
            </button>
          </div>
        </div>
        {given !== undefined && fits && (
          <Tile
            {...{ values: given, width: form.width, height: form.height, channels: form.channels, as: 'ink' }}
            class="probe-tile"
            label={words.input}
          />
        )}
        <div
          class="chances"
          role="status"
          aria-live="polite"
          aria-atomic="true"
          aria-busy={given !== undefined && read.value !== given}
        >
          <ul>
            {opened.classes.map((name, i) => {
              const chance = found?.[i] ?? 0
              return (
                <li key={name} class={i === best ? 'chance best' : 'chance'} data-class={name}>
                  <span class="chance-name">{name}</span>
                  <span class="chance-bar" aria-hidden="true">
                    <span style={{ '--chance': String(chance) }} />
                  </span>
                  <span class="chance-number">{found === undefined ? '' : percentText(chance)}</span>
                </li>
              )
            })}
          </ul>
        </div>
      </div>
    </section>
  )
}
