// Runs side by side as a page: tables, curves over each other, classes.

import { largestOf, smallestOf } from 'convoke/shapes'
import { counted, isShare, measureText } from '../terminal/words.ts'
import { judgedBy } from '../training/evaluation-text.ts'
import { cssColour } from '../training/report/colours.ts'
import { escaped, pageHtml, tableHtml } from '../training/report/html.ts'
import { legendHtml, plotSvg } from '../training/report/plot.ts'
import type { Axis, Line, Plot } from '../training/report/section.ts'
import { headOf, none, rowOf } from './rows.ts'
import type { ComparedRun, Group } from './runs.ts'
import { differing, hasOtherData } from './settings.ts'
import { otherDataNote } from './text.ts'

/** The page of all groups. */
export function comparisonPage(groups: readonly Group[], problems: readonly string[]): string {
  const count = groups.reduce((total, { runs }) => total + runs.length, 0)
  const skipped = problems.map((problem) => `<p>Left out: ${escaped(problem)}</p>`)
  const head = `<h1>${escaped(counted(count, 'run'))} compared</h1><p>The best first.</p>${skipped.join('')}`
  return pageHtml(`${counted(count, 'run')} compared`, [head, ...groups.map(groupHtml)])
}

function groupHtml(group: Group): string {
  const { runs, task } = group
  const colours = runs.map((_, i) => cssColour(i))
  const rows = runs.map((run) => rowOf(run, group))
  const other = hasOtherData(runs) ? `<p>${escaped(`Note: ${otherDataNote}.`)}</p>` : ''
  return [
    `<h2>${escaped(task)}</h2>${other}<div class="card">${tableHtml(headOf(group), rows, 'runs', colours)}</div>`,
    curvesHtml(group),
    settingsHtml(runs, colours),
    classesHtml(group, colours),
  ].join('\n')
}

/** Seconds of a run from which on its time is in minutes. */
const shortest = 180

type Points = Line['points']

const linesOf = (runs: readonly ComparedRun[], points: (run: ComparedRun) => Points): Line[] =>
  runs.map((run, colour) => ({ name: run.path, colour, points: points(run) }))

/** Points of a measure, over the epochs or over time in units of so many seconds. */
const curve =
  (value: (record: ComparedRun['history'][number]) => number | undefined, unit?: number) =>
  ({ history }: ComparedRun): Points => {
    let seconds = 0
    return history.flatMap((record) => {
      seconds += record.seconds
      const found = value(record)
      return found === undefined ? [] : [[unit === undefined ? record.epoch : seconds / unit, found] as const]
    })
  }

function curvesHtml({ runs, measure }: Group): string {
  const epochs: Axis = { name: 'epoch' }
  const measured = (name: string) => (record: ComparedRun['history'][number]) => record.validation?.[name]
  const isShort = runs.every(({ seconds }) => seconds < shortest)
  const [unit, name] = isShort ? [1, 'seconds'] : [60, 'minutes']
  const y: Axis = { percent: measure !== null && isShare(measure) }
  const own: Plot[] =
    measure === null || measure === 'loss'
      ? []
      : [
          { title: measure, lines: linesOf(runs, curve(measured(measure))), x: epochs, y },
          { title: `${measure} over time`, lines: linesOf(runs, curve(measured(measure), unit)), x: { name }, y },
        ]
  const losses: Plot[] = [
    {
      title: 'training loss',
      lines: linesOf(
        runs,
        curve(({ loss }) => loss),
      ),
      x: epochs,
    },
    { title: 'validation loss', lines: linesOf(runs, curve(measured('loss'))), x: epochs },
  ]
  const plots = [...own, ...losses].filter(({ lines }) => lines.some(({ points }) => points.length > 0))
  if (plots.length === 0) return ''
  const drawn = plots.map((plot) => plotSvg({ ...plot, unnamed: true }))
  return `<h3>Curves</h3>${legendHtml(linesOf(runs, () => []))}<div class="plots">${drawn.join('')}</div>`
}

function settingsHtml(runs: readonly ComparedRun[], colours: readonly string[]): string {
  if (runs.length < 2) return ''
  const { names, values } = differing(runs)
  if (names.length === 0) return '<h3>Settings</h3><p>All settings are the same.</p>'
  const rows = runs.map(({ path }, i) => [path, ...values[i].map((value) => value ?? none)])
  return `<h3>What differs in the settings</h3><div class="card">${tableHtml(['run', ...names], rows, 'runs', colours)}</div>`
}

/** Classes shown: those on which the runs differ most. */
const mostClasses = 40

/** One figure of each class in each run. */
function classesHtml({ runs }: Group, colours: readonly string[]): string {
  const scored = runs.flatMap(({ path, scores }, i) =>
    scores === null || scores.classes.length === 0 ? [] : [{ path, scores, colour: colours[i] }],
  )
  if (scored.length < 2) return ''
  const figure = judgedBy(scored[0].scores.classes)
  const same = scored.filter(({ scores }) => figure in scores.classes[0].figures)
  if (same.length < 2) return ''
  const names = same[0].scores.classes.map(({ name }) => name)
  const valuesOf = (name: string): number[] =>
    same.map(({ scores }) => scores.classes.find((one) => one.name === name)?.figures[figure] ?? Number.NaN)
  const spread = (values: readonly number[]): number => {
    const known = values.filter((value) => !Number.isNaN(value))
    return known.length < 2 ? -1 : largestOf(known) - smallestOf(known)
  }
  const rows = names.map((name) => ({ name, values: valuesOf(name) }))
  rows.sort((a, b) => spread(b.values) - spread(a.values))
  const texts = rows
    .slice(0, mostClasses)
    .map(({ name, values }) => [name, ...values.map((value) => measureText(figure, value))])
  const rest = rows.length > mostClasses ? `, ${mostClasses} of ${rows.length}` : ''
  return `<h3>Classes by ${escaped(figure)}</h3><p>Those on which the runs differ most come first${rest}.</p>
<div class="card">${tableHtml(['class', ...same.map(({ path }) => path)], texts, 'numbers')}</div>`
}
