// Start, pause, step, start over; and where the run stands.

import { useSignal } from '@preact/signals'
import { Icon } from '../ui/icons.tsx'
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
  const said = useSignal('')
  const ready = trainer.status.value === 'ready'
  const { phase = 'paused', step = 0 } = trainer.seen.value ?? {}
  const running = phase === 'running'
  const over = phase === 'failed'
  return (
    <section class="card run-panel" aria-labelledby="run-title">
      <div class="run-head">
        <h2 id="run-title">{words.training}</h2>
        <div class="bar">
          <button
            type="button"
            class="primary"
            disabled={!ready || over || (phase === 'finished' && trainer.settings.value.epochs >= mostEpochs)}
            onClick={() => {
              if (phase === 'finished') addEpochs(trainer)
              trainer.want(running ? 'pause' : 'run')
            }}
          >
            <Icon name={running ? 'pause' : 'play'} />
            {running ? words.pause : step > 0 ? words.goOn : words.start}
          </button>
          <button type="button" disabled={!ready || running || over} onClick={() => trainer.want('step')}>
            <Icon name="forward" />
            {words.step}
          </button>
          <button
            type="button"
            disabled={!ready || step === 0}
            onClick={() => {
              trainer.reset()
              said.value = words.resetDone
            }}
          >
            <Icon name="first" />
            {words.reset}
          </button>
        </div>
      </div>
      <p class="unseen" role="status">
        {said.value}
      </p>
      <Standing trainer={trainer} />
      <ChartsPanel trainer={trainer} onCanvas={onCanvas} />
    </section>
  )
}

/** What a run goes on for that has done all its epochs. */
const more = 10

function addEpochs({ settings }: Trainer): void {
  settings.value = { ...settings.peek(), epochs: Math.min(mostEpochs, settings.peek().epochs + more) }
}

/** Where the run stands, in numbers. */
function Standing({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const seen = trainer.seen.value
  const opened = trainer.opened.value
  const measured = trainer.measured.value
  const losses = trainer.losses.value
  const { step = 0, epoch = 0, batch = 0, batches = 0, phase = 'paused', stepsPerSecond = 0 } = seen ?? {}
  const state = phase === 'paused' && step === 0 ? words.untrained : words.phases[phase]
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
      <p class="facts">
        <span data-fact="phase">{state}</span>
        {step > 0 && <span>{words.place(epoch + (batch > 0 ? 1 : 0), batch === 0 ? batches : batch, batches)}</span>}
        {stepsPerSecond > 0 && phase === 'running' && <span>{words.speed(stepsPerSecond.toFixed(0))}</span>}
        {opened !== undefined && <span>{words.ran(opened.backend, opened.threads)}</span>}
      </p>
    </>
  )
}
