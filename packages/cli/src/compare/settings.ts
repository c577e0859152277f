// The settings of runs by name, and which of them differ.

import type { ComparedRun } from './runs.ts'

/** `learningRate` → `learning rate` */
const spoken = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Settings of one run, as text. What columns of their own say is not among them. */
export function settingsOf({ config }: ComparedRun): ReadonlyMap<string, string> {
  const { model, picture, text, training, fineTuning, data } = config
  const found = new Map<string, string>()
  const add = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null) found.set(name, textOf(value))
  }
  const addAll = (values: Readonly<Record<string, unknown>>): void => {
    for (const [name, value] of Object.entries(values)) add(spoken(name), value)
  }
  // A network from elsewhere has its graph in its options.
  if (model.name !== 'graph') addAll(model.options)
  if (picture !== null) add('pictures', `${picture.height}x${picture.width}x${picture.channels}`)
  if (text !== null) {
    const { tokenizer, words, length } = text
    addAll({ tokenizer, words: words.length, length })
  }
  // The curve of a search is no setting; the rate that it found is.
  addAll({ ...training, rateSearch: undefined })
  if (fineTuning !== null) addAll({ ...fineTuning, from: fineTuning.from, fresh: undefined })
  addAll({ examples: data.counts.train, ...data.options })
  return found
}

export interface Differing {
  readonly names: readonly string[]
  /** Of each run, in their order; null for a setting that it does not have. */
  readonly values: readonly (readonly (string | null)[])[]
}

/** Settings that are not the same in all of these runs. */
export function differing(runs: readonly ComparedRun[]): Differing {
  const settings = runs.map(settingsOf)
  const all = [...new Set(settings.flatMap((own) => [...own.keys()]))]
  const names = all.filter((name) => new Set(settings.map((own) => own.get(name))).size > 1)
  return { names, values: settings.map((own) => names.map((name) => own.get(name) ?? null)) }
}

/** Whether the runs learned from different data: their scores say little of each other then. */
export const hasOtherData = (runs: readonly ComparedRun[]): boolean =>
  new Set(
    runs.map(({ config: { data } }) => `${data.path ?? data.source} ${data.counts.validation} ${data.counts.test}`),
  ).size > 1
