// What the network is made of, and what it learns from.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Choice, Stepper } from '../ui/fields.tsx'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { inLanguage, mostMaps, mostSeed, sentenceLanguages, windowChoices } from './state.ts'

export function NetworkPanel({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const state = model.state.value
  const answer = model.answer.value
  const toggle = (width: number): void => {
    const { windows } = model.state.peek()
    model.set({ windows: windowChoices.filter((one) => windows.includes(one) !== (one === width)) })
  }
  return (
    <section class="card network" aria-labelledby="network">
      <h2 id="network">{words.network}</h2>
      <Choice
        label={words.language}
        value={state.language}
        options={sentenceLanguages.map((language) => [language, words.languages[language]])}
        onChange={(language) => model.set(inLanguage(model.state.peek(), language))}
      />
      <fieldset class="choice">
        <legend>{words.windows}</legend>
        <div class="choice-row">
          {windowChoices.map((width) => {
            const on = state.windows.includes(width)
            const only = on && state.windows.length === 1
            return (
              <label key={width} class={on ? 'chosen' : undefined} title={only ? words.lastWindow : undefined}>
                <input
                  type="checkbox"
                  class="unseen"
                  checked={on}
                  disabled={only}
                  aria-label={words.windowName(width)}
                  onChange={() => toggle(width)}
                />
                {width}
              </label>
            )
          })}
        </div>
      </fieldset>
      <div class="pair">
        <Stepper
          label={words.maps}
          value={state.maps}
          least={1}
          most={mostMaps}
          onChange={(maps) => model.set({ maps })}
        />
        <Stepper
          label={words.seed}
          value={state.seed}
          least={1}
          most={mostSeed}
          onChange={(seed) => model.set({ seed })}
        />
      </div>
      {answer !== undefined && (
        <>
          <p class="hint">{words.parameters(answer.parameters, answer.backend)}</p>
          <Fold title={words.wordsTitle(answer.vocabulary.length)}>
            <p class="vocabulary" lang={answer.settings.language === 'zh' ? 'zh-Hans' : 'en'}>
              {answer.vocabulary.join(answer.settings.language === 'zh' ? '、' : ' · ')}
            </p>
          </Fold>
          <Fold title={words.lessonsTitle(answer.lessonCount)}>
            <p class="hint">{words.lessonsNote}</p>
            <ul class="lessons">
              {answer.lessons.map(({ text, positive }) => (
                <li key={text} class={positive ? 'positive' : 'negative'}>
                  <span lang={answer.settings.language === 'zh' ? 'zh-Hans' : 'en'}>{text}</span>{' '}
                  <span class="lesson-label">{positive ? words.positive : words.negative}</span>
                </li>
              ))}
            </ul>
          </Fold>
        </>
      )}
    </section>
  )
}

function Fold({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const open = useSignal(false)
  return (
    <details
      open={open.value}
      onToggle={(event) => {
        open.value = event.currentTarget.open
      }}
    >
      <summary>{title}</summary>
      {open.value && children}
    </details>
  )
}
