// Playing, stepping and scrubbing through the windows.

import { useEffect, useId } from 'preact/hooks'
import { Choice } from '../ui/fields.tsx'
import { Icon } from '../ui/icons.tsx'
import { mayMove } from '../ui/motion.ts'
import { stepMilliseconds } from './flight.ts'
import type { Geometry } from './geometry.ts'
import { slideMessages } from './messages.ts'
import { goTo, type SlideModel } from './model.ts'

interface TransportProps {
  readonly model: SlideModel
  readonly geometry: Geometry
}

/** Between the end of one step and the next. */
const restMilliseconds = 260

const speeds = ['0.5', '1', '2', '4'] as const

export function Transport({ model, geometry }: TransportProps) {
  const words = slideMessages()
  const id = useId()
  const { place } = model.state.value
  const playing = model.playing.value
  const last = geometry.places - 1
  const speed = model.speed.value
  useEffect(() => {
    if (!playing) return
    if (place >= last) {
      const end = setTimeout(() => {
        model.playing.value = false
      }, stepMilliseconds / speed)
      return () => clearTimeout(end)
    }
    const rest = (stepMilliseconds + restMilliseconds) / speed
    const timer = setTimeout(() => goTo(model, place + 1, true), mayMove() ? rest : 600 / speed)
    return () => clearTimeout(timer)
  }, [playing, place, last, speed, model])
  const to = (wanted: number, moving: boolean): void => {
    model.playing.value = false
    goTo(model, wanted, moving)
  }
  const toggle = (): void => {
    if (!playing && place >= last) goTo(model, 0, true)
    else if (!playing) model.moves.value++
    model.playing.value = !playing
  }
  return (
    <fieldset class="transport" aria-label={words.transport}>
      <div class="transport-buttons">
        <button
          type="button"
          class="plain"
          aria-label={words.first}
          disabled={place === 0}
          onClick={() => to(0, false)}
        >
          <Icon name="first" />
        </button>
        <button
          type="button"
          class="plain"
          aria-label={words.back}
          disabled={place === 0}
          onClick={() => to(place - 1, false)}
        >
          <Icon name="back" />
        </button>
        <button type="button" class="primary play" aria-label={playing ? words.pause : words.play} onClick={toggle}>
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <button
          type="button"
          class="plain"
          aria-label={words.forward}
          disabled={place >= last}
          onClick={() => to(place + 1, true)}
        >
          <Icon name="forward" />
        </button>
        <button
          type="button"
          class="plain"
          aria-label={words.last}
          disabled={place >= last}
          onClick={() => to(last, false)}
        >
          <Icon name="last" />
        </button>
      </div>
      <div class="scrub">
        <label for={id}>{words.window}</label>
        <input
          id={id}
          type="range"
          min={0}
          max={last}
          step={1}
          value={place}
          disabled={last === 0}
          aria-valuetext={words.windowOf(place, geometry.places)}
          onInput={(event) => to(event.currentTarget.valueAsNumber, false)}
        />
        <output for={id}>{words.windowOf(place, geometry.places)}</output>
      </div>
      <Choice
        label={words.speed}
        value={String(speed) as (typeof speeds)[number]}
        options={speeds.map((value) => [value, `${value}×`] as const)}
        onChange={(value) => {
          model.speed.value = Number(value)
        }}
      />
    </fieldset>
  )
}
