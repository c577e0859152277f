// What one output of the chosen layer sees: where it stands, its exact field on the picture, and the effective one.

import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { Stepper } from '../ui/fields.tsx'
import type { Pixels } from '../ui/pixels.ts'
import { beside, named } from '../words/phrases.ts'
import { noted } from '../words/sentences.ts'
import { drawEffective, drawExact, drawMap, frameOf, marginOf, seenMask } from './drawing.ts'
import { effectiveWords, exactWords } from './field-words.ts'
import { kindOf } from './layers.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import { bounds } from './state.ts'
import type { EffectiveAnswer, SeenAnswer } from './task.ts'

const arrows: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export function FieldsPanel({ model }: { readonly model: ShapesModel }) {
  const words = shapesMessages()
  const looked = model.looked.value
  const position = model.position.value
  const input = model.input.value
  if (looked === undefined || input === undefined || position === undefined)
    return (
      <section class="card fields" aria-labelledby="fields">
        <h2 id="fields">{words.fieldTitle}</h2>
        <p class="note">
          {model.dropped.value !== undefined && model.dropped.value.inputShape === undefined
            ? words.notPicture
            : words.noField}
        </p>
      </section>
    )
  const { layer, row } = looked
  const single = (row.positions ?? []).every((count) => count === 1)
  const name = words.layer(layer, row.label)
  const coloured = (model.dropped.value?.inputShape ?? model.state.value.network.inputShape)[2] === 3
  return (
    <section class="card fields" aria-labelledby="fields">
      <h2 id="fields">{words.fieldTitle}</h2>
      <p class="note" role="status">
        {single ? words.fieldAll(name) : words.fieldNote(name, position[0], position[1])}
      </p>
      <div class="field-figures">
        <MapFigure {...{ model, position }} positions={row.positions!} />
        <ExactFigure {...{ model, input, coloured }} seen={model.seen.value} />
        <EffectiveFigure {...{ input }} answer={model.effective.value} seen={model.seen.value} />
      </div>
      <div class="bar field-options">
        <Stepper
          label={noted(words.channel, words.channelHint)}
          value={Math.min(model.state.value.channel, row.channels)}
          least={0}
          most={row.channels}
          onChange={(channel) => {
            model.state.value = { ...model.state.peek(), channel }
          }}
        />
        {model.dropped.value === undefined ? (
          <>
            <button
              type="button"
              onClick={() => {
                const state = model.state.peek()
                model.state.value = { ...state, seed: (state.seed + 1) % (bounds.seed + 1) }
              }}
            >
              {words.otherWeights}
            </button>
            <p class="hint">{words.weightsNote(model.state.value.seed)}</p>
          </>
        ) : (
          <p class="hint">{words.modelWeights}</p>
        )}
      </div>
    </section>
  )
}

interface MapFigureProps {
  readonly model: ShapesModel
  readonly positions: readonly number[]
  readonly position: readonly [row: number, column: number]
}

function MapFigure({ model, positions: [rows, columns], position: [row, column] }: MapFigureProps) {
  const words = shapesMessages()
  const effective = model.effective.value
  const values = effective?.kind === 'done' ? effective.map : undefined
  const pixels = useMemo(() => drawMap(values, rows, columns), [values, rows, columns])
  const go = (wantedRow: number, wantedColumn: number): void => {
    const share = (at: number, count: number): number =>
      (Math.min(Math.max(Math.floor(at), 0), count - 1) + 0.5) / count
    model.state.value = { ...model.state.peek(), place: [share(wantedRow, rows), share(wantedColumn, columns)] }
  }
  const only = rows * columns === 1
  // A single output is no map: it is drawn as one small square.
  const longer = only ? 4 : Math.max(rows, columns)
  const inset = marginOf(1000, 1000) / (1000 + 2 * marginOf(1000, 1000))
  return (
    <figure class="field-figure">
      <figcaption>{words.map}</figcaption>
      <div class="field-stage" style={{ '--inset': `${100 * inset}%` }}>
        <button
          type="button"
          class="map-box"
          style={{ width: `${(100 * columns) / longer}%`, height: `${(100 * rows) / longer}%` }}
          aria-label={words.mapLabel(rows, columns, row, column)}
          onClick={(event) => {
            // A click by keyboard has no place of its own.
            if (event.detail === 0) return
            const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
            go(((event.clientY - top) / height) * rows, ((event.clientX - left) / width) * columns)
          }}
          onKeyDown={(event) => {
            const arrow = arrows[event.key]
            if (arrow === undefined) return
            event.preventDefault()
            const step = event.shiftKey ? 10 : 1
            go(row + arrow[0] * step, column + arrow[1] * step)
          }}
        >
          <PixelCanvas pixels={pixels} />
          <span
            class="map-mark"
            aria-hidden="true"
            style={{
              left: `${(100 * (column + 0.5)) / columns}%`,
              top: `${(100 * (row + 0.5)) / rows}%`,
              width: `max(0.75rem, ${100 / columns}%)`,
              height: `max(0.75rem, ${100 / rows}%)`,
            }}
          />
        </button>
      </div>
      <p class="hint">{only ? words.mapSingle : words.mapNote(rows, columns)}</p>
    </figure>
  )
}

