// The networks of a task and their options, for `convoke train TASK --help`: as the library and the task have them.

import { models } from 'convoke'
import { helpWidth } from '../terminal/help.ts'
import { wrapped } from '../terminal/wrap.ts'
import type { TaskName } from '../training/data/opened.ts'
import { plannerOf } from '../training/kits/index.ts'
import type { DecidedOptions } from '../training/kits/kit.ts'

/** As one types it: `[16,32]`, `same`. */
const typed = (value: unknown): string => (Array.isArray(value) ? `[${value.join(',')}]` : String(value))

function optionText({ name, rule, usual }: models.ModelOption, { fixed, fitted }: DecidedOptions): string {
  const choices = rule.startsWith('"') ? ` (${rule.replaceAll('"', '')})` : ''
  if (fitted.includes(name)) return `${name}: by the data${choices}`
  const value = fixed[name] ?? usual
  return `${name}=${typed(value)}${choices}`
}

/** The options that a user may choose. */
function optionsText(name: models.ModelName, decided: DecidedOptions): string {
  const own = models.optionsOf(name).filter((option) => !decided.given.includes(option.name))
  return own.length === 0 ? 'no options' : own.map((option) => optionText(option, decided)).join(', ')
}

/** What follows the help of `convoke train`; networks of the same options stand together. */
export function networksText(task: TaskName): string {
  const { models: names, decided } = plannerOf(task)
  const groups = new Map<string, models.ModelName[]>()
  for (const name of names) {
    const options = optionsText(name, decided(name))
    groups.set(options, [...(groups.get(options) ?? []), name])
  }
  const width = helpWidth()
  const setIn = (text: string, by: string): string =>
    wrapped(text, width - by.length)
      .split('\n')
      .map((line) => by + line)
      .join('\n')
  const lines = [...groups].map(([options, own], i) => {
    const usual = i === 0 ? ` (the usual one${own.length > 1 ? ` is ${own[0]}` : ''})` : ''
    return `${setIn(own.join(', ') + usual, '  ')}\n${setIn(options, '      ')}`
  })
  const heading = `Networks of ${task} (--model) and the defaults of their options (--model-option):`
  return `\n${wrapped(heading, width)}\n${lines.join('\n')}`
}
