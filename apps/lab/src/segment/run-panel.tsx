// Start, pause, step, start over; the figures of each network; and their curves, both together.

import { useComputed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { RunControls, RunPlace } from '../runs/controls.tsx'
import type { Phase } from '../runs/protocol.ts'
import type { ChartProps, Curve } from '../train/chart.tsx'
import { loadChart } from '../train/charts-panel.tsx'
import { joinCurves, lossCurves, measuredCurve } from '../train/curves.ts'
import { lossText, percentText, wholeText } from '../train/formats.ts'
import { Lazy } from '../ui/lazy.tsx'
import { beside, named } from '../words/phrases.ts'
import { ClassName } from './legend.tsx'
import { segmentMessages } from './messages.ts'
import type { Log, Segmenter } from './model.ts'
import { mostEpochs } from './settings.ts'
import type { NetworkFacts, NetworkSeen, Opened } from './task.ts'

/** One that runs, else one that failed: what is told of all. */
function phaseOf(networks: readonly NetworkSeen[]): Phase {
  const phases = networks.map(({ phase }) => phase)
  return (['running', 'failed', 'paused'] as const).find((phase) => phases.includes(phase)) ?? phases[0] ?? 'paused'
}

export function RunPanel({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const seen = model.seen.value
  const networks = seen?.networks ?? []
  const phase = phaseOf(networks)
  // The one behind goes on first; while it is untrained the run stands where the other does.
  const inOrder = networks.toSorted((a, b) => a.step - b.step)
  const at = inOrder.find(({ step }) => step > 0) ?? inOrder[0]
  const step = at?.step ?? 0
  const speed = networks.reduce((sum, { stepsPerSecond }) => sum + stepsPerSecond, 0)
  const opened = model.opened.value
  return (
    <section class="card run-panel" aria-labelledby="run-title">
      <div class="run-head">
        <h2 id="run-title">{words.training}</h2>
        <RunControls
          run={model}
          {...{ phase, step, epochs: model.settings.value.epochs, mostEpochs }}
          onEpochs={(epochs) => {
            model.settings.value = { ...model.settings.peek(), epochs }
          }}
        />
      </div>
      <div class="run-place" data-phase={phase}>
        <RunPlace
          {...{ phase, step, epoch: at?.epoch ?? 0, batch: at?.batch ?? 0, batches: seen?.batches ?? 0 }}
          {...{ stepsPerSecond: speed, computed: opened }}
        />
      </div>
      <div class="run-parts">
        {opened !== undefined && (
          <div class="figures-part">
            <Figures opened={opened} logs={model.logs.value} networks={networks} />
            <p class="hint">{words.figuresHint}</p>
          </div>
        )}
        <Charts model={model} />
      </div>
    </section>
  )
}

interface FiguresProps {
  readonly opened: Opened
  readonly logs: readonly Log[]
  readonly networks: readonly NetworkSeen[]
}

const figureNames = ['iou', 'dice', 'edges', 'accuracy'] as const

function Figures({ opened, logs, networks }: FiguresProps) {
  const words = segmentMessages()
  const share = (value: number | undefined): string =>
    value === undefined ? '–' : Number.isNaN(value) ? words.none : percentText(value)
  const row = (name: string, title: ComponentChildren, text: (log: Log, index: number) => string) => (
    <tr key={name} data-figure={name}>
      <th scope="row">{title}</th>
      {opened.networks.map(({ skips }, i) => (
        <td key={String(skips)} data-measured={logs[i]?.measured?.step}>
          {logs[i] === undefined ? '–' : text(logs[i], i)}
        </td>
      ))}
    </tr>
  )
  return (
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">{words.heldOut}</th>
          {opened.networks.map(({ skips }) => (
            <th key={String(skips)} scope="col">
              {words.skipName(skips)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {figureNames.map((name) =>
          row(name, <abbr title={words.figureNotes[name]}>{words.figures[name]}</abbr>, ({ measured }) =>
            share(measured?.figures[name]),
          ),
        )}
        {opened.classes.map((name, label) =>
          row(`iou-${name}`, <ClassName label={label} prefix={words.iouOf} />, ({ measured }) =>
            share(measured?.classes[label]?.iou),
          ),
        )}
        {row('loss', words.lossNow, ({ losses }) => (losses.length === 0 ? '–' : lossText(losses[losses.length - 1])))}
        {row('step', words.step, (_, i) => wholeText(networks[i]?.step ?? 0))}
      </tbody>
    </table>
  )
}

const lineOf = ({ skips }: NetworkFacts, label: string): Curve =>
  skips ? { label, colour: '--ink', width: 2 } : { label, colour: '--quiet', width: 2, dashed: true }

function Charts({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const { logs, seen, opened } = model
  const historyOf = (i: number) => seen.value?.networks[i]?.history ?? []
  const loss = useComputed(() =>
    joinCurves(
      logs.value.map(({ losses }) => {
        const [steps, , mean] = lossCurves(losses, [])
        return [steps, mean] as const
      }),
    ),
  )
  const iou = useComputed(() =>
    joinCurves(logs.value.map(({ measured }, i) => measuredCurve(historyOf(i), measured, 'iou'))),
  )
  const facts = opened.value?.networks ?? []
  const lines = facts.map((one) => lineOf(one, words.skipName(one.skips)))
  const taken = logs.value.some(({ losses }) => losses.length > 0)
  const measured = logs.value.some((log) => log.measured !== undefined)
  const said = (text: (log: Log) => string): string =>
    beside(
      facts.map(
        ({ skips }, i) => `${words.skipName(skips)} ${logs.value[i] === undefined ? '–' : text(logs.value[i])}`,
      ),
    )
  const lossChart: ChartProps = {
    ...{ data: loss.value, curves: lines, xLabel: words.step, format: lossText },
    label: named(
      words.lossChart,
      said(({ losses }) => (losses.length === 0 ? '–' : lossText(losses[losses.length - 1]))),
    ),
  }
  const iouChart: ChartProps = {
    ...{ data: iou.value, curves: lines.map((line) => ({ ...line, points: true })), xLabel: words.step },
    ...{ range: [0, 1] as const, format: percentText },
    label: named(
      words.iouChart,
      said((log) => (log.measured === undefined ? '–' : percentText(log.measured.figures['iou']))),
    ),
  }
  return (
    <div class="charts">
      <figure>
        <figcaption>
          {words.lossChart}
          {facts.length > 1 && <LineLegend lines={lines} />}
        </figcaption>
        {taken ? <Lazy load={loadChart} props={lossChart} /> : <p class="chart-empty">{words.noCurve}</p>}
      </figure>
      <figure>
        <figcaption>
          {words.iouChart}
          {facts.length > 1 && <LineLegend lines={lines} />}
        </figcaption>
        {measured ? <Lazy load={loadChart} props={iouChart} /> : <p class="chart-empty">{words.noMeasure}</p>}
      </figure>
    </div>
  )
}

const LineLegend = ({ lines }: { readonly lines: readonly Curve[] }) => (
  <span class="legend">
    {lines.map(({ label, dashed }) => (
      <span key={label} class={dashed === true ? 'line-item dashed' : 'line-item'}>
        {label}
      </span>
    ))}
  </span>
)