interface StageProps {
  readonly pixels: Pixels
  readonly label: string
  readonly seen: SeenAnswer | undefined
  readonly children?: ComponentChildren
}

/** A picture with room around it for padding, and the frame of what is seen. */
function FieldStage({ pixels, label, seen, children }: StageProps) {
  const { width, height } = pixels
  const margin = marginOf(width, height)
  const side = Math.max(width, height) + 2 * margin
  const [left, top] = [(side - width) / 2, (side - height) / 2]
  const frame = seen === undefined ? undefined : frameOf(seen.parts, width, height)
  return (
    <div class="field-stage">
      <div
        class="field-picture"
        style={{
          left: `${(100 * left) / side}%`,
          top: `${(100 * top) / side}%`,
          width: `${(100 * width) / side}%`,
          height: `${(100 * height) / side}%`,
        }}
      >
        <PixelCanvas pixels={pixels} label={label} />
      </div>
      {frame !== undefined && (
        <span
          class="field-frame"
          aria-hidden="true"
          style={{
            left: `${(100 * (left + frame.columns[0])) / side}%`,
            top: `${(100 * (top + frame.rows[0])) / side}%`,
            width: `${(100 * (frame.columns[1] - frame.columns[0] + 1)) / side}%`,
            height: `${(100 * (frame.rows[1] - frame.rows[0] + 1)) / side}%`,
          }}
        />
      )}
      {children}
    </div>
  )
}

interface ExactFigureProps {
  readonly model: ShapesModel
  readonly input: Pixels
  readonly coloured: boolean
  readonly seen: SeenAnswer | undefined
}

function ExactFigure({ model, input, coloured, seen }: ExactFigureProps) {
  const words = shapesMessages()
  const { width, height } = input
  const mask = useMemo(
    () => (seen === undefined ? undefined : seenMask(seen.parts, width, height)),
    [seen, width, height],
  )
  const pixels = useMemo(() => (mask === undefined ? input : drawExact(input, mask, coloured)), [input, mask, coloured])
  const lines = seen === undefined || mask === undefined ? [words.computing] : exactWords(words, seen, mask, input)
  const { layers } = model.state.value.network
  const statistics =
    model.dropped.value === undefined &&
    layers
      .slice(0, (model.looked.value?.layer ?? 0) + 1)
      .some(
        (layer) => kindOf(layer) === 'normalisation' && 'name' in layer && (layer.name === 'gn' || layer.name === 'in'),
      )
  return (
    <figure class="field-figure" data-field="exact">
      <figcaption>{words.exact}</figcaption>
      <FieldStage {...{ pixels, seen }} label={named(words.exact, beside(lines))} />
      {lines.map((line) => (
        <p class="hint" key={line}>
          {line}
        </p>
      ))}
      {statistics && <p class="hint">{words.statistics}</p>}
    </figure>
  )
}

interface EffectiveFigureProps {
  readonly input: Pixels
  readonly answer: EffectiveAnswer | undefined
  readonly seen: SeenAnswer | undefined
}

function EffectiveFigure({ input, answer, seen }: EffectiveFigureProps) {
  const words = shapesMessages()
  const fits = answer?.kind === 'done' && answer.magnitudes.length === input.width * input.height
  const pixels = useMemo(
    () =>
      fits
        ? drawEffective(input, answer.magnitudes, answer.largest)
        : drawEffective(input, new Float32Array(input.width * input.height), 0),
    [input, answer, fits],
  )
  const lines =
    answer === undefined || (answer.kind === 'done' && !fits) ? [words.computing] : effectiveWords(words, answer)
  return (
    <figure class="field-figure" data-field="effective">
      <figcaption>{words.effective}</figcaption>
      <FieldStage {...{ pixels, seen }} label={named(words.effective, lines.join(' '))} />
      {lines.map((line) => (
        <p class="hint" key={line}>
          {line}
        </p>
      ))}
    </figure>
  )
}
