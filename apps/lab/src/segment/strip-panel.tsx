// Held-out pictures: what is there, what each network finds, and where it is wrong; and the chances at one pixel.

import type { ComponentChildren } from 'preact'
import { named } from '../words/phrases.ts'
import { Legend } from './legend.tsx'
import { MaskCanvas, wrongIn } from './mask-canvas.tsx'
import { segmentMessages } from './messages.ts'
import type { Pixel, Segmenter } from './model.ts'
import { PixelPanel } from './pixel-panel.tsx'
import type { Opened, ShownPicture, Snapshot } from './task.ts'

export function StripPanel({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const opened = model.opened.value
  const seen = model.seen.value
  if (opened === undefined || seen === undefined || seen.networks.length !== opened.networks.length) return null
  return (
    <section class="card strip-panel" aria-labelledby="strip-title">
      <div class="run-head">
        <h2 id="strip-title">{words.strip}</h2>
        <button type="button" onClick={model.otherPictures}>
          {words.otherPictures}
        </button>
      </div>
      <p class="hint">{words.stripNote}</p>
      <Legend />
      <div class="strip-parts">
        <PixelPanel model={model} opened={opened} seen={seen} />
        <ol class={opened.networks.length > 1 ? 'strip two' : 'strip'}>
          {seen.pictures.map((picture, at) => (
            <Row key={at} {...{ model, opened, seen, picture, at }} />
          ))}
        </ol>
      </div>
    </section>
  )
}

interface RowProps {
  readonly model: Segmenter
  readonly opened: Opened
  readonly seen: Snapshot
  readonly picture: ShownPicture
  readonly at: number
}

const moves: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
}

function Row({ model, opened, seen, picture, at }: RowProps) {
  const words = segmentMessages()
  const { side } = opened
  const { pixels, truth } = picture
  const pixel = model.pixel.value
  const here = pixel.picture === at ? pixel : undefined
  const name = words.picture(picture.index + 1)
  const cell = (title: string, canvas: ComponentChildren) => (
    <figure class="strip-cell">
      <div class="strip-picture">
        {canvas}
        {here !== undefined && <PixelMark pixel={here} side={side} />}
      </div>
      <figcaption>{title}</figcaption>
    </figure>
  )
  const point = (event: PointerEvent): void => {
    const box = (event.target as HTMLElement).closest('.strip-picture')?.getBoundingClientRect()
    if (box === undefined) return
    const along = (value: number, length: number): number =>
      Math.min(side - 1, Math.max(0, Math.floor((value / length) * side)))
    model.pixel.value = {
      picture: at,
      x: along(event.clientX - box.left, box.width),
      y: along(event.clientY - box.top, box.height),
    }
  }
  const press = (event: KeyboardEvent): void => {
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    const { x, y } = here ?? { x: side / 2, y: side / 2 }
    const within = (value: number): number => Math.min(side - 1, Math.max(0, value))
    model.pixel.value = { picture: at, x: within(x + move[0]), y: within(y + move[1]) }
  }
  return (
    <li class="strip-item">
      <div
        class="strip-row"
        role="application"
        aria-label={words.rowLabel(name)}
        aria-describedby="pixel-readout"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows go from pixel to pixel
        tabIndex={0}
        onKeyDown={press}
        onPointerMove={point}
        onPointerDown={point}
      >
        {cell(words.input, <MaskCanvas {...{ side, pixels }} label={name} />)}
        {cell(words.truth, <MaskCanvas {...{ side, pixels, mask: truth }} label={named(name, words.truth)} />)}
        {opened.networks.flatMap(({ skips }, i) => {
          const found = seen.networks[i].found[at]
          if (found === undefined) return []
          const { mask } = found
          const wrong = wrongIn(mask, picture)
          const title = opened.networks.length > 1 ? words.skipName(skips) : words.found
          return [
            cell(title, <MaskCanvas {...{ side, pixels, mask }} label={named(name, title)} />),
            cell(
              words.wrongPixels(wrong),
              <MaskCanvas
                {...{ side, pixels, mask, truth }}
                label={named(named(name, title), words.wrongPixels(wrong))}
              />,
            ),
          ]
        })}
      </div>
    </li>
  )
}

function PixelMark({ pixel: { x, y }, side }: { readonly pixel: Pixel; readonly side: number }) {
  const at = (value: number): string => `${((100 * value) / side).toFixed(3)}%`
  return <span class="pixel-mark" style={{ left: at(x), top: at(y), width: at(1), height: at(1) }} />
}
