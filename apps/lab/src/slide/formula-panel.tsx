// The formula, its numbers for the window that is watched, and how the output's size comes about.

import { lookedAt, shortNumber } from './cells.ts'
import { definitionText, outputText, placeText, sizeText, termText } from './formula.ts'
import { fedBy, type Geometry, macsOf, termsOf, widthOf } from './geometry.ts'
import { slideMessages } from './messages.ts'
import type { SlideModel } from './model.ts'
import { product } from './state.ts'

interface FormulaPanelProps {
  readonly model: SlideModel
  readonly geometry: Geometry
}

export function FormulaPanel({ model, geometry }: FormulaPanelProps) {
  const words = slideMessages()
  const state = model.state.value
  const answer = model.answer.value
  const { place, channel } = lookedAt(state, model.pointed.value)
  const terms = termsOf(state, geometry, place, channel)
  const sum = answer?.output[place * state.outputChannels + channel]
  const names = state.rank === 1 ? [words.length] : [words.rows, words.columns]
  const weights = product(state.kernel) * (state.inputChannels / state.groups) * state.outputChannels
  return (
    <section class="card formula-panel" aria-labelledby="formula">
      <h2 id="formula">{words.formula}</h2>
      <p class="formula definition">{definitionText(state)}</p>
      <p class="formula numbers" data-place={place}>
        <span class="term">{placeText(state, geometry, place, channel)} =</span>
        {terms.map((term, i) => (
          <span class="term" key={term.weight}>
            {i > 0 && <span class="plus">+</span>}
            {termText(state, term)}
          </span>
        ))}
        <span class="term sum">= {sum === undefined ? '' : shortNumber(sum)}</span>
      </p>
      <p class="pointed" aria-live="polite">
        {describePointed(model, geometry) ?? words.editHint}
      </p>
      <h3>{words.sizes}</h3>
      <ul class="sizes">
        {names.map((name, axis) => (
          <li key={name}>
            <span class="size-name">{name}</span> <span class="formula">{sizeText(state, geometry, axis)}</span>
          </li>
        ))}
      </ul>
      <p class="counts">
        {words.counts(weights, macsOf(state, geometry))}
        {answer !== undefined && <span class="computed">{words.computed(answer.backend)}</span>}
      </p>
    </section>
  )
}

function describePointed(model: SlideModel, geometry: Geometry): string | undefined {
  const words = slideMessages()
  const [state, pointed] = [model.state.value, model.pointed.value]
  if (pointed === undefined) return undefined
  if ('output' in pointed) {
    const terms = termsOf(state, geometry, pointed.output, pointed.channel)
    const seen = new Set(terms.flatMap(({ input }) => (input === undefined ? [] : [input]))).size
    return words.seen(outputText(state, geometry, pointed.output, pointed.channel), seen)
  }
  const [width, element] = [widthOf(state), pointed.input]
  const index = [Math.floor(element / width), element % width].slice(2 - state.rank)
  const outputs = state.outputChannels / state.groups
  return words.feeds(`(${index.join(', ')})`, fedBy(state, geometry, element).size * outputs)
}
