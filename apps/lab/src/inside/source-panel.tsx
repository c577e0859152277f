// Which network, and which picture is in it.

import { useSignal } from '@preact/signals'
import { engineering } from 'convoke-workbench'
import { useEffect } from 'preact/hooks'
import { Pad } from '../drawing/pad.tsx'
import { drawingOf } from '../drawing/strokes.ts'
import { Tile } from '../drawing/tile.tsx'
import { DropZone } from '../models/drop-zone.tsx'
import { modelMessages } from '../models/messages.ts'
import type { PictureProblem } from '../pictures/open.ts'
import { PictureButton, PictureNotice } from '../pictures/picture-button.tsx'
import { Select } from '../ui/fields.tsx'
import { Icon } from '../ui/icons.tsx'
import { sentences } from '../words/sentences.ts'
import { insideMessages } from './messages.ts'
import type { InsideModel } from './model.ts'
import { bytesOf } from './pixels.ts'
import { type InsideState, type PixelsGoIn, waysIn } from './state.ts'

interface PanelProps {
  readonly model: InsideModel
}

export const percent = (share: number): string => `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)}%`

export function SourcePanel({ model }: PanelProps) {
  const words = insideMessages()
  return (
    <section class="card inside-source" aria-label={words.source}>
      <NetworkPart model={model} />
      <PicturePart model={model} />
    </section>
  )
}

function NetworkPart({ model }: PanelProps) {
  const words = insideMessages()
  const told = modelMessages()
  const network = model.network.value
  const brought = model.brought.value
  const unfit = model.unfit.value
  const opening = model.opening.value
  const asked = useSignal(false)
  const bringing = asked.value || model.unreadable.value !== undefined || unfit !== undefined
  const name = brought ? 'files' : model.state.value.network
  const options: (readonly [InsideState['network'] | 'files', string])[] = [
    ...(brought ? ([['files', words.brought]] as const) : []),
    ['digits', words.networks.digits],
    ['run', words.networks.run],
  ]
  return (
    <div class="inside-network">
      <Select
        label={words.network}
        value={name}
        options={options}
        onChange={(wanted) => {
          if (wanted !== 'files') model.useNetwork(wanted)
        }}
      />
      {model.noRun.value && (
        <p class="notice" role="alert">
          {words.noRun} <a href="#/train">{words.toTrain}</a>
        </p>
      )}
      {unfit !== undefined && (
        <p class="notice" role="alert">
          <span>
            {words.unfit[unfit.reason]}{' '}
            {unfit.reason === 'too-large' ? words.megabytes(unfit.detail) : <span lang="en">{unfit.detail}</span>}
          </span>
        </p>
      )}
      <div role="status" class="inside-facts">
        {opening && (
          <p>
            {name === 'digits' && network === undefined ? words.training(percent(model.progress.value)) : words.opening}
          </p>
        )}
        {opening && name === 'digits' && network === undefined && (
          <progress value={model.progress.value} max={1} aria-label={words.training('')} />
        )}
        {network !== undefined && !opening && (
          <p class="hint" data-name="facts">
            {sentences([
              ...(brought ? [told.modelName(network.name)] : []),
              words.facts(network.layers.length, engineering(network.parameters), engineering(network.macs)),
              ...(network.accuracy === undefined
                ? []
                : [words.accuracy(percent(network.accuracy), network.pictures.count)]),
            ])}
          </p>
        )}
      </div>
      {brought && network !== undefined && (
        <div class="bar">
          <Select<PixelsGoIn>
            label={words.pixels}
            value={!network.told && model.state.value.goIn === 'told' ? 'unit' : model.state.value.goIn}
            options={waysIn
              .filter((way) => (way !== 'told' || network.told) && (way !== 'imagenet' || network.form.channels === 3))
              .map((way) => [way, way === 'unit' && !network.told ? words.notTold : words.ways[way]])}
            onChange={(goIn) => model.set({ goIn })}
          />
          <button type="button" onClick={() => model.useNetwork('digits')}>
            {words.back}
          </button>
        </div>
      )}
      <button
        type="button"
        class="quiet inside-bring"
        aria-expanded={bringing}
        onClick={() => {
          asked.value = !bringing
        }}
      >
        {words.ownModel}
      </button>
      {bringing && (
        <DropZone
          title={words.ownModel}
          opening={opening && brought}
          unreadable={model.unreadable.value}
          onFiles={(files) => void model.openFiles(files)}
        />
      )}
    </div>
  )
}

function PicturePart({ model }: PanelProps) {
  const words = insideMessages()
  const problem = useSignal<PictureProblem | undefined>(undefined)
  const drawing = useSignal(model.strokes.peek().length > 0)
  const network = model.network.value
  const overview = model.overview.value
  const side = network?.form.width ?? 0
  const strokes = model.strokes.value
  // A drawing is laid out for the network that reads it.
  useEffect(() => {
    if (side > 0) model.ink.value = strokes.length === 0 ? undefined : drawingOf(strokes, side)
  }, [strokes, side])
  if (network === undefined) return null
  const { form, classes } = network
  const { count, labels } = network.pictures
  const own = model.own.value !== undefined || model.ink.value !== undefined
  const index = model.state.value.picture % count
  const canDraw = form.channels === 1 && form.height === form.width
  const name = labels === undefined || classes === undefined ? undefined : classes[labels[index]]
  const clear = (): void => {
    model.own.value = undefined
    model.strokes.value = []
    model.ink.value = undefined
    problem.value = undefined
  }
  const go = (by: number) => (): void => {
    clear()
    model.set({ picture: (index + by + count) % count })
  }
  const best =
    overview?.chances === undefined ? undefined : overview.chances.reduce((a, v, i, all) => (v > all[a] ? i : a), 0)
  return (
    <div class="inside-picture">
      <div class="inside-picture-row">
        {overview !== undefined && (
          <Tile
            {...{ values: bytesOf(overview.pixels), width: form.width, height: form.height, as: 'ink' }}
            channels={form.channels === 3 ? 3 : 1}
            class="picture-tile"
            label={words.input}
          />
        )}
        <div class="inside-picture-words">
          <h3>{words.picture}</h3>
          <p class="hint">
            {own ? words.ownPicture : words.pictureOf(index + 1, count, name === undefined ? '' : words.shows(name))}
          </p>
          {best !== undefined && classes !== undefined && overview?.chances !== undefined && (
            <p data-name="read" role="status">
              {words.readAs(classes[best], percent(overview.chances[best]))}
            </p>
          )}
          <div class="bar">
            <button type="button" aria-label={words.previous} onClick={go(-1)}>
              <Icon name="back" />
            </button>
            <button type="button" aria-label={words.next} onClick={go(1)}>
              <Icon name="forward" />
            </button>
            <PictureButton
              problem={problem}
              onPicture={(pixels) => {
                clear()
                model.own.value = pixels
              }}
            />
            {canDraw && (
              <button
                type="button"
                aria-expanded={drawing.value}
                onClick={() => {
                  drawing.value = !drawing.value
                }}
              >
                {words.draw}
              </button>
            )}
          </div>
        </div>
      </div>
      <PictureNotice problem={problem} />
      {canDraw && drawing.value && (
        <div class="inside-pad">
          <Pad
            label={words.pad}
            strokes={strokes}
            onChange={(next) => {
              model.own.value = undefined
              model.strokes.value = next
            }}
          />
          <button type="button" onClick={clear}>
            {words.clear}
          </button>
        </div>
      )}
    </div>
  )
}
