// The filters that the picture goes through, with their parameters.

import { gallery, type KernelParameter } from 'convoke-workbench'
import { useId } from 'preact/hooks'
import { Group } from '../ui/fields.tsx'
import { showNumber } from '../words/numbers.ts'
import { parameterWord, summaryOf } from './kernel-words.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'
import { type FiltersState, firstFilters, mostFilters, ownName } from './state.ts'

interface ChainPanelProps {
  readonly model: FiltersModel
}

/** Parameters in the page stay within what is quick and fits the picture. */
const mostInPage = 24

export function ChainPanel({ model }: ChainPanelProps) {
  const words = filtersMessages()
  const state = model.state.value
  const set = (chain: readonly string[]): void => {
    model.state.value = { ...model.state.peek(), chain }
  }
  return (
    <Group title={words.chain}>
      {state.chain.length === 0 && <p class="hint">{words.none}</p>}
      <ol class="chain">
        {state.chain.map((text, index) => (
          <ChainItem
            key={index}
            {...{ state, text, index }}
            onChange={(next) =>
              set(next === undefined ? state.chain.filter((_, i) => i !== index) : state.chain.with(index, next))
            }
          />
        ))}
      </ol>
      {state.chain.length < mostFilters && (
        <button type="button" onClick={() => set([...state.chain, firstFilters.chain[0]])}>
          {words.add}
        </button>
      )}
    </Group>
  )
}

interface ChainItemProps {
  readonly state: FiltersState
  readonly text: string
  readonly index: number
  /** Undefined takes the filter away. */
  readonly onChange: (text: string | undefined) => void
}

function ChainItem({ text, index, onChange }: ChainItemProps) {
  const words = filtersMessages()
  const id = useId()
  const [name, given = ''] = text.split(':')
  const entry = gallery.find((kernel) => kernel.name === name)
  const values = entry?.parameters.map((parameter, i) => {
    const part = given.split(',')[i]
    return part === undefined || part === '' ? parameter.default : Number(part)
  })
  return (
    <li class="chain-item">
      <label for={id} class="unseen">
        {words.filter(index)}
      </label>
      <div class="chain-row">
        <select id={id} value={name} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value={ownName} selected={name === ownName}>
            {words.own}
          </option>
          {gallery.map((kernel) => (
            <option key={kernel.name} value={kernel.name} selected={kernel.name === name}>
              {kernel.name}
            </option>
          ))}
        </select>
        <button type="button" class="plain" aria-label={words.remove(name)} onClick={() => onChange(undefined)}>
          ×
        </button>
      </div>
      {entry !== undefined && values !== undefined && (
        <>
          <p class="hint">{summaryOf(entry)}</p>
          {entry.parameters.map((parameter, i) => (
            <ParameterSlider
              key={parameter.name}
              parameter={parameter}
              value={values[i]}
              onChange={(value) => onChange(`${name}:${values.with(i, value).join(',')}`)}
            />
          ))}
        </>
      )}
    </li>
  )
}

interface ParameterSliderProps {
  readonly parameter: KernelParameter
  readonly value: number
  readonly onChange: (value: number) => void
}

function ParameterSlider({ parameter, value, onChange }: ParameterSliderProps) {
  const words = filtersMessages()
  const id = useId()
  const angle = parameter.name === 'angle'
  const most = angle ? Math.min(parameter.max, 360) : Math.min(parameter.max, mostInPage)
  const step = parameter.step === 'odd' ? 2 : (parameter.step ?? (angle ? 1 : 0.1))
  const least = parameter.step === 'odd' ? parameter.min : Math.max(parameter.min, angle ? -most : parameter.min)
  return (
    <div class="parameter">
      <label for={id} title={parameter.meaning}>
        {words.parameterValue(parameterWord(parameter.name), showNumber(value, 2))}
      </label>
      <input
        id={id}
        type="range"
        min={least}
        max={parameter.step === 'odd' ? most - ((most - least) % 2) : most}
        step={step}
        value={value}
        onInput={(event) => onChange(Number(event.currentTarget.valueAsNumber.toFixed(2)))}
      />
    </div>
  )
}
