// A guided tour of a view: a few steps, each with a sentence or two and, where there is something to see, the state to see it in.

import { useSignal } from '@preact/signals'
import { uiMessages } from './messages.ts'

export interface TourStep {
  readonly title: string
  readonly text: string
  /** Sets the view up for this step. */
  readonly show?: () => void
}

export function Tour({ steps }: { readonly steps: readonly TourStep[] }) {
  const words = uiMessages()
  const at = useSignal<number | undefined>(undefined)
  const go = (index: number | undefined): void => {
    at.value = index
    if (index !== undefined) steps[index]?.show?.()
  }
  if (at.value === undefined)
    return (
      <button type="button" class="tour-start" onClick={() => go(0)}>
        {words.tour}
      </button>
    )
  const index = at.value
  const { title, text } = steps[index]
  return (
    <section class="tour card" aria-label={words.tour}>
      <div aria-live="polite">
        <p class="tour-count">{words.tourStep(index + 1, steps.length)}</p>
        <h2>{title}</h2>
        <p>{text}</p>
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
