// The view in small: a network of eight filters that learns digits, its loss falling.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { WorkerLost } from '../engine/index.ts'
import { engine } from './engine.ts'
import { FilterTile } from './filter-tile.tsx'
import { firstSettings } from './settings.ts'
import { controlTask, openTask, type Snapshot, watchTask } from './task.ts'
import './miniature.css'

/** Small enough not to be felt: a few seconds of one thread, then it rests. */
const settings = { ...firstSettings, examples: 500, kernel: 5, count: 8, depth: 2, rate: 0.01, epochs: 8 }

/** Of the curve's picture. */
const [width, height] = [200, 64]

export function Miniature() {
  const seen = useSignal<Snapshot | undefined>(undefined)
  const losses = useSignal<readonly number[]>([])
  useEffect(() => {
    let left = false
    let run = 0
    void learn()
    async function learn(): Promise<void> {
      try {
        run = (await engine.ask('train-open', openTask, { settings, own: undefined, checkpoint: undefined })).run
        void engine.ask('train-control', controlTask, { run, wanted: 'run' })
        do {
          const known = losses.peek().length
          const question = { run, since: seen.peek()?.version ?? -1, known, measuredStep: 0, probe: 0 }
          const snapshot = await engine.ask('train-watch', watchTask, question)
          losses.value = [...losses.peek(), ...snapshot.losses]
          seen.value = snapshot
        } while (!left && seen.peek()?.phase !== 'finished')
        if (left) void engine.ask('train-control', controlTask, { run, wanted: 'pause' })
      } catch (error) {
        // The view has opened a run of its own, or there is no worker: the picture stays as it is.
        if (!(error instanceof Error) || error instanceof WorkerLost) return
      }
    }
    return () => {
      left = true
    }
  }, [losses, seen])
  const filters = seen.value?.filters
  const all = losses.value
  const top = Math.max(2.5, all[0] ?? 0)
  const steps = settings.epochs * 16
  const points = all.map((loss, i) => `${((i + 1) / steps) * width},${height - (Math.min(loss, top) / top) * height}`)
  return (
    <div class="train-miniature">
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <line x1="0" y1={height} x2={width} y2={height} />
        <polyline points={points.join(' ')} />
      </svg>
      <div class="mini-filters">
        {filters !== undefined &&
          Array.from({ length: 8 }, (_, i) => <FilterTile key={i} filters={filters} index={i} label="" />)}
      </div>
    </div>
  )
}
