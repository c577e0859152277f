// A channel of the output: each number leads to its window.

import { largestIn, strengthOf } from '../ui/tint.ts'
import { named, within } from '../words/phrases.ts'
import { highlightsOf, shortNumber } from './cells.ts'
import { type Geometry, outputSize, placeOf } from './geometry.ts'
import { type CellView, Grid } from './grid.tsx'
import { slideMessages } from './messages.ts'
import { goTo, type SlideModel } from './model.ts'
import type { SlideAnswer } from './task.ts'
import { Value } from './value.tsx'

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

interface OutputGridProps {
  readonly model: SlideModel
  readonly geometry: Geometry
  readonly channel: number
  readonly answer: SlideAnswer | undefined
}

/** Whether a number is being typed: the kernel that it belongs to stays. */
const isTyping = (): boolean => document.activeElement instanceof HTMLInputElement

export function OutputGrid({ model, geometry, channel, answer }: OutputGridProps) {
  const words = slideMessages()
  const state = model.state.value
  const pointed = model.pointed.value
  const { fed } = highlightsOf(state, geometry, pointed)
  const groupOf = (index: number, count: number): number => Math.floor((index * state.groups) / count)
  const fedGroup = pointed !== undefined && 'input' in pointed ? groupOf(pointed.channel, state.inputChannels) : -1
  const [rows, columns] = state.rank === 1 ? [1, ...outputSize(geometry, 1)] : outputSize(geometry, 2)
  const outputs = state.outputChannels
  const largest = answer === undefined ? 0 : largestIn(answer.output)
  const title = outputs > 1 ? within(words.output, words.channel(channel)) : words.output
  const playing = model.playing.value
  const cells = range(geometry.places).map((place): CellView => {
    const [row, column] = placeOf(geometry, place)
    const value = answer?.output[place * outputs + channel] ?? 0
    const text = answer === undefined ? '' : shortNumber(value)
    const here = place === state.place && channel === state.channel
    const fedHere = fed.has(place) && groupOf(channel, outputs) === fedGroup
    return {
      ...{ row, column },
      classes: [
        'result',
        ...(here ? ['here'] : []),
        ...(fedHere ? ['fed'] : []),
        ...(playing && place > state.place ? ['later'] : []),
      ],
      strength: strengthOf(value, largest),
      anchor: here ? 'output' : undefined,
      onEnter: () => {
        if (!model.playing.peek() && (channel === state.channel || !isTyping()))
          model.pointed.value = { output: place, channel }
      },
      content: (
        <button
          type="button"
          class="result-button"
          tabIndex={place === state.place ? 0 : -1}
          aria-current={here}
          aria-label={named(within(title, words.cell(row, column)), text)}
          onClick={() => {
            model.playing.value = false
            model.state.value = { ...state, channel }
            goTo(model, place, true)
          }}
          onFocus={() => {
            model.pointed.value = { output: place, channel }
          }}
          onBlur={() => {
            model.pointed.value = undefined
          }}
        >
          <Value text={text} />
        </button>
      ),
    }
  })
  return (
    <div class="channel">
      {outputs > 1 && <span class="channel-name">{words.channel(channel)}</span>}
      <Grid
        class={`output-grid${channel === state.channel ? '' : ' idle'}`}
        label={title}
        {...{ rows, columns, cells }}
        onLeave={() => {
          model.pointed.value = undefined
        }}
      />
    </div>
  )
}
