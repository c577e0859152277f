// View 3: stacks of layers, their sizes and costs, and what an output sees.

import { effect } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { engine } from './engine.ts'
import { FieldsPanel } from './fields-panel.tsx'
import { shapesMessages } from './messages.ts'
import { createShapes } from './model.ts'
import { ModelPanel } from './model-panel.tsx'
import { StackList } from './stack-list.tsx'
import { PicturePanel, SourceBar, StackPanel } from './start-panel.tsx'
import type { ShapesState } from './state.ts'
import './shapes.css'

interface ShapesViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

/** What was last shown: whoever comes back by the view's plain address finds it again. */
let last: ShapesState | undefined

export function View({ params, keep }: ShapesViewProps) {
  const words = shapesMessages()
  const { model, refused } = useMemo(() => {
    const read = readAddress(params)
    const state = last !== undefined && [...params].length === 0 ? last : read.state
    return { model: createShapes(engine, state, 'shapes'), refused: read.refused }
  }, [params])
  const loadTour = async () => {
    const { shapesTour } = await import('./tour.ts')
    return () => shapesTour(model)
  }
  useEffect(() => model.dispose, [model])
  useEffect(
    () =>
      effect(() => {
        last = model.state.value
        const address = writeAddress(last)
        const name = model.dropped.value?.name
        if (name !== undefined) address.set('model', name)
        keep(address)
      }),
    [model, keep],
  )
  const gone = model.dropped.value === undefined ? params.get('model') : null
  const problem = model.problem.value
  return (
    <div class="shapes">
      <ViewHead words={words} load={loadTour} refused={refused} />
      {gone !== null && (
        <p class="notice" role="status">
          {words.modelGone(gone.slice(0, 80))}
        </p>
      )}
      {problem !== undefined && (
        <p class="notice" role="alert">
          {words.refused(problem)}
        </p>
      )}
      <section class="card source" aria-label={words.start}>
        {model.dropped.value === undefined && <SourceBar model={model} />}
        <PicturePanel model={model} />
      </section>
      <div class="shapes-layout">
        <div class="shapes-main">
          <FieldsPanel model={model} />
          <section class="card" aria-labelledby="stack">
            <h2 id="stack">{words.stack}</h2>
            <StackList model={model} />
          </section>
        </div>
        <section class="card shapes-controls" aria-label={words.change}>
          {model.dropped.value === undefined && <StackPanel model={model} />}
          <ModelPanel model={model} />
        </section>
      </div>
      <Lazy load={loadTake} props={{ model }} />
    </div>
  )
}
