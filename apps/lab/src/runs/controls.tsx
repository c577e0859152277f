// Start, pause, step, start over; where a run stands; and what went wrong with it.

import { useSignal } from '@preact/signals'
import type { Keeper } from '../keeping/keeper.ts'
import { StoreNotice } from '../keeping/store-notice.tsx'
import { Icon } from '../ui/icons.tsx'
import type { Follower } from './follower.ts'
import { runMessages } from './messages.ts'
import type { Phase } from './protocol.ts'

type Followed = Pick<Follower<unknown, unknown>, 'status' | 'problem' | 'recovered' | 'want' | 'reset' | 'keepNow'>

interface RunControlsProps {
  readonly run: Followed
  readonly phase: Phase
  readonly step: number
  /** Of the run; one that has done all its epochs is given some more. */
  readonly epochs: number
  readonly mostEpochs: number
  readonly onEpochs: (epochs: number) => void
}

/** Epochs that a run is given which has done all. */
const more = 10

export function RunControls({ run, phase, step, epochs, mostEpochs, onEpochs }: RunControlsProps) {
  const words = runMessages()
  const said = useSignal('')
  const ready = run.status.value === 'ready'
  const running = phase === 'running'
  const over = phase === 'failed'
  return (
    <>
      <div class="bar">
        <button
          type="button"
          class="primary"
          disabled={!ready || over || (phase === 'finished' && epochs >= mostEpochs)}
          onClick={() => {
            if (phase === 'finished') onEpochs(Math.min(mostEpochs, epochs + more))
            run.want(running ? 'pause' : 'run')
          }}
        >
          <Icon name={running ? 'pause' : 'play'} />
          {running ? words.pause : step > 0 ? words.goOn : words.start}
        </button>
        <button type="button" disabled={!ready || running || over} onClick={() => run.want('step')}>
          <Icon name="forward" />
          {words.step}
        </button>
        <button
          type="button"
          disabled={!ready || step === 0}
          onClick={() => {
            run.reset()
            said.value = words.resetDone
          }}
        >
          <Icon name="first" />
          {words.reset}
        </button>
      </div>
      <p class="unseen" role="status">
        {said.value}
      </p>
    </>
  )
}

interface RunPlaceProps {
  readonly phase: Phase
  readonly step: number
  readonly epoch: number
  readonly batch: number
  readonly batches: number
  readonly stepsPerSecond: number
  readonly computed: { readonly backend: string; readonly threads: number } | undefined
}

/** Where a run stands, and what computes it. */
export function RunPlace({ phase, step, epoch, batch, batches, stepsPerSecond, computed }: RunPlaceProps) {
  const words = runMessages()
  return (
    <p class="facts">
      <span data-fact="phase">{phase === 'paused' && step === 0 ? words.untrained : words.phases[phase]}</span>
      {step > 0 && <span>{words.place(epoch + (batch > 0 ? 1 : 0), batch === 0 ? batches : batch, batches)}</span>}
      {stepsPerSecond > 0 && phase === 'running' && <span>{words.speed(stepsPerSecond.toFixed(0))}</span>}
      {computed !== undefined && <span>{words.ran(computed.backend, computed.threads)}</span>}
    </p>
  )
}

interface RunNoticesProps {
  readonly run: Followed
  readonly store: Pick<Keeper, 'problem' | 'elsewhere' | 'takeOver'>
}

export function RunNotices({ run, store }: RunNoticesProps) {
  const words = runMessages()
  const { problem, recovered } = run
  return (
    <>
      {problem.value !== undefined && (
        <p class="notice" role="alert">
          {words.refused(problem.value)}
          <button type="button" onClick={run.reset}>
            {words.reset}
          </button>
        </p>
      )}
      {recovered.value !== undefined && (
        <p class="notice" role="status">
          {words.recovered(recovered.value)}
        </p>
      )}
      {store.elsewhere.value && (
        <p class="notice" role="status">
          {words.elsewhere}{' '}
          <button type="button" onClick={() => void store.takeOver().then(run.keepNow)}>
            {words.keepHere}
          </button>
        </p>
      )}
      <StoreNotice problem={store.problem} />
    </>
  )
}
