// report.html: one file that opens anywhere, without a network.

import type { metrics, train } from 'convoke'
import { writeWhole } from 'convoke/node'
import { shippedConfig } from 'convoke-workbench'
import { thousands } from '../../terminal/table.ts'
import { counted, duration, measureText, percent } from '../../terminal/words.ts'
import { buildModel, type RunConfig } from '../config.ts'
import type { Evaluation } from '../kits/kit.ts'
import { classesHtml } from './classes.ts'
import { historyHtml } from './history.ts'
import { escaped, pageHtml, tableHtml } from './html.ts'
import { plotSvg } from './plot.ts'
import type { Section } from './section.ts'
import { rowsHtml, tilesHtml } from './tiles.ts'

const partNames = { test: 'Test', validation: 'Validation', train: 'Training' } as const

/** Draws the report of a run and writes it whole. */
export async function writeReport(
  path: string,
  config: RunConfig,
  history: readonly train.EpochRecord[],
  evaluation: Evaluation,
  part: keyof typeof partNames,
): Promise<void> {
  const sections = await evaluation.sections()
  const drawn = await Promise.all(sections.map(sectionHtml))
  const body = [
    headHtml(config, history),
    figuresHtml(config, evaluation, partNames[part]),
    historyHtml(config, history, evaluation.headline),
    classesHtml(evaluation, part),
    matrixHtml(evaluation),
    ...drawn,
    configHtml(config),
  ]
  const page = pageHtml(`${config.task}: ${config.data.source}`, body)
  await writeWhole(path, new TextEncoder().encode(page))
}

function headHtml(config: RunConfig, history: readonly train.EpochRecord[]): string {
  const { task, data, model, training } = config
  const seconds = history.reduce((total, record) => total + record.seconds, 0)
  const { train: own, validation, test } = data.counts
  return `<h1>${escaped(`${task}: ${data.source}`)}</h1>
<p>${escaped(data.kind)}; ${counted(own, 'example')} to train on, ${thousands(validation)} for validation, ${thousands(test)} for the test.
${escaped(model.name)} with ${counted(buildModel(config).parameterCount(), 'parameter')}, ${counted(history.length, 'epoch')} of batches of ${training.batchSize} in ${duration(seconds)}.</p>`
}

function figuresHtml({ classes }: RunConfig, { figures, count, headline }: Evaluation, part: string): string {
  const own = Object.entries(figures).sort(([a], [b]) => Number(b === headline) - Number(a === headline))
  const chance =
    classes.length >= 2 && headline === 'accuracy' ? `; guessing is right for ${percent(1 / classes.length, 0)}` : ''
  return `<h2>${part}</h2><p>${counted(count, 'example')} that the weights were ${part === 'Training' ? '' : 'not '}trained on${chance}.</p>
<div class="figures">${own.map(([name, value]) => `<div class="figure${name === headline ? ' first' : ''}"><b>${escaped(measureText(name, value))}</b><span>${escaped(name)}</span></div>`).join('')}</div>`
}

/** Classes up to which a matrix fits the page, and of more, how many of their confusions are named. */
const [mostColumns, mostConfused] = [60, 25]

/** The most frequent confusions. */
function confusedHtml(confusion: metrics.ConfusionMatrix, classes: Evaluation['classes']): string {
  const pairs = confusion.flatMap((row, label) =>
    row.flatMap((count, read) => (count > 0 && read !== label ? [{ count, label, read }] : [])),
  )
  if (pairs.length === 0) return ''
  const rows = pairs
    .sort((a, b) => b.count - a.count)
    .slice(0, mostConfused)
    .map(({ count, label, read }) => {
      const total = confusion[label].reduce((sum, one) => sum + one, 0)
      return [classes[label].name, classes[read].name, `${thousands(count)} of ${thousands(total)}`]
    })
  const head = ['is', 'read as', 'examples']
  return `<h2>Most frequent confusions</h2><div class="card">${tableHtml(head, rows)}</div>`
}

/** Rows are what is there; a cell is the darker, the larger its share of the row. */
function matrixHtml({ confusion, classes }: Evaluation): string {
  if (confusion === null || classes.length === 0) return ''
  if (classes.length > mostColumns) return confusedHtml(confusion, classes)
  const rows = confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    const cells = row.map((count, column) => {
      const share = total === 0 ? 0 : count / total
      const colour = column === label ? 'var(--accent)' : 'var(--warm)'
      const strength = Math.round(100 * (column === label ? 0.1 + 0.75 * share : Math.min(0.85, 2.5 * share)))
      const background =
        count === 0
          ? ''
          : ` style="background:color-mix(in srgb, ${colour} ${strength}%, var(--card));${strength > 55 ? 'color:var(--card)' : ''}"`
      return `<td${background} title="${escaped(`${classes[label].name} read as ${classes[column].name}: ${count} of ${total}`)}">${count === 0 ? '·' : thousands(count)}</td>`
    })
    return `<tr><th scope="row">${escaped(classes[label].name)}</th>${cells.join('')}</tr>`
  })
  const head = classes.map(({ name }) => `<th>${escaped(name)}</th>`).join('')
  return `<h2>Confusion matrix</h2><p>Rows: the true class. Columns: the predicted class.</p>
<div class="card"><table class="matrix"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

async function sectionHtml(section: Section): Promise<string> {
  const note = section.note === undefined ? '' : `<p>${escaped(section.note)}</p>`
  const head = `<h2>${escaped(section.title)}</h2>${note}`
  switch (section.kind) {
    case 'tiles':
      return head + (await tilesHtml(section))
    case 'rows':
      return head + (await rowsHtml(section))
    case 'table':
      return `${head}<div class="card">${tableHtml(section.head, section.rows)}</div>`
    default:
      return `${head}<div class="plots">${section.plots.map(plotSvg).join('')}</div>`
  }
}

const configHtml = (config: RunConfig): string => {
  const { text } = config
  const shown = JSON.parse(shippedConfig(config)) as Record<string, unknown>
  if (text !== null) shown['text'] = { ...text, words: counted(text.words.length, 'word') }
  return `<details><summary>Settings</summary><pre>${escaped(JSON.stringify(shown, null, 2))}</pre></details>`
}
