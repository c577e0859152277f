// Start, pause, step, start over; and where the run stands.

import { RunControls, RunPlace } from '../runs/controls.tsx'
import { ChartsPanel } from './charts-panel.tsx'
import { lossText, percentText, wholeText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { mostEpochs } from './settings.ts'

interface RunPanelProps {
  readonly trainer: Trainer
  readonly onCanvas: (canvas: HTMLCanvasElement) => void
}

export function RunPanel({ trainer, onCanvas }: RunPanelProps) {
  const words = trainMessages()
  const { phase = 'paused', step = 0 } = trainer.seen.value ?? {}
  return (
    <section class="card run-panel" aria-labelledby="run-title">
      <div class="run-head">
        <h2 id="run-title">{words.training}</h2>
        <RunControls
          run={trainer}
          {...{ phase, step, epochs: trainer.settings.value.epochs, mostEpochs }}
          onEpochs={(epochs) => {
            trainer.settings.value = { ...trainer.settings.peek(), epochs }
          }}
        />
      </div>
      <Standing trainer={trainer} />
      <ChartsPanel trainer={trainer} onCanvas={onCanvas} />
    </section>
  )
}

/** Where the run stands, in numbers. */
function Standing({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const seen = trainer.seen.value
  const opened = trainer.opened.value
  const measured = trainer.measured.value
  const losses = trainer.losses.value
  const { step = 0, epoch = 0, batch = 0, batches = 0, phase = 'paused', stepsPerSecond = 0 } = seen ?? {}
  return (
    <>
      <dl class="standing" data-phase={phase}>
        <div>
          <dt>{words.accuracy}</dt>
          <dd data-fact="accuracy">{measured === undefined ? '–' : percentText(measured.figures['accuracy'])}</dd>
        </div>
        <div>
          <dt>{words.loss}</dt>
          <dd data-fact="loss">{losses.length === 0 ? '–' : lossText(losses[losses.length - 1])}</dd>
        </div>
        <div>
          <dt>{words.stepNumber}</dt>
          <dd data-fact="step">{wholeText(step)}</dd>
        </div>
      </dl>
      <RunPlace {...{ phase, step, epoch, batch, batches, stepsPerSecond, computed: opened }} />
    </>
  )
}
