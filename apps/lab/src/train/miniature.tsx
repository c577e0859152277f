// The view in small: a network of eight filters that learns digits, its loss falling.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Refused, Superseded, WorkerLost } from '../engine/index.ts'
import { lossCurves } from './curves.ts'
import { engine } from './engine.ts'
import { FilterTile } from './filter-tile.tsx'
import { knownTrainer } from './model.ts'
import { firstSettings } from './settings.ts'
import { controlTask, type FiltersShown, openTask, type Snapshot, watchTask } from './task.ts'
import './miniature.css'

/** Small enough not to be felt: a few seconds of one thread, then it rests. */
const settings = { ...firstSettings, examples: 500, kernel: 5, count: 8, depth: 2, rate: 0.01, epochs: 8 }

/** Steps of an epoch. */
const batches = Math.ceil(settings.examples / settings.batch)

/** Of the curve's picture. */
const [width, height] = [200, 64]

/** A visitor who has a run sees it here as well; it is not given up for another. */
export function Miniature() {
  const trainer = knownTrainer()
  return trainer === undefined ? (
    <Learning />
  ) : (
    <Picture filters={trainer.seen.value?.filters} losses={trainer.losses.value} steps={trainer.losses.value.length} />
  )
}

function Learning() {
  const seen = useSignal<Snapshot | undefined>(undefined)
  const losses = useSignal<readonly number[]>([])
  useEffect(() => {
    let left = false
    void learn()
    async function learn(): Promise<void> {
      try {
        const { run } = await engine.ask('train-open', openTask, { settings, own: undefined, checkpoint: undefined })
        void engine.ask('train-control', controlTask, { run, wanted: 'run' })
        do {
          const known = losses.peek().length
          const question = { run, since: seen.peek()?.version ?? -1, known, measuredStep: 0, probe: 0 }
          const snapshot = await engine.ask('train-watch', watchTask, question)
          losses.value = [...losses.peek(), ...snapshot.losses]
          seen.value = snapshot
        } while (!left && seen.peek()?.phase !== 'finished')
        if (left) void engine.ask('train-control', controlTask, { run, wanted: 'pause' }).catch(() => {})
      } catch (error) {
        // The view has opened a run of its own, or there is no worker: the picture stays as it is.
        const ended = error instanceof Refused || error instanceof Superseded || error instanceof WorkerLost
        if (!ended) throw error
      }
    }
    return () => {
      left = true
    }
  }, [losses, seen])
  return <Picture filters={seen.value?.filters} losses={losses.value} steps={settings.epochs * batches} />
}

interface PictureProps {
  readonly filters: FiltersShown | undefined
  readonly losses: readonly number[]
  /** As many as the width stands for. */
  readonly steps: number
}

function Picture({ filters, losses, steps }: PictureProps) {
  const [at, values] = lossCurves(losses, [])
  const top = Math.max(2.5, values[0] ?? 0)
  const points = values.map(
    (loss, i) => `${((at[i] ?? 0) / steps) * width},${height * (1 - Math.min(loss ?? 0, top) / top)}`,
  )
  const count = Math.min(filters?.shape[3] ?? 0, 8)
  return (
    <div class="train-miniature">
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <line x1="0" y1={height} x2={width} y2={height} />
        <polyline points={points.join(' ')} />
      </svg>
      <div class="mini-filters">
        {filters !== undefined &&
          Array.from({ length: count }, (_, i) => <FilterTile key={i} filters={filters} index={i} label={undefined} />)}
      </div>
    </div>
  )
}
