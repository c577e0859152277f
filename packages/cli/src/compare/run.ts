// `convoke compare`

import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { UsageError } from '../errors.ts'
import { writeWhole } from '../picture/write-whole.ts'
import { print, printJson, printNotes } from '../terminal/output.ts'
import { visible } from '../terminal/visible.ts'
import { comparisonPage } from './page.ts'
import { type ComparedRun, findRuns, grouped } from './runs.ts'
import { differing, settingsOf } from './settings.ts'
import { groupText } from './text.ts'

export interface CompareText {
  readonly output: string
  readonly json: boolean
}

export async function runCompare(inputs: readonly string[], { output, json }: CompareText): Promise<void> {
  if (!['.html', '.htm'].includes(extname(output).toLowerCase()))
    throw new UsageError(`the page ${output} must end in .html.`)
  const { runs, problems } = await findRuns(inputs)
  const groups = grouped(runs)
  const page = comparisonPage(groups, problems)
  await writeWhole(output, (temporary) => writeFile(temporary, page))
  if (json) {
    const told = groups.map(({ task, measure, runs: own }) => ({
      ...{ task, measure, differs: differing(own).names, runs: own.map(valuesOf) },
    }))
    return printJson({ groups: told, ...(problems.length > 0 && { problems }), page: output })
  }
  printNotes(problems.map((problem) => `${problem.replace(/\.$/, '')}; it is left out.`))
  print([...groups.flatMap((group) => [...groupText(group), '']), visible(output)].join('\n'))
}

/** A run to those who read JSON. */
const valuesOf = (run: ComparedRun) => ({
  run: run.path,
  data: run.config.data.source,
  model: run.config.model.name,
  parameters: run.parameters,
  epochs: run.history.length,
  seconds: run.seconds,
  best: run.best,
  part: run.scores?.part ?? null,
  figures: run.scores?.figures ?? null,
  settings: Object.fromEntries(settingsOf(run)),
})
