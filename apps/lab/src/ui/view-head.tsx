// How every view begins: what it is called and for, its tour, and what of its address could not be read.

import type { Ref } from 'preact'
import { listed } from '../words/phrases.ts'
import { uiMessages } from './messages.ts'
import { Tour, type TourProps } from './tour.tsx'

interface ViewHeadProps extends TourProps {
  readonly words: { readonly title: string; readonly lead: string }
  /** Parameters of the address that could not be read. */
  readonly refused: readonly string[]
  /** What went wrong since. */
  readonly problem?: string | undefined
  readonly top?: Ref<HTMLElement>
}

export function ViewHead({ words, load, refused, problem, top }: ViewHeadProps) {
  return (
    <>
      <header class="view-head" ref={top ?? null}>
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
      </header>
      <Tour load={load} />
      {refused.length > 0 && (
        <p class="notice" role="status">
          {uiMessages().addressBroken(listed(refused))}
        </p>
      )}
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}
