// An evaluation as text: the figures, each class, the confusion matrix.

import { largestOf, thousands } from 'convoke/shapes'
import { narrowTable, table } from '../terminal/table.ts'
import { counted, measureText } from '../terminal/words.ts'
import { terminalColumns } from '../terminal/wrap.ts'
import type { Evaluation } from './kits/kit.ts'

/** Classes up to which a matrix fits a terminal. */
const mostColumns = 20

const parts = { test: 'test', validation: 'validation', train: 'training' } as const

/** Lines for a terminal. `part` says what was measured. */
export function evaluationText(evaluation: Evaluation, part: keyof typeof parts): string[] {
  const { figures, count, classes, confusion } = evaluation
  const own = Object.entries(figures).filter(([name]) => !/^(iou\d+|ap50 of)/.test(name))
  return [
    `${parts[part]}, ${counted(count, 'example')}: ${own.map(([name, value]) => `${name} ${measureText(name, value)}`).join(', ')}`,
    ...(classes.length === 0 ? [] : ['', ...classText(classes), ...absentNote(classes, part)]),
    ...(confusion === null || classes.length > mostColumns ? [] : ['', ...confusionText(classes, confusion)]),
  ]
}

/** Classes up to which each has its line; of more, those with the worst figures have. */
const [mostRows, worstRows] = [40, 20]

/** What a class is judged by, the first of these that it has. */
const headlines = ['iou', 'ap50', 'f1']

/** The figure by which classes are put in order. */
export function judgedBy(classes: Evaluation['classes']): string {
  const names = Object.keys(classes[0].figures)
  return headlines.find((name) => names.includes(name)) ?? names[0]
}

function classText(classes: Evaluation['classes']): string[] {
  const names = Object.keys(classes[0].figures)
  const headline = judgedBy(classes)
  const shown =
    classes.length <= mostRows
      ? classes
      : classes
          .filter(({ figures }) => !Number.isNaN(figures[headline]))
          .toSorted((a, b) => a.figures[headline] - b.figures[headline])
          .slice(0, worstRows)
  const others = names.map((_, i) => i + 1).filter((column) => names[column - 1] !== headline)
  const lines = narrowTable(
    [
      ['class', ...names],
      ...shown.map(({ name, figures }) => [name, ...names.map((one) => measureText(one, figures[one]))]),
    ],
    ['left'],
    others.reverse(),
  )
  const rest = classes.length - shown.length
  return rest === 0
    ? lines
    : [
        `the ${shown.length} classes of ${thousands(classes.length)} with the lowest ${headline}; --json names them all`,
        ...lines,
      ]
}

/** Why some classes have no figures; nothing where all have. */
export function absentNote(classes: Evaluation['classes'], part: keyof typeof parts): string[] {
  const absent = classes.filter(({ figures }) => Object.values(figures).some(Number.isNaN)).map(({ name }) => name)
  if (absent.length === 0) return []
  const named = `${absent.slice(0, 5).join(', ')}${absent.length > 5 ? ` and ${absent.length - 5} more` : ''}`
  return [`–: ${named} ${absent.length === 1 ? 'does' : 'do'} not occur in the ${parts[part]} part.`]
}

/** Rows are what is there, columns what it was taken for. A matrix that is wider than the terminal is closed up, or left out. */
function confusionText(classes: Evaluation['classes'], confusion: NonNullable<Evaluation['confusion']>): string[] {
  const short = (name: string): string => (name.length > 10 ? `${name.slice(0, 9)}…` : name)
  const rows = (corner: string): string[][] => [
    [corner, ...classes.map(({ name }) => short(name))],
    ...confusion.map((row, label) => [classes[label].name, ...row.map((count) => (count === 0 ? '·' : String(count)))]),
  ]
  const columns = terminalColumns() ?? Number.POSITIVE_INFINITY
  const widthOf = (lines: readonly string[]): number => largestOf(lines.map((line) => [...line].length))
  const whole = table(rows('is \\ read as'), ['left'])
  if (widthOf(whole) <= columns) return whole
  const closed = table(rows(''), ['left'], ' ')
  return widthOf(closed) <= columns
    ? ['Rows: true classes; columns: predictions', ...closed]
    : [`The confusion matrix is ${widthOf(closed)} columns wide, the terminal ${columns}; --json has its numbers.`]
}
