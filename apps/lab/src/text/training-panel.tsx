// Training: start, pause, step, reset, and how it goes.

import { Icon } from '../ui/icons.tsx'
import { showNumber } from '../words/numbers.ts'
import { Curve } from './curve.tsx'
import { textMessages } from './messages.ts'
import type { TextModel } from './model.ts'
import { mostSteps } from './state.ts'

/** Batches whose losses one number is the mean of. */
const smoothed = 10

function smooth(losses: readonly number[]): (readonly [number, number])[] {
  let sum = 0
  return losses.map((loss, i) => {
    sum += loss - (i >= smoothed ? losses[i - smoothed] : 0)
    return [i + 1, sum / Math.min(i + 1, smoothed)] as const
  })
}

export function TrainingPanel({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const answer = model.answer.value
  const training = model.training.value
  const step = answer?.step ?? 0
  const losses = answer?.losses ?? []
  const scores = answer?.scores ?? []
  const score = scores.at(-1)
  const curve = smooth(losses)
  const loss = curve.at(-1)?.[1]
  const across = Math.max(100, Math.ceil(step / 100) * 100)
  return (
    <section class="card training" aria-labelledby="training">
      <h2 id="training">{words.training}</h2>
      <div class="bar">
        <button
          type="button"
          class="primary"
          disabled={!training && step >= mostSteps}
          onClick={training ? model.pause : model.start}
        >
          <Icon name={training ? 'pause' : 'play'} />
          {training ? words.pause : step === 0 ? words.start : words.goOn}
        </button>
        <button type="button" disabled={training || step >= mostSteps} onClick={model.step}>
          {words.oneStep}
        </button>
        <button type="button" disabled={step === 0 && !training} onClick={model.reset}>
          {words.reset}
        </button>
      </div>
      <p class="hint" data-name="step">
        {words.steps(step, mostSteps)}
      </p>
      <div class="curves">
        <figure>
          <figcaption>
            <strong>{loss === undefined ? words.loss : words.lossNow(showNumber(loss))}</strong>
            <span class="hint">{words.lossChart}</span>
          </figcaption>
          <Curve
            class="loss"
            label={words.lossChart}
            points={curve}
            steps={across}
            most={0.8}
            ticks={[
              [0, '0'],
              [0.4, '0.4'],
              [0.8, '0.8'],
            ]}
          />
        </figure>
        <figure>
          <figcaption>
            <strong>
              {score === undefined ? words.accuracy : words.accuracyNow((100 * score.accuracy).toFixed(1))}
            </strong>
            <span class="hint">{words.accuracyNote(answer?.testCount ?? 0)}</span>
          </figcaption>
          <Curve
            class="accuracy"
            label={words.accuracyChart(answer?.testCount ?? 0)}
            points={scores.map(({ step: at, accuracy }) => [at, accuracy] as const)}
            steps={across}
            most={1}
            ticks={[
              [0, '0'],
              [0.5, '50%'],
              [1, '100%'],
            ]}
            dots
          />
        </figure>
      </div>
    </section>
  )
}
