// What each filter's winner adds to the logit, and how the sum becomes a probability.

import { useId } from 'preact/hooks'
import { largestIn } from '../ui/tint.ts'
import { operandText } from '../words/formula.ts'
import { showNumber } from '../words/numbers.ts'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { phraseOf } from './phrases.ts'
import type { FilterReading, Reading, TextAnswer } from './task.ts'

interface WinnersProps {
  readonly model: TextModel
  readonly answer: TextAnswer
  readonly reading: Reading
}

export function WinnersPanel({ model, answer, reading }: WinnersProps) {
  const words = textMessages()
  const name = useId()
  const { filters, bias, logit, probability } = reading
  const largest = largestIn([bias, ...filters.map(({ contribution }) => contribution)]) || 1
  return (
    <section class="card winners-card" aria-labelledby="winners">
      <h2 id="winners">{words.winners}</h2>
      <p class="note">{words.winnersNote}</p>
      <fieldset
        class="winners"
        onPointerLeave={() => {
          model.pointed.value = undefined
        }}
      >
        <legend class="unseen">{words.winners}</legend>
        {filters.map((filter, i) => (
          <WinnerRow
            key={i}
            {...{ filter, name, largest }}
            phrase={phraseOf(answer, reading, filter)}
            chosen={i === model.state.value.filter}
            shown={i === model.shown.value}
            onPoint={() => {
              model.pointed.value = i
            }}
            onChoose={() => {
              model.pointed.value = undefined
              model.set({ filter: i })
            }}
          />
        ))}
      </fieldset>
      <dl class="winners-sum">
        <div class="winner-row">
          <dt>{words.bias}</dt>
          <dd class="winner-sum" data-name="bias">
            {showNumber(bias)}
          </dd>
          <Bar value={bias} largest={largest} />
        </div>
        <div class="winner-row total">
          <dt>{words.logit}</dt>
          <dd class="winner-sum" data-name="logit">
            {showNumber(logit)}
          </dd>
        </div>
        <div class="winner-row">
          <dt>{words.chance}</dt>
          <dd class="winner-sum" data-name="probability">
            {words.probability(showNumber(-logit), showNumber(probability))}
          </dd>
        </div>
      </dl>
    </section>
  )
}

interface WinnerRowProps {
  readonly filter: FilterReading
  readonly phrase: string
  readonly name: string
  readonly largest: number
  readonly chosen: boolean
  readonly shown: boolean
  readonly onPoint: () => void
  readonly onChoose: () => void
}

function WinnerRow({ filter, phrase, name, largest, chosen, shown, onPoint, onChoose }: WinnerRowProps) {
  const words = textMessages()
  const { window, map, pooled, weight, contribution } = filter
  return (
    <label class={`winner-row${shown ? ' shown' : ''}`} onPointerEnter={onPoint}>
      <input type="radio" class="unseen" name={name} checked={chosen} onChange={onChoose} />
      <span class="winner-name">
        <span aria-hidden="true">{words.shortName(window, map)}</span>
        <span class="unseen">{words.filterName(window, map)}:</span>
      </span>
      <span class={pooled > 0 ? 'winner-phrase' : 'winner-phrase quiet'}>
        {pooled > 0 ? phrase || words.nothing : words.silent}
      </span>
      <span class="winner-sum">
        {showNumber(pooled)} × {operandText(weight)} = {showNumber(contribution)}
      </span>
      <Bar value={contribution} largest={largest} />
    </label>
  )
}

function Bar({ value, largest }: { readonly value: number; readonly largest: number }) {
  const share = (50 * Math.min(1, Math.abs(value) / largest)).toFixed(1)
  return (
    <span class="bar-track" aria-hidden="true">
      <span
        class={value < 0 ? 'bar-fill negative' : 'bar-fill'}
        style={value < 0 ? { right: '50%', width: `${share}%` } : { left: '50%', width: `${share}%` }}
      />
    </span>
  )
}
