// What a run is in one row, the same on the terminal and on the page.

import { thousands } from '../terminal/table.ts'
import { duration, measureText } from '../terminal/words.ts'
import type { ComparedRun, Group } from './runs.ts'

export const none = '–'

const partNames = { test: 'test', validation: 'validation', train: 'training' } as const

/** Epochs of a run that goes on, or was stopped, stand before those planned. */
function epochsText({ history, config: { training }, scores }: ComparedRun): string {
  const done = thousands(history.length)
  return scores !== null || training.time !== undefined ? done : `${done} of ${thousands(training.epochs)}`
}

function scoreText({ scores }: ComparedRun, measure: string): string {
  const value = scores?.figures[measure]
  if (scores === null || value === undefined) return none
  const what = scores.part === 'test' ? '' : ` (${partNames[scores.part]})`
  return measureText(measure, value) + what
}

/** Titles of the columns. */
export const headOf = ({ measure }: Group): string[] => [
  ...['run', 'data', 'network', 'parameters', 'epochs', 'time'],
  ...(measure === null ? [] : [`best ${measure}`, 'at epoch', `test ${measure}`]),
]

export function rowOf(run: ComparedRun, { measure }: Group): string[] {
  const { path, config, parameters, seconds, best } = run
  return [
    ...[path, config.data.source, config.model.name, thousands(parameters), epochsText(run), duration(seconds)],
    ...(measure === null
      ? []
      : [
          best === null ? none : measureText(measure, best.value),
          best === null ? none : String(best.epoch),
          scoreText(run, measure),
        ]),
  ]
}
