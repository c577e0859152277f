// All layers side by side: every column a layer, every square one of its maps.

/* biome-ignore-all lint/a11y/useSemanticElements: columns of squares are a grid to walk through, and no table */
/* biome-ignore-all lint/a11y/useFocusableInteractive: of a grid its cells take the focus */

import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { showNumber } from '../words/numbers.ts'
import { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { bytesOf } from './pixels.ts'
import { percent } from './source-panel.tsx'
import type { LayerFact, Overview, Thumbnails } from './task.ts'
import { zoomFrom } from './zoom.ts'

interface OverviewProps {
  readonly model: InsideModel
}

export function OverviewPanel({ model }: OverviewProps) {
  const words = insideMessages()
  const network = model.network.value
  const overview = model.overview.value
  const chosen = model.chosen.value
  const grid = useRef<HTMLDivElement>(null)
  /** Whether the keyboard is in the grid: then what is chosen takes the focus along. */
  const inGrid = useRef(false)
  useEffect(() => {
    const cell = grid.current?.querySelector<HTMLElement>('[aria-selected="true"]')
    if (cell === null || cell === undefined) return
    if (inGrid.current) cell.focus({ preventScroll: true })
    const scroller = cell.closest<HTMLElement>('.overview-scroll')
    if (scroller === null) return
    const [box, around] = [cell.getBoundingClientRect(), scroller.getBoundingClientRect()]
    if (box.left < around.left || box.right > around.right)
      scroller.scrollBy({ left: box.left - around.left - around.width / 2 })
  }, [chosen, overview])
  if (network === undefined || overview === undefined) return <p class="loading">{words.computing}</p>
  const { form, layers } = network
  const [at, channel] = (chosen ?? '0,0').split(',').map(Number)
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (by === undefined) return
    event.preventDefault()
    inGrid.current = true
    const layer = Math.min(Math.max(at + by[0], 0), layers.length - 1)
    const most = overview.thumbnails[layer].count
    model.set({
      layer,
      channel: Math.min(Math.max(Math.min(channel, layers[layer].channels - 1) + by[1], 0), most - 1),
    })
  }
  return (
    <section class="card overview" aria-labelledby="overview">
      <h2 id="overview">{words.overview}</h2>
      <p class="note">{words.overviewNote}</p>
      <div class="overview-scroll">
        <div class="overview-columns">
          <div class="column">
            <p class="column-head">
              <strong>{words.input}</strong>
              <span>
                {form.height} × {form.width}
              </span>
            </p>
            <Tile
              {...{ values: bytesOf(overview.pixels), width: form.width, height: form.height, as: 'ink' }}
              channels={form.channels === 3 ? 3 : 1}
              class="picture-tile"
            />
          </div>
          <div
            ref={grid}
            class="overview-grid"
            role="grid"
            tabIndex={-1}
            aria-label={words.overviewLabel}
            onKeyDown={move}
            onFocusOut={() => {
              inGrid.current = false
            }}
          >
            {layers.map((layer, i) => (
              <Column
                key={`${network.key} ${i}`}
                {...{ model, layer, index: i, thumbnails: overview.thumbnails[i] }}
                chosen={i === at ? channel : -1}
              />
            ))}
          </div>
          <Chances model={model} overview={overview} />
        </div>
      </div>
    </section>
  )
}

interface ColumnProps {
  readonly model: InsideModel
  readonly layer: LayerFact
  readonly index: number
  readonly thumbnails: Thumbnails
  /** The map that is looked at; −1 where it is in another layer. */
  readonly chosen: number
}

function Column({ model, layer, index, thumbnails, chosen }: ColumnProps) {
  const words = insideMessages()
  const row = useRef<HTMLDivElement>(null)
  // Squares are painted when they come near the window: a large network has thousands.
  const near = useSignal(false)
  useEffect(() => {
    if (row.current === null) return
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) near.value = true
      },
      { rootMargin: '1200px 200px' },
    )
    watcher.observe(row.current)
    return () => watcher.disconnect()
  }, [near])
  const painted = near.value
  return useMemo(() => {
    const { count, height, width, values, largest } = thumbnails
    const flat = layer.height * layer.width === 1
    const size = height * width
    const operator = words.operators[layer.operator] ?? layer.operator
    const nameOf = flat ? words.numberName : words.mapName
    return (
      <div ref={row} role="row" class={flat ? 'column flat' : 'column'} data-layer={index}>
        <div role="rowheader" class="column-head">
          <strong title={layer.name}>{layer.name}</strong>
          <span>{operator}</span>
          <span>{flat ? layer.channels : `${layer.height} × ${layer.width} × ${layer.channels}`}</span>
        </div>
        <div role="presentation" class="column-maps" data-many={count > 8 ? '' : undefined}>
          {Array.from({ length: painted || chosen >= 0 ? count : 0 }, (_, c) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: arrow keys choose, in the grid
            <div
              key={c}
              role="gridcell"
              class="map-cell"
              tabIndex={c === chosen ? 0 : -1}
              aria-selected={c === chosen}
              aria-label={nameOf(layer.name, c + 1, layer.channels)}
              onClick={(event) => {
                zoomFrom(event.currentTarget)
                model.set({ layer: index, channel: c })
              }}
            >
              {painted && (
                <Tile {...{ values: values.subarray(c * size, (c + 1) * size), width, height, as: 'sign', largest }} />
              )}
            </div>
          ))}
        </div>
        {count < layer.channels && (
          <div role="gridcell" class="hint">
            {words.more(layer.channels - count)}
          </div>
        )}
      </div>
    )
  }, [thumbnails, chosen, painted, words])
}

/** Classes that are listed. */
const mostClasses = 10

function Chances({ model, overview }: OverviewProps & { readonly overview: Overview }) {
  const words = insideMessages()
  const classes = model.network.value?.classes
  const { chances, scores } = overview
  if (classes === undefined || chances === undefined || scores === undefined) return null
  const all = Array.from({ length: chances.length }, (_, i) => i)
  const order = chances.length <= mostClasses ? all : all.sort((a, b) => chances[b] - chances[a]).slice(0, mostClasses)
  return (
    <div class="column chances-column">
      <p class="column-head">
        <strong>{words.class}</strong>
      </p>
      <ul class="inside-chances">
        {order.map((i) => (
          <li key={i} data-class={i} class={i === model.class.value ? 'on' : undefined}>
            <span class="chance-class">{classes[i]}</span>
            <span class="chance-track" aria-hidden="true">
              <span style={{ width: `${(100 * chances[i]).toFixed(1)}%` }} />
            </span>
            <span class="chance-share" title={showNumber(scores[i])}>
              {percent(chances[i])}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
