// A guided tour of a view: a few steps, each with a sentence or two and, where there is something to see, the state to see it in.

import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { uiMessages } from './messages.ts'

export interface TourStep {
  readonly title: string
  readonly text: string
  /** Sets the view up for this step. */
  readonly show?: () => void
}

export interface TourProps {
  /** Loads the steps when somebody wants to be shown around. They are made anew each time they are drawn, in the language of the page. */
  readonly load: () => Promise<() => readonly TourStep[]>
}

interface Loaded {
  readonly Panel: ComponentType<{ readonly steps: readonly TourStep[]; readonly onEnd: () => void }>
  readonly make: () => readonly TourStep[]
}

export function Tour({ load }: TourProps) {
  const words = uiMessages()
  const loaded = useSignal<Loaded | 'failed' | undefined>(undefined)
  const start = async (): Promise<void> => {
    try {
      const [{ TourPanel }, make] = await Promise.all([import('./tour-panel.tsx'), load()])
      loaded.value = { Panel: TourPanel, make }
    } catch {
      loaded.value = 'failed'
    }
  }
  const end = (): void => {
    loaded.value = undefined
  }
  if (loaded.value === undefined || loaded.value === 'failed')
    return (
      <>
        <button type="button" class="tour-start" onClick={() => void start()}>
          {words.tour}
        </button>
        {loaded.value === 'failed' && (
          <p class="notice" role="alert">
            {words.notLoaded}
          </p>
        )}
      </>
    )
  const { Panel, make } = loaded.value
  return <Panel steps={make()} onEnd={end} />
}
