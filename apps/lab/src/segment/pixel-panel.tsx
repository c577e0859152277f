// How sure each network is of each class at one pixel.

import { largestAt, percentText } from '../train/formats.ts'
import { ClassName, classColour } from './legend.tsx'
import { segmentMessages } from './messages.ts'
import type { Segmenter } from './model.ts'
import type { Opened, Snapshot } from './task.ts'

interface PixelPanelProps {
  readonly model: Segmenter
  readonly opened: Opened
  readonly seen: Snapshot
}

export function PixelPanel({ model, opened, seen }: PixelPanelProps) {
  const words = segmentMessages()
  const { picture: at, x, y } = model.pixel.value
  const { side, classes } = opened
  const picture = seen.pictures[at]
  // A pixel of larger pictures, until the next one is pointed at.
  if (picture === undefined || x >= side || y >= side) return null
  const place = y * side + x
  // Chances that change with every step are not read out one after the other.
  const live = seen.networks.some(({ phase }) => phase === 'running') ? 'off' : 'polite'
  return (
    <div class="pixel-panel" id="pixel-readout">
      <div class="pixel-words">
        <p class="pixel-place" role="status">
          {words.pixelAt(picture.index + 1, y + 1, x + 1)}{' '}
          <ClassName label={picture.truth[place]} prefix={words.isThere} />
        </p>
        <p class="hint">{words.pixelHint}</p>
      </div>
      {opened.networks.map(({ skips }, i) => {
        const chances = seen.networks[i].found[at]?.chances.subarray(
          place * classes.length,
          (place + 1) * classes.length,
        )
        if (chances === undefined) return null
        const best = largestAt(chances)
        return (
          <div key={String(skips)} class="pixel-chances" data-skips={skips} aria-live={live} aria-atomic="true">
            {opened.networks.length > 1 && <h3>{words.skipName(skips)}</h3>}
            <ul>
              {classes.map((name, label) => (
                <li key={name} class={label === best ? 'chance best' : 'chance'} data-class={name}>
                  <span class="chance-name">
                    <ClassName label={label} />
                  </span>
                  <span class="chance-bar" aria-hidden="true">
                    <span
                      style={{
                        '--chance': String(chances[label]),
                        '--bar': label === 0 ? 'var(--line-strong)' : classColour(label),
                      }}
                    />
                  </span>
                  <span class="chance-number">{percentText(chances[label])}</span>
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </div>
  )
}
