// What a map looks for: the patches that it answers to most strongly, and a picture made for it by gradient ascent.

import { Tile } from '../drawing/tile.tsx'
import { showNumber } from '../words/numbers.ts'
import { AscentCurve } from './curve.tsx'
import { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { bytesOf } from './pixels.ts'
import { bounds, mostSteps } from './state.ts'

export function ChannelPanel({ model }: { readonly model: InsideModel }) {
  const words = insideMessages()
  const network = model.network.value
  // Not at every place that is pointed at.
  const [at, channel] = (model.chosen.value ?? '').split(',').map(Number)
  const layer = network?.layers[at]
  if (network === undefined || layer === undefined) return null
  const name = (layer.height * layer.width === 1 ? words.numberName : words.mapName)(
    layer.name,
    channel + 1,
    layer.channels,
  )
  return (
    <section class="card inside-channel" aria-labelledby="channel">
      <h2 id="channel">{words.channel}</h2>
      <p class="note">{name}</p>
      <div class="channel-parts">
        <Patches model={model} />
        <Ascent model={model} />
      </div>
    </section>
  )
}

function Patches({ model }: { readonly model: InsideModel }) {
  const words = insideMessages()
  const found = model.patches.value
  const channels = model.network.value?.form.channels === 3 ? 3 : 1
  return (
    <div class="channel-part">
      <h3>{words.patches}</h3>
      {found?.kind !== 'done' ? (
        <p class="hint" role="status">
          {found === undefined ? words.computing : words.patchesRunning(found.done, found.of)}
        </p>
      ) : (
        <>
          <p class="hint">{words.patchesNote(found.of)}</p>
          <ul class="patches">
            {found.patches.map((patch) => (
              <li key={patch.picture}>
                <button
                  type="button"
                  class="patch"
                  aria-label={words.patchLabel(patch.picture + 1, showNumber(patch.value))}
                  onClick={() => {
                    model.own.value = undefined
                    model.strokes.value = []
                    model.ink.value = undefined
                    const { height, width } = model.looked.peek()!.layer
                    model.set({
                      picture: patch.picture,
                      place: [(patch.row + 0.5) / height, (patch.column + 0.5) / width],
                    })
                  }}
                >
                  <Tile
                    {...{
                      values: bytesOf(patch.pixels),
                      width: patch.width,
                      height: patch.height,
                      channels,
                      as: 'ink',
                    }}
                  />
                </button>
                <span class="patch-value">{showNumber(patch.value, 2)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

function Ascent({ model }: { readonly model: InsideModel }) {
  const words = insideMessages()
  const found = model.ascent.value
  const form = model.network.value!.form
  const running = model.climbing.value
  const done = found !== undefined && found.step >= mostSteps
  return (
    <div class="channel-part">
      <h3>{words.ascent}</h3>
      <p class="hint">{words.ascentNote}</p>
      <div class="ascent-row">
        {found !== undefined && (
          <Tile
            {...{ values: bytesOf(found.pixels), width: form.width, height: form.height, as: 'ink' }}
            channels={form.channels === 3 ? 3 : 1}
            class="ascent-tile"
            label={words.ascentLabel}
          />
        )}
        <div class="ascent-words">
          {found !== undefined && (
            <>
              <p class="hint" data-name="ascent-step">
                {words.ascentStep(found.step, mostSteps)}
              </p>
              <AscentCurve answers={found.answers} steps={mostSteps} label={words.ascentCurve} />
              {found.answers.length > 1 && (
                <p class="hint" data-name="ascent">
                  {words.ascentFrom(
                    showNumber(found.answers[0], 2),
                    showNumber(found.answers[found.answers.length - 1], 2),
                  )}
                </p>
              )}
              {found.flat && <p role="status">{words.ascentFlat}</p>}
            </>
          )}
          <div class="bar">
            <button type="button" disabled={done && !running} onClick={() => model.climb(!running)}>
              {running ? words.ascentStop : words.ascentStart}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => model.set({ seed: (model.state.peek().seed + 1) % (bounds.seed + 1) })}
            >
              {words.ascentOther}
            </button>
          </div>
        </div>
      </div>
    </div>
  )
}
