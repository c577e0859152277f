// The view in small: a network learns, and reads one sentence after the other.

import { useEffect, useMemo } from 'preact/hooks'
import { mayMove } from '../ui/motion.ts'
import { largestIn } from '../ui/tint.ts'
import { language } from '../words/language.ts'
import { engine } from './engine.ts'
import { textMessages } from './messages.ts'
import { createText } from './model.ts'
import { sureness } from './phrases.ts'
import { examples, firstText } from './state.ts'
import './miniature.css'

/** Milliseconds that a sentence stands. */
const pace = 3500

export function Miniature() {
  const words = textMessages()
  const own = language.value
  const model = useMemo(() => createText(engine, firstText(own), 'text-miniature'), [own])
  useEffect(() => model.dispose, [model])
  useEffect(() => {
    if (!mayMove()) return
    const timer = setInterval(() => {
      const all = examples[own]
      model.set({ sentence: all[(all.indexOf(model.state.peek().sentence) + 1) % (all.length - 1)] })
    }, pace)
    return () => clearInterval(timer)
  }, [model, own])
  const reading = model.answer.value?.reading
  const filters = reading?.filters ?? []
  const largest = largestIn(filters.map(({ contribution }) => contribution)) || 1
  const probability = reading?.probability ?? 0
  return (
    <div class="text-miniature">
      <p class="mini-sentence">{model.state.value.sentence}</p>
      <div class="mini-bars">
        {filters.map(({ contribution }, i) => {
          const far = `${(50 - (50 * Math.abs(contribution)) / largest).toFixed(1)}%`
          const [left, right] = contribution < 0 ? [far, '50%'] : ['50%', far]
          return (
            <div key={i} class="mini-bar">
              <span class={contribution < 0 ? 'negative' : undefined} style={{ left, right }} />
            </div>
          )
        })}
      </div>
      <p class="mini-verdict">
        {reading === undefined ? '…' : words.verdict(probability > 0.5, sureness(probability, 0))}
      </p>
    </div>
  )
}
