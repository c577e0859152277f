// View 2: pictures through kernels.

import { useEffect, useMemo } from 'preact/hooks'
import { Choice, Group, Select, Switch } from '../ui/fields.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { showNumber } from '../words/numbers.ts'
import { noted } from '../words/sentences.ts'
import { readAddress, writeAddress } from './address.ts'
import { ChainPanel } from './chain-panel.tsx'
import { Comparison } from './comparison.tsx'
import { KernelEditor } from './kernel-editor.tsx'
import { filtersMessages } from './messages.ts'
import { createFilters, type FiltersModel } from './model.ts'
import { type OwnPicture, theOwnPicture } from './own.ts'
import { PicturePanel } from './picture-panel.tsx'
import { ProbePanel } from './probe-panel.tsx'
import { SpectrumPanel } from './spectrum-panel.tsx'
import { channelViews, ownName } from './state.ts'
import './filters.css'
import { engine } from './engine.ts'

interface FiltersViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

export function View({ params, keep }: FiltersViewProps) {
  const words = filtersMessages()
  const own = theOwnPicture()
  const { model, refused } = useMemo(() => {
    const read = readAddress(params)
    return {
      model: createFilters(engine, read.state, 'filters', { brought: own.pixels, probing: true }),
      refused: read.refused,
    }
  }, [params])
  const loadTour = async () => {
    const { filtersTour } = await import('./tour.ts')
    return () => filtersTour(model)
  }
  useEffect(() => model.dispose, [model])
  useEffect(() => model.state.subscribe((state) => keep(writeAddress(state))), [model, keep])
  const problem = model.problem.value
  return (
    <div class="filters">
      <ViewHead
        words={words}
        load={loadTour}
        refused={refused}
        problem={problem === undefined ? undefined : words.refused(problem)}
      />
      <div class="filters-layout">
        <div class="filters-main">
          <section class="card" aria-label={words.wipe}>
            <Comparison model={model} />
            <Facts model={model} />
          </section>
          <ProbePanel model={model} />
          <SpectrumPanel model={model} />
        </div>
        <Controls model={model} own={own} />
      </div>
      <Lazy load={loadTake} props={{ model }} />
    </div>
  )
}

/** What it took, what ran, and what the values are. */
function Facts({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const answer = model.answer.value
  if (answer === undefined) return <p class="facts">…</p>
  const { milliseconds, backend, how, range } = answer
  return (
    <ul class="facts">
      <li>
        {words.took(milliseconds.toFixed(1), String(Math.min(9999, Math.floor(1000 / Math.max(milliseconds, 0.1)))))}
      </li>
      {how !== undefined && (
        <li>
          {noted(words.ran(words.backends[backend] ?? backend, words.ways[how.algorithm] ?? how.algorithm), how.kernel)}
        </li>
      )}
      <li>{words.range(showNumber(range[0], 1), showNumber(range[1], 1), model.signed.value)}</li>
    </ul>
  )
}

interface ControlsProps {
  readonly model: FiltersModel
  readonly own: OwnPicture
}

function Controls({ model, own }: ControlsProps) {
  const words = filtersMessages()
  const state = model.state.value
  const set = (change: Partial<typeof state>): void => {
    model.state.value = { ...model.state.peek(), ...change }
  }
  return (
    <section class="card filters-controls" aria-label={words.options}>
      <PicturePanel model={model} own={own} />
      <ChainPanel model={model} />
      {state.chain.includes(ownName) && <KernelEditor model={model} />}
      <Group title={words.options}>
        <Select
          label={words.edge}
          value={state.boundary}
          options={(['reflect', 'mirror', 'edge', 'wrap', 'zero'] as const).map((name) => [name, words.edges[name]])}
          onChange={(boundary) => set({ boundary })}
        />
        <Switch label={words.grey} on={state.grey} onChange={(grey) => set({ grey })} />
        {!state.grey && (
          <Choice
            label={words.channel}
            value={state.channel}
            options={channelViews.map((name) => [name, words.channels[name]])}
            onChange={(channel) => set({ channel })}
          />
        )}
      </Group>
    </section>
  )
}
