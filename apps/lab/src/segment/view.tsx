// View 7: every pixel gets a class.

import { useEffect, useMemo } from 'preact/hooks'
import { RunNotices } from '../runs/controls.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { segmentMessages } from './messages.ts'
import { type Segmenter, theSegmenter } from './model.ts'
import { PaintPanel } from './paint-panel.tsx'
import { RunPanel } from './run-panel.tsx'
import { SchemePanel } from './scheme-panel.tsx'
import { SettingsPanel } from './settings-panel.tsx'
import { store } from './store.ts'
import { StripPanel } from './strip-panel.tsx'
import '../runs/runs.css'
import './segment.css'

interface SegmentViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

/** The run of the page, set as the address says; an address that says nothing leaves it as it is. */
function segmenterAt(params: URLSearchParams): { readonly model: Segmenter; readonly refused: readonly string[] } {
  const { settings, refused } = readAddress(params)
  const model = theSegmenter(settings)
  if (params.size > 0) model.settings.value = settings
  return { model, refused }
}

export function View({ params, keep }: SegmentViewProps) {
  const words = segmentMessages()
  const { model, refused } = useMemo(() => segmenterAt(params), [params])
  useEffect(() => model.settings.subscribe((settings) => keep(writeAddress(settings))), [model, keep])
  const loadTour = async () => {
    const { segmentTour } = await import('./tour.ts')
    return () => segmentTour(model)
  }
  return (
    <div class="segment">
      <ViewHead words={words} load={loadTour} refused={refused} />
      <RunNotices run={model} store={store} />
      <div class="segment-layout">
        <SettingsPanel model={model} />
        <div class="segment-main">
          <RunPanel model={model} />
          {model.status.value === 'opening' && <p class="loading">{words.opening}</p>}
          <StripPanel model={model} />
        </div>
      </div>
      <div class="segment-pair">
        <SchemePanel model={model} />
        <PaintPanel model={model} />
      </div>
      <Lazy load={loadTake} props={{ model }} />
    </div>
  )
}
