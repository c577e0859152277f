// How every view begins: what it is called and for, its tour, and what of its address could not be read.

import type { Ref } from 'preact'
import { Tour, type TourProps } from './tour.tsx'

interface ViewHeadProps extends TourProps {
  readonly words: { readonly title: string; readonly lead: string }
  /** What is said of an address in parts beyond reading. */
  readonly broken?: string | undefined
  /** What went wrong since. */
  readonly problem?: string | undefined
  readonly top?: Ref<HTMLElement>
}

export function ViewHead({ words, load, broken, problem, top }: ViewHeadProps) {
  return (
    <>
      <header class="view-head" ref={top ?? null}>
        <h1>{words.title}</h1>
        <p class="lead">{words.lead}</p>
      </header>
      <Tour load={load} />
      {broken !== undefined && (
        <p class="notice" role="status">
          {broken}
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
