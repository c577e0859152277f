// View 5: a picture inside a network.

import { effect } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { ChannelPanel } from './channel-panel.tsx'
import { engine } from './engine.ts'
import { MapPanel } from './map-panel.tsx'
import { insideMessages } from './messages.ts'
import { createInside } from './model.ts'
import { OverviewPanel } from './overview.tsx'
import { SourcePanel } from './source-panel.tsx'
import type { InsideState } from './state.ts'
import { WhyPanel } from './why-panel.tsx'
import './inside.css'
import './overview.css'
import './map.css'
import './arithmetic.css'
import './reasons.css'

interface InsideViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

/** What was last shown: whoever comes back by the view's plain address finds it again. */
let last: InsideState | undefined

export function View({ params, keep }: InsideViewProps) {
  const words = insideMessages()
  const { model, refused } = useMemo(() => {
    const read = readAddress(params)
    const state = last !== undefined && [...params].length === 0 ? last : read.state
    return { model: createInside(engine, state, 'inside'), refused: read.refused }
  }, [params])
  useEffect(() => model.dispose, [model])
  useEffect(
    () =>
      effect(() => {
        last = model.state.value
        const address = writeAddress(last)
        const name = model.brought.value ? model.network.value?.name : undefined
        if (name !== undefined) address.set('model', name)
        keep(address)
      }),
    [model, keep],
  )
  const loadTour = async () => {
    const { insideTour } = await import('./tour.ts')
    return () => insideTour(model)
  }
  const gone = model.brought.value ? null : params.get('model')
  const problem = model.problem.value
  return (
    <div class="inside-view">
      <ViewHead
        words={words}
        load={loadTour}
        refused={refused}
        problem={problem === undefined ? undefined : words.refused(problem)}
      />
      {gone !== null && (
        <p class="notice" role="status">
          {words.modelGone(gone.slice(0, 80))}
        </p>
      )}
      <SourcePanel model={model} />
      {model.network.value !== undefined && (
        <>
          <OverviewPanel model={model} />
          <MapPanel model={model} />
          <ChannelPanel model={model} />
          <WhyPanel model={model} />
          <Lazy load={loadTake} props={{ model }} />
        </>
      )}
    </div>
  )
}
