// Up to four networks side by side: accuracy against parameters and multiply-adds.

import { runMessages } from '../runs/messages.ts'
import { Select, Stepper } from '../ui/fields.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { beside, named, within } from '../words/phrases.ts'
import type { ChartProps } from './chart.tsx'
import { loadChart } from './charts-panel.tsx'
import { choiceKey, theComparing } from './comparing.ts'
import { percentText, wholeText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { counts, depths, kernels, mostCompared, mostComparedEpochs, type NetworkChoice } from './settings.ts'
import type { Compared } from './task.ts'

const letters = 'ABCD'

export function ComparePanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const comparing = theComparing(trainer)
  const { compared } = trainer.settings.value
  const set = (next: readonly NetworkChoice[]): void => {
    trainer.settings.value = { ...trainer.settings.peek(), compared: next }
  }
  const running = comparing.running.value
  const found = compared.map((choice) => comparing.resultOf(choice))
  const nameOf = ({ kernel, count, depth }: NetworkChoice): string => words.choiceName(kernel, count, depth)
  const best = bestOf(found)
  const fresh = unlike(compared, trainer.settings.value)
  const change = (at: number, part: Partial<NetworkChoice>): void => {
    const next = { ...compared[at], ...part }
    // No network stands there twice.
    if (!compared.some((one, i) => i !== at && choiceKey(one) === choiceKey(next))) set(compared.with(at, next))
  }
  const select = (at: number, name: keyof NetworkChoice, values: readonly number[]) => (
    <Select
      label={words.compared[name]}
      value={String(compared[at][name])}
      options={values.map((value) => [String(value), name === 'kernel' ? `${value}×${value}` : String(value)] as const)}
      onChange={(value) => change(at, { [name]: Number(value) })}
    />
  )
  return (
    <section class="card compare" aria-labelledby="compare-title">
      <h2 id="compare-title">{words.compare}</h2>
      <p class="hint">{words.compareNote}</p>
      <ol class="compare-list">
        {compared.map((choice, at) => (
          <li key={at} class="compare-item" data-choice={choiceKey(choice)}>
            <div class="compare-choice">
              <span class="compare-letter" aria-hidden="true">
                {letters[at]}
              </span>
              {select(at, 'kernel', kernels)}
              {select(at, 'count', counts)}
              {select(at, 'depth', depths)}
              <button
                type="button"
                class="plain"
                aria-label={words.compareRemove(nameOf(choice))}
                title={words.compareRemove(nameOf(choice))}
                disabled={compared.length < 2}
                onClick={() => set(compared.toSpliced(at, 1))}
              >
                ×
              </button>
            </div>
            <Result
              result={found[at]}
              running={running === choiceKey(choice)}
              waiting={running !== undefined}
              best={at === best}
            />
          </li>
        ))}
      </ol>
      <div class="bar compare-tools">
        {compared.length < mostCompared && fresh !== undefined && (
          <button type="button" onClick={() => set([...compared, fresh])}>
            {words.compareAdd}
          </button>
        )}
        <span class="gap" />
        <Stepper
          label={words.compareEpochs}
          value={trainer.settings.value.comparedEpochs}
          least={1}
          most={mostComparedEpochs}
          onChange={(comparedEpochs) => {
            trainer.settings.value = { ...trainer.settings.peek(), comparedEpochs }
          }}
        />
        <button
          type="button"
          class="primary"
          disabled={trainer.status.value !== 'ready' || (running === undefined && !found.includes(undefined))}
          onClick={() => (running === undefined ? void comparing.start() : comparing.stop())}
        >
          {running === undefined ? words.compareStart : words.compareStop}
        </button>
      </div>
      <p class="unseen" role="status">
        {best >= 0 && running === undefined ? words.bestOf(nameOf(compared[best])) : ''}
      </p>
      {comparing.problem.value !== undefined && (
        <p class="notice" role="alert">
          {runMessages().refused(comparing.problem.value)}
        </p>
      )}
      {best >= 0 && <CompareCharts found={found} />}
    </section>
  )
}

const bestOf = (found: readonly (Compared | undefined)[]): number => {
  let best = -1
  found.forEach((one, i) => {
    if (one !== undefined && one.accuracy > (found[best]?.accuracy ?? -1)) best = i
  })
  return best
}

/** A network that is not compared yet: the view's own first. */
function unlike(compared: readonly NetworkChoice[], own: NetworkChoice): NetworkChoice | undefined {
  const taken = new Set(compared.map(choiceKey))
  const all = [own, ...kernels.flatMap((kernel) => depths.map((depth) => ({ kernel, count: own.count, depth })))]
  const found = all.find((choice) => !taken.has(choiceKey(choice)))
  return found && { kernel: found.kernel, count: found.count, depth: found.depth }
}

interface ResultProps {
  readonly result: Compared | undefined
  readonly running: boolean
  readonly waiting: boolean
  readonly best: boolean
}

function Result({ result, running, waiting, best }: ResultProps) {
  const words = trainMessages()
  if (result === undefined)
    return (
      <p class="hint compare-result" role="status">
        {running ? words.comparing : waiting ? words.waiting : '–'}
      </p>
    )
  return (
    <dl class={best ? 'compare-result best' : 'compare-result'}>
      <div>
        <dt>{words.accuracy}</dt>
        <dd>{percentText(result.accuracy)}</dd>
      </div>
      <div>
        <dt>{words.parameters}</dt>
        <dd>{wholeText(result.parameters)}</dd>
      </div>
      <div>
        <dt>{words.macs}</dt>
        <dd>{wholeText(result.macs)}</dd>
      </div>
      <div>
        <dt>{words.seconds}</dt>
        <dd>{result.seconds.toFixed(1)}</dd>
      </div>
    </dl>
  )
}

function CompareCharts({ found }: { readonly found: readonly (Compared | undefined)[] }) {
  const words = trainMessages()
  const chart = (cost: 'parameters' | 'macs', xLabel: string): ChartProps => {
    const points = found
      .flatMap((one, i) => (one === undefined ? [] : [{ x: one[cost], y: one.accuracy, name: letters[i] }]))
      .sort((a, b) => a.x - b.x)
    return {
      data: [points.map(({ x }) => x), points.map(({ y }) => y)],
      curves: [{ label: words.accuracy, colour: '--blue', width: 0, points: true }],
      ...{ names: points.map(({ name }) => name), logarithmic: true, range: [0, 1.05], format: shareText, xLabel },
      label: named(
        within(words.compareChart, xLabel),
        beside(points.map(({ name, x, y }) => within(`${name} ${percentText(y)}`, wholeText(x)))),
      ),
    }
  }
  return (
    <div class="charts">
      <figure>
        <figcaption>
          {words.accuracy} {words.overParameters}
        </figcaption>
        <Lazy load={loadChart} props={chart('parameters', words.parameters)} />
      </figure>
      <figure>
        <figcaption>
          {words.accuracy} {words.overMacs}
        </figcaption>
        <Lazy load={loadChart} props={chart('macs', words.macs)} />
      </figure>
    </div>
  )
}

const shareText = (value: number): string => (value > 1 ? '' : percentText(value))
