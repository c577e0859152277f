// The network as a U: its levels, their shapes, what is handed across; and the maps of one block.

import { mapOf } from 'convoke-workbench'
import { Tile } from '../drawing/tile.tsx'
import { Choice, Select } from '../ui/fields.tsx'
import { saveFile } from '../ui/files.ts'
import { named } from '../words/phrases.ts'
import { segmentMessages } from './messages.ts'
import type { Segmenter } from './model.ts'
import { type Box, boxSize, type Line, type Scheme, schemeOf, schemeSvg } from './scheme.ts'
import type { Opened } from './task.ts'

/** Maps of a block that are shown at most. */
const mostMaps = 16

export function SchemePanel({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const opened = model.opened.value
  if (opened === undefined) return null
  const at = model.network.value
  const facts = opened.networks[at]
  const scheme = schemeOf(facts, opened.side)
  const title = words.schemeTitle(words.skipName(facts.skips))
  const save = (): void =>
    saveFile(
      'u-net.svg',
      new Blob([schemeSvg(scheme, title, shapeText, (line) => words.lines[line.kind])], { type: 'image/svg+xml' }),
    )
  return (
    <section class="card scheme-panel" aria-labelledby="scheme-title">
      <div class="run-head">
        <h2 id="scheme-title">{words.scheme}</h2>
        <button type="button" onClick={save}>
          {words.saveScheme}
        </button>
      </div>
      <p class="hint">{facts.skips ? words.schemeNote : words.schemeCut}</p>
      {opened.networks.length > 1 && (
        <Choice
          label={words.network}
          hideLabel
          value={String(at)}
          options={opened.networks.map(({ skips }, i) => [String(i), words.skipName(skips)] as const)}
          onChange={(index) => model.chooseNetwork(Number(index))}
        />
      )}
      <Drawing model={model} scheme={scheme} title={title} />
      <Maps model={model} opened={opened} at={at} />
    </section>
  )
}

const arrowHead = {
  ...{ viewBox: '0 0 8 8', refX: 7, refY: 4, orient: 'auto' },
  ...{ markerUnits: 'userSpaceOnUse', markerWidth: 9, markerHeight: 9 },
} as const

const shapeText = ({ shape }: Pick<Box, 'shape'>): string => shape.join('×')

interface DrawingProps {
  readonly model: Segmenter
  readonly scheme: Scheme
  readonly title: string
}

function Drawing({ model, scheme, title }: DrawingProps) {
  const words = segmentMessages()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing whose parts can be chosen
    <svg class="scheme" viewBox={`0 0 ${scheme.width} ${scheme.height}`} role="group" aria-label={title}>
      <defs>
        {['along', 'skip'].map((kind) => (
          <marker key={kind} id={`arrow-${kind}`} class={kind} {...arrowHead}>
            <path d="M0 0L8 4L0 8z" />
          </marker>
        ))}
      </defs>
      {scheme.lines.map((line, i) => (
        <Arrow key={i} line={line} text={words.lines[line.kind]} />
      ))}
      {scheme.boxes.map((box) => (
        <Block key={box.path} model={model} box={box} />
      ))}
    </svg>
  )
}

function Arrow({ line: { kind, from, to }, text }: { readonly line: Line; readonly text: string }) {
  const skip = kind === 'skip' || kind === 'cut'
  const head = kind === 'cut' ? {} : { 'marker-end': `url(#arrow-${skip ? 'skip' : 'along'})` }
  return (
    <g class={`scheme-line ${kind}`}>
      <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} {...head} />
      {text !== '' && (
        <text
          x={(from[0] + to[0]) / 2 + (skip ? 0 : 8)}
          y={(from[1] + to[1]) / 2 - (skip ? 9 : 0)}
          text-anchor={skip ? 'middle' : 'start'}
        >
          {text}
        </text>
      )}
    </g>
  )
}

function Block({ model, box }: { readonly model: Segmenter; readonly box: Box }) {
  const words = segmentMessages()
  const { path, x, y } = box
  const [width, height] = boxSize
  const inside = (
    <>
      <rect x={x} y={y} width={width} height={height} rx="6" />
      <text x={x + width / 2} y={y + height / 2} text-anchor="middle">
        {shapeText(box)}
      </text>
    </>
  )
  if (path === 'picture') return <g class="scheme-box picture">{inside}</g>
  const choose = (): void => {
    model.block.value = path
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      class="scheme-box"
      role="button"
      tabindex={0}
      aria-pressed={model.block.value === path}
      aria-label={named(words.blockName(path), shapeText(box))}
      data-block={path}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        choose()
      }}
    >
      {inside}
    </g>
  )
}

function Maps({ model, opened, at }: { readonly model: Segmenter; readonly opened: Opened; readonly at: number }) {
  const words = segmentMessages()
  const seen = model.seen.value
  const maps = seen?.networks[at]?.maps
  const block = model.block.value
  const pictures = seen?.pictures ?? []
  return (
    <div class="map-layer">
      <div class="map-head">
        <h3>{words.mapsOf(words.blockName(block))}</h3>
        <Select
          label={words.mapsPicture}
          value={String(model.blockOf.value)}
          options={[
            ...pictures.map(({ index }, i) => [String(i), words.picture(index + 1)] as const),
            ...(seen?.painting === undefined ? [] : [['painted', words.ownPicture] as const]),
          ]}
          onChange={(value) => {
            model.blockOf.value = value === 'painted' ? 'painted' : Number(value)
          }}
        />
      </div>
      <p class="hint">{block === 'head' ? words.headNote(opened.classes.length) : words.mapsNote}</p>
      {maps?.path === block && (
        <ul class="tiles map-tiles">
          {Array.from({ length: Math.min(maps.shape[2], mostMaps) }, (_, i) => (
            <li key={i}>
              <Tile
                {...{ values: mapOf(maps, i), width: maps.shape[1], height: maps.shape[0], as: 'sign' }}
                label={block === 'head' ? words.classes[i] : words.channel(i + 1)}
              />
              {block === 'head' && <span class="tile-note">{words.classes[i]}</span>}
            </li>
          ))}
        </ul>
      )}
      {maps !== undefined && maps.shape[2] > mostMaps && <p class="hint">{words.moreMaps(maps.shape[2] - mostMaps)}</p>}
    </div>
  )
}
