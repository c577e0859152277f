// The steps of a tour, one after the other. Loaded when somebody wants to be shown around.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { defineMessages } from '../words/language.ts'
import { uiMessages } from './messages.ts'
import type { TourStep } from './tour.tsx'

/** The formula sheet of docs/, as the build lays it beside the page. */
const formulaSheet = './formulas.txt'

const messages = defineMessages({ formulas: 'All formulas on one page' }, { formulas: '所有公式都在一页上' })

interface TourPanelProps {
  readonly steps: readonly TourStep[]
  readonly onEnd: () => void
}

export function TourPanel({ steps, onEnd }: TourPanelProps) {
  const words = uiMessages()
  const at = useSignal(0)
  const go = (index: number | undefined): void => {
    if (index === undefined) onEnd()
    else {
      at.value = index
      steps[index]?.show?.()
    }
  }
  // Once, when the tour begins.
  useEffect(() => go(0), [])
  const index = at.value
  const { title, text } = steps[index]
  return (
    <section class="tour card" aria-label={words.tour}>
      <div aria-live="polite">
        <p class="tour-count">{words.tourStep(index + 1, steps.length)}</p>
        <h2>{title}</h2>
        <p>
          {text}{' '}
          <a href={formulaSheet} target="_blank" rel="noreferrer">
            {messages().formulas}
          </a>
        </p>
      </div>
      <div class="bar">
        <button type="button" disabled={index === 0} onClick={() => go(index - 1)}>
          {words.tourBack}
        </button>
        {index < steps.length - 1 ? (
          <button type="button" class="primary" onClick={() => go(index + 1)}>
            {words.tourNext}
          </button>
        ) : (
          <button type="button" class="primary" onClick={() => go(undefined)}>
            {words.tourEnd}
          </button>
        )}
        <span class="gap" />
        {index < steps.length - 1 && (
          <button type="button" class="quiet" onClick={() => go(undefined)}>
            {words.tourEnd}
          </button>
        )}
      </div>
    </section>
  )
}
