// Filters of the first layer, and what becomes of one picture, as they change.

import { mapOf } from 'convoke-workbench'
import { Tile } from '../drawing/tile.tsx'
import { FilterTile } from './filter-tile.tsx'
import { largestAt, percentText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'

const [mostFilters, mostMaps] = [32, 16]

export function InsidePanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const seen = trainer.seen.value
  const opened = trainer.opened.value
  if (seen === undefined || opened === undefined) return null
  const { filters, maps, chances, probe } = seen
  const { form, classes } = opened
  const best = largestAt(chances)
  const other = (): void => {
    const { value } = trainer.probe
    trainer.probe.value = typeof value === 'number' ? (value + 1) % opened.counts.test : 0
  }
  return (
    <section class="card inside" aria-labelledby="inside-title">
      <h2 id="inside-title">{words.inside}</h2>
      {filters !== undefined && (
        <div class="inside-part">
          <h3>{words.filters}</h3>
          <p class="hint">{words.filtersNote}</p>
          <ul class="tiles filters-tiles">
            {Array.from({ length: Math.min(filters.shape[3], mostFilters) }, (_, i) => (
              <li key={i}>
                <FilterTile filters={filters} index={i} label={words.filter(i)} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="inside-part">
        <h3>{words.maps}</h3>
        <div class="probe-row">
          <Tile
            {...{ values: probe, width: form.width, height: form.height, channels: form.channels, as: 'ink' }}
            class="probe-tile"
            label={words.input}
          />
          <div class="probe-words">
            <p data-fact="probe">{words.readAs(classes[best], percentText(chances[best]))}</p>
            <button type="button" onClick={other}>
              {words.otherPicture}
            </button>
          </div>
        </div>
        {maps.map((layer, at) => (
          <div key={at} class="map-layer">
            <p class="hint">{words.mapTitle(at, maps.length, layer.shape[1], layer.shape[0], layer.shape[2])}</p>
            <ul class="tiles map-tiles">
              {Array.from({ length: Math.min(layer.shape[2], mostMaps) }, (_, i) => (
                <li key={i}>
                  <Tile
                    {...{ values: mapOf(layer, i), width: layer.shape[1], height: layer.shape[0], as: 'sign' }}
                    label={words.map(i)}
                  />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  )
}
