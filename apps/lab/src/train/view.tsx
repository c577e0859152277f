// View 4: a network learns in the page.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { RunNotices } from '../runs/controls.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { ComparePanel } from './compare-panel.tsx'
import { ConfusionPanel } from './confusion-panel.tsx'
import { DataPanel } from './data-panel.tsx'
import { InsidePanel } from './inside-panel.tsx'
import { trainMessages } from './messages.ts'
import { type Trainer, theTrainer } from './model.ts'
import { NetworkPanel } from './network-panel.tsx'
import { PredictPanel } from './predict-panel.tsx'
import { RunPanel } from './run-panel.tsx'
import { store } from './store.ts'
import '../runs/runs.css'
import './train.css'

interface TrainViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

/** The run of the page, set as the address says; an address that says nothing leaves it as it is. */
function trainerAt(params: URLSearchParams): { readonly trainer: Trainer; readonly refused: readonly string[] } {
  const { settings, refused } = readAddress(params)
  const trainer = theTrainer(settings)
  if (params.size > 0) trainer.settings.value = settings
  return { trainer, refused }
}

export function View({ params, keep }: TrainViewProps) {
  const words = trainMessages()
  const { trainer, refused } = useMemo(() => trainerAt(params), [params])
  const canvas = useRef<HTMLCanvasElement | undefined>(undefined)
  useEffect(() => trainer.settings.subscribe((settings) => keep(writeAddress(settings))), [trainer, keep])
  const loadTour = async () => {
    const { trainTour } = await import('./tour.ts')
    return () => trainTour(trainer)
  }
  return (
    <div class="train">
      <ViewHead words={words} load={loadTour} refused={refused} />
      <RunNotices run={trainer} store={store} />
      <div class="train-layout">
        <div class="train-settings">
          <DataPanel trainer={trainer} />
          <NetworkPanel trainer={trainer} />
        </div>
        <div class="train-main">
          <RunPanel
            trainer={trainer}
            onCanvas={(drawn) => {
              canvas.current = drawn
            }}
          />
          {trainer.status.value === 'opening' && <p class="loading">{words.opening}</p>}
          <InsidePanel trainer={trainer} />
          <ConfusionPanel trainer={trainer} />
          <PredictPanel trainer={trainer} />
        </div>
      </div>
      <ComparePanel trainer={trainer} />
      <Lazy load={loadTake} props={{ trainer, canvas: () => canvas.current }} />
    </div>
  )
}
