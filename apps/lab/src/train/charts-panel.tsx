// Loss and accuracy as they go.

import { useComputed } from '@preact/signals'
import { Lazy } from '../ui/lazy.tsx'
import type { ChartProps, Curve } from './chart.tsx'
import { lossCurves, measuredCurve } from './curves.ts'
import { lossText, percentText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'

export const loadChart = async () => (await import('./chart.tsx')).Chart

interface ChartsPanelProps {
  readonly trainer: Trainer
  readonly onCanvas: (canvas: HTMLCanvasElement) => void
}

export function ChartsPanel({ trainer, onCanvas }: ChartsPanelProps) {
  const words = trainMessages()
  const { losses, seen, measured } = trainer
  const loss = useComputed(() => lossCurves(losses.value, seen.value?.history ?? []))
  const accuracy = useComputed(() => measuredCurve(seen.value?.history ?? [], measured.value, 'accuracy'))
  const count = losses.value.length
  const last = loss.value[2].at(-1)
  const score = measured.value?.figures['accuracy']
  const lossLines: Curve[] = [
    { label: words.batchLoss, colour: '--line-strong', width: 1 },
    { label: words.meanLoss, colour: '--orange', width: 2 },
    { label: words.heldLoss, colour: '--blue', width: 2, points: true },
  ]
  const accuracyLines: Curve[] = [{ label: words.accuracy, colour: '--blue', width: 2, points: true }]
  const lossChart: ChartProps = {
    ...{ data: loss.value, curves: lossLines, xLabel: words.stepNumber, format: lossText, onCanvas },
    label: last === undefined || last === null ? words.noCurve : words.lossSaid(lossText(last), count),
  }
  const accuracyChart: ChartProps = {
    ...{ data: accuracy.value, curves: accuracyLines, range: [0, 1], format: percentText, xLabel: words.stepNumber },
    label: score === undefined ? words.noAccuracy : words.accuracySaid(percentText(score)),
  }
  return (
    <div class="charts">
      <figure>
        <figcaption>
          {words.lossChart}
          <span class="legend">
            {lossLines.map(({ label, colour }) => (
              <span key={label} class={`legend-item legend${colour}`}>
                {label}
              </span>
            ))}
          </span>
        </figcaption>
        {count === 0 ? <p class="chart-empty">{words.noCurve}</p> : <Lazy load={loadChart} props={lossChart} />}
      </figure>
      <figure>
        <figcaption>{words.accuracyChart}</figcaption>
        {measured.value === undefined ? (
          <p class="chart-empty">{words.noAccuracy}</p>
        ) : (
          <Lazy load={loadChart} props={accuracyChart} />
        )}
      </figure>
    </div>
  )
}
