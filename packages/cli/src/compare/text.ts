// Runs side by side on a terminal.

import { bold } from '../terminal/output.ts'
import { type Align, table } from '../terminal/table.ts'
import { counted } from '../terminal/words.ts'
import { headOf, rowOf } from './rows.ts'
import type { Group } from './runs.ts'
import { differing, hasOtherData } from './settings.ts'

/** Settings that a row has room for. */
const mostSettings = 6

export const otherDataNote = 'these runs learned from different data: their scores cannot be compared'

/** Lines for the runs of one task. */
export function groupText(group: Group): string[] {
  const { names, values } = differing(group.runs)
  const settings = values.map((own) => {
    const shown = names.flatMap((name, i) => (own[i] === null ? [] : [`${name} ${own[i]}`]))
    const rest = shown.length - mostSettings
    return [...shown.slice(0, mostSettings), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ')
  })
  const head = headOf(group)
  const rows = group.runs.map((run, i) => [...rowOf(run, group), ...(names.length === 0 ? [] : [settings[i]])])
  const aligns: Align[] = ['left', 'left', 'left', ...head.slice(3).map(() => 'right' as const), 'left']
  return [
    bold(`${group.task}: ${counted(group.runs.length, 'run')}`),
    ...table([[...head, ...(names.length === 0 ? [] : ['what differs'])], ...rows], aligns),
    ...(hasOtherData(group.runs) ? [`  ${otherDataNote}.`] : []),
  ]
}
