// Figures of each class: a table as wide as the page, shares as bars; of many classes those that do worst.

import { largestOf } from 'convoke/shapes'
import { thousands } from '../../terminal/table.ts'
import { isShare, measureText } from '../../terminal/words.ts'
import { absentNote, judgedBy } from '../evaluation-text.ts'
import type { Evaluation } from '../kits/kit.ts'
import { escaped } from './html.ts'

type Classes = Evaluation['classes']

/** Classes up to which each is shown at once, and of more, how many of the worst; all of them up to a last number, folded away. */
const [mostRows, worstRows, mostFolded] = [60, 30, 2000]

export function classesHtml({ classes }: Pick<Evaluation, 'classes'>, part: Parameters<typeof absentNote>[1]): string {
  if (classes.length === 0) return ''
  const absent = absentNote(classes, part).map((line) => `<p>${escaped(line)}</p>`)
  if (classes.length <= mostRows) return `<h2>Classes</h2>${tableOf(classes)}${absent.join('')}`
  const headline = judgedBy(classes)
  const order = classes
    .filter(({ figures }) => !Number.isNaN(figures[headline]))
    .toSorted((a, b) => a.figures[headline] - b.figures[headline])
  const note = `The ${worstRows} of ${thousands(classes.length)} with the lowest ${headline}. scores.json in the run's folder has all of them.`
  const folded =
    classes.length > mostFolded ? '' : `<details><summary>All classes</summary>${tableOf(classes)}</details>`
  return `<h2>Classes</h2><p>${escaped(note)}</p>${tableOf(order.slice(0, worstRows))}${absent.join('')}${folded}`
}

function tableOf(classes: Classes): string {
  const names = Object.keys(classes[0].figures)
  const largest = Object.fromEntries(
    names.map((name) => [name, largestOf(classes.map(({ figures }) => figures[name]))]),
  )
  const cell = (name: string, value: number): string => {
    const full = isShare(name) ? value : value / largest[name]
    const width = Number.isFinite(full) ? Math.round(1000 * Math.min(1, Math.max(0, full))) / 10 : 0
    const colour = isShare(name) ? 'var(--accent)' : 'var(--quiet)'
    return `<td><span class="bar" style="width:${width}%;background:${colour}"></span><b>${escaped(measureText(name, value))}</b></td>`
  }
  const rows = classes.map(
    ({ name, figures }) => `<tr><td>${escaped(name)}</td>${names.map((one) => cell(one, figures[one])).join('')}</tr>`,
  )
  const head = ['class', ...names].map((name) => `<th>${escaped(name)}</th>`)
  return `<div class="card"><table class="bars"><colgroup><col style="width:24%"><col span="${names.length}" style="width:${(76 / names.length).toFixed(1)}%"></colgroup><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}
