// The view in small: three pictures, and the masks that a network finds in them while it learns.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Refused, Superseded, WorkerLost } from '../engine/index.ts'
import { engine } from './engine.ts'
import { MaskCanvas } from './mask-canvas.tsx'
import { knownSegmenter } from './model.ts'
import { firstSettings } from './settings.ts'
import { controlTask, openTask, type Snapshot, watchTask } from './task.ts'
import './miniature.css'

/** Small enough not to be felt: some seconds, then it rests. */
const settings = { ...firstSettings, examples: 100, depth: 2, width: 8, epochs: 14 }

const shown = 3

/** A visitor who has a run sees it here as well; it is not given up for another. */
export function Miniature() {
  const model = knownSegmenter()
  if (model === undefined) return <Learning />
  return <Masks seen={model.seen.value} side={model.opened.value?.side ?? settings.side} />
}

function Learning() {
  const seen = useSignal<Snapshot | undefined>(undefined)
  useEffect(() => {
    let left = false
    void learn()
    async function learn(): Promise<void> {
      try {
        const { run } = await engine.ask('segment-open', openTask, { settings, checkpoints: [undefined] })
        void engine.ask('segment-control', controlTask, { run, wanted: 'run' })
        do {
          const since = seen.peek()?.version ?? -1
          const question = { run, since, known: [], from: 0, painting: [], block: undefined, blockOf: 0 } as const
          seen.value = await engine.ask('segment-watch', watchTask, question)
        } while (!left && seen.peek()?.networks[0].phase !== 'finished')
        if (left) void engine.ask('segment-control', controlTask, { run, wanted: 'pause' }).catch(() => {})
      } catch (error) {
        // The view has opened a run of its own, or there is no worker: the picture stays as it is.
        const ended = error instanceof Refused || error instanceof Superseded || error instanceof WorkerLost
        if (!ended) throw error
      }
    }
    return () => {
      left = true
    }
  }, [seen])
  return <Masks seen={seen.value} side={settings.side} />
}

function Masks({ seen, side }: { readonly seen: Snapshot | undefined; readonly side: number }) {
  const pictures = seen?.pictures.slice(0, shown) ?? []
  return (
    <div class="segment-miniature">
      {pictures.map(({ pixels }, i) => (
        <MaskCanvas key={`picture ${i}`} {...{ side, pixels }} label="" />
      ))}
      {pictures.map(({ pixels }, i) => (
        <MaskCanvas key={`mask ${i}`} {...{ side, pixels, mask: seen?.networks[0]?.found[i]?.mask }} label="" />
      ))}
    </div>
  )
}
