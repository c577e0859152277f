// Controls with their labels.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { uiMessages } from './messages.ts'

interface StepperProps {
  readonly label: string
  readonly value: number
  readonly least: number
  readonly most: number
  readonly onChange: (value: number) => void
  readonly disabled?: boolean
}

/** A whole number with a button to either side. */
export function Stepper({ label, value, least, most, onChange, disabled = false }: StepperProps) {
  const id = useId()
  const words = uiMessages()
  const { less, more } = words
  /** What was made of an entry that could not be taken as it was typed. */
  const corrected = useSignal<string | undefined>(undefined)
  const set = (wanted: number): void => {
    const taken = Math.min(Math.max(Math.round(wanted), least), most)
    corrected.value = Number.isNaN(wanted)
      ? words.notANumber(least, most, value)
      : taken === wanted
        ? undefined
        : words.corrected(String(wanted), least, most, taken)
    if (!Number.isNaN(wanted)) onChange(taken)
  }
  return (
    <div class="stepper">
      <label for={id}>{label}</label>
      <div class="stepper-row">
        <button
          type="button"
          aria-label={less(label)}
          disabled={disabled || value <= least}
          onClick={() => set(value - 1)}
        >
          −
        </button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          step={1}
          value={value}
          disabled={disabled}
          aria-describedby={corrected.value === undefined ? undefined : `${id}-said`}
          onChange={(event) => {
            set(event.currentTarget.valueAsNumber)
            event.currentTarget.value = String(value)
          }}
        />
        <button
          type="button"
          aria-label={more(label)}
          disabled={disabled || value >= most}
          onClick={() => set(value + 1)}
        >
          +
        </button>
      </div>
      {corrected.value !== undefined && (
        <p id={`${id}-said`} class="hint corrected" role="status">
          {corrected.value}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, words: string])[]
  readonly onChange: (value: T) => void
  readonly hideLabel?: boolean
}

/** One of a few, all of them to be seen. */
export function Choice<T extends string>({ label, value, options, onChange, hideLabel = false }: ChoiceProps<T>) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend class={hideLabel ? 'unseen' : undefined}>{label}</legend>
      <div class="choice-row">
        {options.map(([option, words]) => (
          <label key={option} class={option === value ? 'chosen' : undefined}>
            <input
              type="radio"
              class="unseen"
              name={name}
              value={option}
              checked={option === value}
              onChange={() => onChange(option)}
            />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** One of many. */
export function Select<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const id = useId()
  return (
    <div class="select">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(([option, words]) => (
          <option key={option} value={option} selected={option === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

interface SwitchProps {
  readonly label: string
  readonly on: boolean
  readonly onChange: (on: boolean) => void
}

export function Switch({ label, on, onChange }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        checked={on}
        aria-checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>{label}</span>
    </label>
  )
}

interface GroupProps {
  readonly title: string
  readonly children: ComponentChildren
}

/** Settings that belong together. */
export function Group({ title, children }: GroupProps) {
  return (
    <fieldset class="group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}
