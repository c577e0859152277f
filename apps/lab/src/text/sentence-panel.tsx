// The sentence that is read: typed or taken, its words, and the verdict.

import { useId } from 'preact/hooks'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { inWinner, isUnknown, sureness } from './phrases.ts'
import { examples, mostWords } from './state.ts'
import type { Reading } from './task.ts'

export function SentencePanel({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const id = useId()
  const { sentence, language } = model.state.value
  const reading = model.answer.value?.reading
  return (
    <section class="card sentence" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{words.sentence}</h2>
      <label class="unseen" for={id}>
        {words.typeOne}
      </label>
      <textarea
        id={id}
        rows={2}
        lang={language === 'zh' ? 'zh-Hans' : 'en'}
        value={sentence}
        placeholder={words.typeOne}
        onInput={(event) => model.set({ sentence: event.currentTarget.value })}
      />
      <Notices model={model} />
      <fieldset class="examples">
        <legend>{words.tryOne}</legend>
        {examples[language].map((text) => (
          <button
            key={text}
            type="button"
            lang={language === 'zh' ? 'zh-Hans' : 'en'}
            aria-pressed={text === sentence}
            onClick={() => model.set({ sentence: text })}
          >
            {text}
          </button>
        ))}
      </fieldset>
      {reading !== undefined && <Words model={model} reading={reading} />}
      {reading !== undefined && <Verdict model={model} reading={reading} />}
    </section>
  )
}

/** What stands in the way of reading it, in a sentence. */
function Notices({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const answer = model.answer.value
  if (answer === undefined) return null
  const { reading } = answer
  const unknown = [...new Set(reading?.tokens.filter(isUnknown).map(({ text }) => text))]
  const known = reading?.tokens.some((token) => !isUnknown(token) && /[\p{L}\p{N}]/u.test(token.text))
  const said = [
    ...(reading === undefined ? [words.noWords] : []),
    ...(reading?.cut ? [words.cut(mostWords)] : []),
    ...(unknown.length === 0 ? [] : [known ? words.unknown(unknown.join(words.between)) : words.allUnknown]),
  ]
  return (
    <div role="status" class="sentence-notices">
      {said.map((text) => (
        <p key={text} class="notice">
          {text}
        </p>
      ))}
    </div>
  )
}

function Words({ model, reading }: { readonly model: TextModel; readonly reading: Reading }) {
  const words = textMessages()
  const filter = model.filter.value
  return (
    <ol class="words" lang={model.answer.value?.settings.language === 'zh' ? 'zh-Hans' : 'en'}>
      {reading.tokens.map((token, i) => (
        <li
          key={i}
          class={`word${isUnknown(token) ? ' unknown' : ''}${filter !== undefined && inWinner(filter, i) ? ' won' : ''}`}
          title={isUnknown(token) ? words.unknownWord : undefined}
        >
          {token.text}
          {isUnknown(token) && <span class="unseen"> ({words.unknownWord})</span>}
        </li>
      ))}
    </ol>
  )
}

function Verdict({ model, reading: { probability } }: { readonly model: TextModel; readonly reading: Reading }) {
  const words = textMessages()
  const positive = probability > 0.5
  const said = words.verdict(positive, sureness(probability, 1))
  return (
    <div class="verdict">
      <p class={`verdict-word ${positive ? 'positive' : 'negative'}`}>{said}</p>
      <div class="verdict-bar" aria-hidden="true">
        <span>{words.negative}</span>
        <div class="verdict-track">
          <div class="verdict-mark" style={{ left: `${100 * probability}%` }} />
        </div>
        <span>{words.positive}</span>
      </div>
      {model.answer.value?.step === 0 && <p class="hint">{words.untrained}</p>}
      {/* Said when it has settled, not at every step. */}
      <p class="unseen" role="status">
        {model.training.value ? '' : said}
      </p>
    </div>
  )
}
