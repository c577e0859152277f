// Where the network saw a class: Grad-CAM and occlusion, over the picture.

import { useId, useMemo } from 'preact/hooks'
import { PixelCanvas } from '../pictures/canvas.tsx'
import { Choice, Select } from '../ui/fields.tsx'
import { showNumber } from '../words/numbers.ts'
import { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { drawOver } from './pixels.ts'
import { percent } from './source-panel.tsx'
import { patchShares, patchSide } from './state.ts'
import type { MapValues, OcclusionAnswer } from './task.ts'

interface PanelProps {
  readonly model: InsideModel
}

export function WhyPanel({ model }: PanelProps) {
  const words = insideMessages()
  const id = useId()
  const network = model.network.value
  const overview = model.overview.value
  if (network === undefined || overview === undefined) return null
  const { classes } = network
  const wanted = model.class.value
  if (classes === undefined || wanted === undefined || overview.chances === undefined)
    return (
      <section class="card inside-why" aria-labelledby="why">
        <h2 id="why">{words.why}</h2>
        <p class="note">{words.whyNone}</p>
      </section>
    )
  const chances = overview.chances
  const best = chances.reduce((a, value, i) => (value > chances[a] ? i : a), 0)
  const { opacity } = model.state.value
  return (
    <section class="card inside-why" aria-labelledby="why">
      <h2 id="why">{words.why}</h2>
      <div class="bar why-choice">
        <Select
          label={words.class}
          value={model.state.value.class === undefined ? 'best' : String(wanted)}
          options={[
            ['best', words.likeliest(classes[best])],
            ...listed(chances, wanted).map((i) => [String(i), `${classes[i]} · ${percent(chances[i])}`] as const),
          ]}
          onChange={(chosen) => model.set({ class: chosen === 'best' ? undefined : Number(chosen) })}
        />
        <div class="opacity">
          <label for={id}>{words.opacity}</label>
          <input
            id={id}
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={opacity}
            onInput={(event) => model.set({ opacity: event.currentTarget.valueAsNumber })}
          />
        </div>
      </div>
      <div class="why-figures">
        <Cam {...{ model, name: classes[wanted] }} />
        <Occlusion {...{ model, name: classes[wanted] }} />
      </div>
    </section>
  )
}

/** Classes that can be chosen among. */
const mostListed = 40

/** All classes in their order; of many, the likeliest, and the one that is chosen. */
function listed(chances: Float32Array, wanted: number): number[] {
  const all = Array.from({ length: chances.length }, (_, i) => i)
  if (all.length <= mostListed) return all
  const best = all.sort((a, b) => chances[b] - chances[a]).slice(0, mostListed)
  return best.includes(wanted) ? best : [wanted, ...best]
}

function Over({ model, map, label }: PanelProps & { readonly map: MapValues | undefined; readonly label: string }) {
  const { form } = model.network.value!
  const { pixels } = model.overview.value!
  const { opacity } = model.state.value
  const drawn = useMemo(() => drawOver({ ...form, values: pixels }, map, opacity), [form, pixels, map, opacity])
  return (
    <div class="over-picture" style={{ aspectRatio: `${form.width} / ${form.height}` }}>
      <PixelCanvas pixels={drawn} label={label} />
    </div>
  )
}

function Cam({ model, name }: PanelProps & { readonly name: string }) {
  const words = insideMessages()
  const { layers } = model.network.value!
  const at = model.camLayer.value
  const found = model.cam.value
  const fits = found !== undefined && found.class === model.class.value && found.layer === at
  if (at === undefined) return null
  return (
    <figure class="why-figure" data-name="cam">
      <figcaption>{words.cam}</figcaption>
      <Over model={model} map={fits ? found.spread : undefined} label={words.camLabel(name, layers[at].name)} />
      <div class="why-words">
        <Select
          label={words.camLayer}
          value={String(at)}
          options={layers.flatMap((layer, i) =>
            layer.height * layer.width > 1
              ? [[String(i), `${layer.name} · ${layer.height} × ${layer.width}`] as const]
              : [],
          )}
          onChange={(chosen) => model.set({ camLayer: Number(chosen) })}
        />
        {fits && found.values.every((value) => value === 0) && <p role="status">{words.camEmpty}</p>}
        <p class="hint">{words.camNote}</p>
      </div>
    </figure>
  )
}

function Occlusion({ model, name }: PanelProps & { readonly name: string }) {
  const words = insideMessages()
  const { form } = model.network.value!
  const found = model.occlusion.value
  const running = model.covering.value
  const done = found !== undefined && found.done >= found.of
  return (
    <figure class="why-figure" data-name="occlusion">
      <figcaption>{words.occlusion}</figcaption>
      <Over model={model} map={found} label={words.occlusionLabel(name)} />
      <div class="why-words">
        <Choice
          label={words.patch}
          value={String(model.state.value.patch)}
          options={patchShares.map((share) => [
            String(share),
            words.patchSizes(patchSide(share, form.height, form.width)),
          ])}
          onChange={(patch) => model.set({ patch: Number(patch) })}
        />
        <div class="bar">
          {!done && (
            <button type="button" onClick={() => model.cover(!running)}>
              {running ? words.occlusionStop : words.occlusionStart}
            </button>
          )}
          {found !== undefined && (
            <p class="hint" role="status" data-name="occlusion-words">
              {done ? strongest(words, found) : words.occlusionRunning(found.done, found.of)}
            </p>
          )}
        </div>
        <p class="hint">{words.occlusionNote}</p>
      </div>
    </figure>
  )
}

function strongest(words: ReturnType<typeof insideMessages>, { values, width, stride }: OcclusionAnswer): string {
  const best = values.reduce((a, value, i) => (value > values[a] ? i : a), 0)
  if (!(values[best] > 0)) return words.occlusionNever
  const middle = (at: number): number => at * stride + Math.floor(stride / 2) + 1
  return words.occlusionDone(showNumber(values[best]), middle(Math.floor(best / width)), middle(best % width))
}
