// A guided tour of a view: a few steps, each with a sentence or two and, where there is something to see, the state to see it in.

import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { uiMessages } from './messages.ts'

export interface TourStep {
  readonly title: string
  readonly text: string
  /** Where to read more. */
  readonly link?: { readonly href: string; readonly words: string }
  /** Sets the view up for this step. */
  readonly show?: () => void
}

interface TourProps {
  /** Loads the steps when somebody wants to be shown around. They are made anew each time they are drawn, in the language of the page. */
  readonly load: () => Promise<() => readonly TourStep[]>
}

export function Tour({ load }: TourProps) {
  const words = uiMessages()
  const at = useSignal<number | undefined>(undefined)
  const failed = useSignal(false)
  const make = useRef<(() => readonly TourStep[]) | undefined>(undefined)
  const go = (index: number | undefined): void => {
    at.value = index
    if (index !== undefined) make.current?.()[index]?.show?.()
  }
  const start = async (): Promise<void> => {
    failed.value = false
    try {
      make.current = await load()
      go(0)
    } catch {
      failed.value = true
    }
  }
  const steps = at.value === undefined ? undefined : make.current?.()
  if (at.value === undefined || steps === undefined)
    return (
      <>
        <button type="button" class="tour-start" onClick={() => void start()}>
          {failed.value ? words.again : words.tour}
        </button>
        {failed.value && (
          <p class="notice" role="alert">
            {words.notLoaded}
          </p>
        )}
      </>
    )
  const index = at.value
  const { title, text, link } = steps[index]
  return (
    <section class="tour card" aria-label={words.tour}>
      <div aria-live="polite">
        <p class="tour-count">{words.tourStep(index + 1, steps.length)}</p>
        <h2>{title}</h2>
        <p>
          {text}
          {link !== undefined && (
            <>
              {' '}
              <a href={link.href} target="_blank" rel="noreferrer">
                {link.words}
              </a>
            </>
          )}
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
