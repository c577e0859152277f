// One's own test picture: painted, and what the networks find in it.

import { useSignal } from '@preact/signals'
import { Pad } from '../drawing/pad.tsx'
import { Choice } from '../ui/fields.tsx'
import { named } from '../words/phrases.ts'
import { MaskCanvas } from './mask-canvas.tsx'
import { segmentMessages } from './messages.ts'
import type { Segmenter } from './model.ts'
import {
  type ColourName,
  colourNames,
  colours,
  drawMarks,
  markOf,
  type PaintStroke,
  type Tool,
  tools,
} from './painting.ts'

/** Marks that a picture has room for. */
const mostMarks = 60

export function PaintPanel({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const tool = useSignal<Tool>('disc')
  const colour = useSignal<ColourName>('green')
  const strokes = model.strokes.value
  const opened = model.opened.value
  const seen = model.seen.value
  const set = (next: readonly PaintStroke[]): void => {
    model.strokes.value = next
  }
  const found = seen?.networks.map(({ painted }) => painted) ?? []
  return (
    <section class="card paint-panel" aria-labelledby="paint-title">
      <h2 id="paint-title">{words.paint}</h2>
      <p class="hint">{words.paintNote}</p>
      <Choice
        label={words.tool}
        hideLabel
        value={tool.value}
        options={tools.map((name) => [name, words.tools[name]] as const)}
        onChange={(name) => {
          tool.value = name
        }}
      />
      <Colours chosen={colour.value} onChange={(name) => (colour.value = name)} />
      <div class="paint-parts">
        <div class="paint-pad">
          <Pad
            label={words.pad}
            strokes={strokes.map(({ points }) => points)}
            draw={(context, side) => drawMarks(context, side, strokes.map(markOf))}
            onChange={(next) =>
              set(
                next.slice(0, mostMarks).map((points, i): PaintStroke => {
                  const { tool: own, colour: its } = strokes[i] ?? { tool: tool.value, colour: colour.value }
                  return { tool: own, colour: its, points }
                }),
              )
            }
          />
          <div class="bar">
            <button type="button" disabled={strokes.length === 0} onClick={() => set(strokes.slice(0, -1))}>
              {words.undo}
            </button>
            <button type="button" disabled={strokes.length === 0} onClick={() => set([])}>
              {words.clear}
            </button>
          </div>
        </div>
        {opened !== undefined && seen?.painting !== undefined && strokes.length > 0 && (
          <div class="paint-found">
            {opened.networks.map(({ skips }, i) => {
              const mask = found[i]?.mask
              if (mask === undefined || seen.painting === undefined) return null
              const title = opened.networks.length > 1 ? words.skipName(skips) : words.found
              const told = words.sharesOf(sharesIn(mask, opened.classes.length))
              return (
                <figure key={String(skips)} class="strip-cell" data-skips={skips}>
                  <MaskCanvas {...{ side: opened.side, pixels: seen.painting, mask }} label={named(title, told)} />
                  <figcaption>{named(title, told)}</figcaption>
                </figure>
              )
            })}
          </div>
        )}
      </div>
      <p class="hint">{words.padHint}</p>
    </section>
  )
}

/** The share of the picture that is found to be of each class. */
function sharesIn(mask: Uint8Array, classes: number): number[] {
  const counts = Array<number>(classes).fill(0)
  for (const label of mask) counts[label]++
  return counts.map((count) => count / mask.length)
}

interface ColoursProps {
  readonly chosen: ColourName
  readonly onChange: (name: ColourName) => void
}

function Colours({ chosen, onChange }: ColoursProps) {
  const words = segmentMessages()
  return (
    <fieldset class="choice colours">
      <legend class="unseen">{words.colour}</legend>
      <div class="choice-row">
        {colourNames.map((name) => (
          <label key={name} class={name === chosen ? 'chosen' : undefined} title={words.colours[name]}>
            <input
              type="radio"
              class="unseen"
              name="paint-colour"
              value={name}
              checked={name === chosen}
              aria-label={words.colours[name]}
              onChange={() => onChange(name)}
            />
            <span
              class="colour-dot"
              style={{ background: `rgb(${colours[name].map((value) => Math.round(255 * value)).join(' ')})` }}
            />
          </label>
        ))}
      </div>
    </fieldset>
  )
}
