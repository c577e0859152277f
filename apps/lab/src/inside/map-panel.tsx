// One map, large, and one number of it: where it stands, what it sees, and the arithmetic that made it.

import { useEffect, useRef } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { Select, Stepper } from '../ui/fields.tsx'
import { showNumber } from '../words/numbers.ts'
import { sentences } from '../words/sentences.ts'
import { ArithmeticPanel } from './arithmetic-panel.tsx'
import { frameEnds, Mark } from './mark.tsx'
import { insideMessages } from './messages.ts'
import type { InsideModel, Looked } from './model.ts'
import { bytesOf } from './pixels.ts'
import { placeOf } from './state.ts'
import type { Frame, PlaceAnswer } from './task.ts'
import { zoomTo } from './zoom.ts'

interface PanelProps {
  readonly model: InsideModel
}

const arrows: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export function MapPanel({ model }: PanelProps) {
  const words = insideMessages()
  const looked = model.looked.value
  const place = model.place.value
  const layers = model.network.value?.layers ?? []
  if (looked === undefined) return null
  const { at, layer, channel, row, column } = looked
  const fits = place !== undefined && place.height === layer.height && place.width === layer.width
  const flat = layer.height * layer.width === 1
  const value = fits ? showNumber(place.value) : '…'
  const seen = ({ sees }: PlaceAnswer): string =>
    sees === undefined ? words.seesAll : words.seesPart(span(sees.rows), span(sees.columns))
  return (
    <section class="card inside-map" aria-labelledby="one-map">
      <h2 id="one-map">
        {flat
          ? words.numberName(layer.name, channel + 1, layer.channels)
          : words.mapTitle(layer.name, channel + 1, layer.channels)}
      </h2>
      <div class="bar map-choice">
        <Select
          label={words.layer}
          value={String(at)}
          options={layers.map(({ name, operator }, i) => [
            String(i),
            `${name} · ${words.operators[operator] ?? operator}`,
          ])}
          onChange={(wanted) => model.set({ layer: Number(wanted) })}
        />
        <Stepper
          label={flat ? words.unitNumber : words.mapNumber}
          value={channel + 1}
          least={1}
          most={layer.channels}
          onChange={(wanted) => model.set({ channel: wanted - 1 })}
        />
      </div>
      <p role="status" data-name="value">
        {sentences([
          flat ? words.unitIs(channel + 1, value) : words.valueIs(words.place(row + 1, column + 1), value),
          ...(fits ? [seen(place)] : []),
        ])}
      </p>
      <div class="map-layout">
        <div class="map-figures">
          {!flat && fits && <LargeMap {...{ model, looked, place }} />}
          <SeenFigure model={model} sees={fits ? place.sees : undefined} />
        </div>
        {fits && <ArithmeticPanel {...{ model, looked, place }} />}
      </div>
    </section>
  )
}

/** From the first to the last that is seen. */
const span = (positions: readonly number[]): number => positions[positions.length - 1] - positions[0] + 1

interface LargeMapProps extends PanelProps {
  readonly looked: Looked
  readonly place: PlaceAnswer
}

function LargeMap({ model, looked, place }: LargeMapProps) {
  const words = insideMessages()
  const { layer, row, column } = looked
  const { height, width } = layer
  const box = useRef<HTMLButtonElement>(null)
  const chosen = model.chosen.value
  useEffect(() => zoomTo(box.current), [chosen])
  const go = (wantedRow: number, wantedColumn: number): void => {
    model.pointed.value = undefined
    model.set({ place: placeOf(Math.floor(wantedRow), Math.floor(wantedColumn), height, width) })
  }
  const placeAt = (event: MouseEvent & { readonly currentTarget: HTMLElement }): readonly [number, number] => {
    const { left, top, width: w, height: h } = event.currentTarget.getBoundingClientRect()
    return [((event.clientY - top) / h) * height, ((event.clientX - left) / w) * width]
  }
  return (
    <figure class="map-figure">
      <figcaption>{words.map}</figcaption>
      <button
        ref={box}
        type="button"
        class="map-large"
        style={{ aspectRatio: `${width} / ${height}` }}
        aria-label={words.mapLabel(height, width, row + 1, column + 1, showNumber(place.value))}
        onPointerMove={(event) => {
          if (event.pointerType !== 'mouse') return
          const [y, x] = placeAt(event)
          model.pointed.value = placeOf(Math.floor(y), Math.floor(x), height, width)
        }}
        onPointerLeave={() => {
          model.pointed.value = undefined
        }}
        onClick={(event) => {
          // A click by keyboard has no place of its own.
          if (event.detail === 0) return
          const [y, x] = placeAt(event)
          go(y, x)
        }}
        onKeyDown={(event) => {
          const arrow = arrows[event.key]
          if (arrow === undefined) return
          event.preventDefault()
          const step = event.shiftKey ? 10 : 1
          go(row + arrow[0] * step, column + arrow[1] * step)
        }}
      >
        <Tile {...{ values: place.values, width, height, as: 'sign' }} />
        <Mark {...{ height, width }} rows={[row, row]} columns={[column, column]} />
      </button>
      <p class="hint">{words.mapHint}</p>
    </figure>
  )
}

function SeenFigure({ model, sees }: PanelProps & { readonly sees: Frame | undefined }) {
  const words = insideMessages()
  const form = model.network.value?.form
  const pixels = model.overview.value?.pixels
  if (form === undefined || pixels === undefined) return null
  const { height, width } = form
  return (
    <figure class="map-figure">
      <figcaption>{words.onPicture}</figcaption>
      <div class="seen-picture" style={{ aspectRatio: `${width} / ${height}` }}>
        <Tile
          {...{ values: bytesOf(pixels), width, height, as: 'ink', label: words.onPicture }}
          channels={form.channels === 3 ? 3 : 1}
        />
        {sees !== undefined && <Mark height={height} width={width} {...frameEnds(sees)} />}
      </div>
    </figure>
  )
}
