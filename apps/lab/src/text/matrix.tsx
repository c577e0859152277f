// Words by rows: their vectors, and what each filter answers to the n-gram that begins there.

import { largestIn, strengthOf } from '../ui/tint.ts'
import { showNumber } from '../words/numbers.ts'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { inWinner, isUnknown } from './phrases.ts'
import { vectorSize } from './state.ts'
import type { FilterReading, Reading, TextAnswer } from './task.ts'

interface MatrixProps {
  readonly model: TextModel
  readonly answer: TextAnswer
  readonly reading: Reading
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

export function Matrix({ model, answer, reading }: MatrixProps) {
  const words = textMessages()
  const { windows, maps, language } = answer.settings
  const { tokens, vectors, filters } = reading
  const shown = model.shown.value
  const largest = largestIn(vectors.flat())
  const loudest = largestIn(filters.map(({ pooled }) => pooled))
  const winner = filters[shown]
  const point = (filter: number | undefined) => () => {
    model.pointed.value = filter
  }
  return (
    <section class="card ngrams-card" aria-labelledby="matrix">
      <h2 id="matrix">{words.matrix}</h2>
      <p class="note">{words.matrixNote}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, by the keyboard as well */}
      <section class="ngrams-scroll" aria-label={words.matrixLabel} tabIndex={0}>
        <table class={maps === 1 ? 'ngrams lonely' : 'ngrams'} onPointerLeave={point(undefined)}>
          <colgroup>
            <col class="word-column" />
          </colgroup>
          <colgroup span={vectorSize} class="vector-column" />
          {windows.map((width) => (
            <colgroup key={width}>
              {range(maps).map((map) => (
                <col key={map} class={map === 0 ? 'first-column' : 'answer-column'} />
              ))}
            </colgroup>
          ))}
          <thead>
            <tr class="groups">
              <th scope="col" rowSpan={2}>
                <span class="unseen">{words.wordHead}</span>
              </th>
              <th scope="colgroup" colSpan={vectorSize}>
                {words.vector}
              </th>
              {windows.map((width) => (
                <th key={width} scope="colgroup" colSpan={maps} class="first">
                  {words.windowName(width)}
                </th>
              ))}
            </tr>
            <tr>
              {range(vectorSize).map((i) => (
                <th key={i} scope="col">
                  <span class="unseen">{words.component(i)}</span>
                </th>
              ))}
              {filters.map(({ window, map }, i) => (
                <th
                  key={i}
                  scope="col"
                  class={`${map === 0 ? 'first ' : ''}head${i === shown ? ' shown' : ''}`}
                  onPointerEnter={point(i)}
                >
                  <span aria-hidden="true">{map + 1}</span>
                  <span class="unseen">{words.filterName(window, map)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody lang={language === 'zh' ? 'zh-Hans' : 'en'}>
            {range(tokens.length + 1).map((row) => (
              <tr key={row} class={winner !== undefined && inWinner(winner, row) ? 'won' : undefined}>
                <th scope="row" class={row < tokens.length && isUnknown(tokens[row]) ? 'unknown' : undefined}>
                  <span class={row < tokens.length ? 'ngrams-word' : 'ngrams-word hint'}>
                    {tokens[row]?.text ?? words.nothing}
                  </span>
                </th>
                {range(vectorSize).map((i) => (
                  <VectorCell key={i} value={vectors[row]?.[i] ?? 0} largest={largest} />
                ))}
                {filters.map((filter, i) => (
                  <AnswerCell
                    key={i}
                    {...{ filter, row, loudest }}
                    shown={i === shown}
                    onPoint={point(i)}
                    onChoose={() => model.set({ filter: i })}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function VectorCell({ value, largest }: { readonly value: number; readonly largest: number }) {
  const strength = strengthOf(value, largest)
  return (
    <td
      class={strength < 0 ? 'vector negative' : 'vector'}
      style={{ '--strength': Math.abs(strength).toFixed(3) }}
      aria-label={showNumber(value, 2)}
    />
  )
}

interface AnswerCellProps {
  readonly filter: FilterReading
  readonly row: number
  readonly loudest: number
  readonly shown: boolean
  readonly onPoint: () => void
  readonly onChoose: () => void
}

function AnswerCell({ filter, row, loudest, shown, onPoint, onChoose }: AnswerCellProps) {
  const value = filter.activations[row]
  const won = row === filter.winner
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard filters are chosen in the list of what they add
    <td
      class={`answer${filter.map === 0 ? ' first' : ''}${won ? ' winner' : ''}${shown ? ' shown' : ''}`}
      style={{ '--strength': Math.abs(strengthOf(value, loudest)).toFixed(3) }}
      aria-label={showNumber(value, 2)}
      onPointerEnter={onPoint}
      onClick={onChoose}
    >
      {won && value > 0 && <span>{showNumber(Math.round(10 * value) / 10, 1)}</span>}
    </td>
  )
}
