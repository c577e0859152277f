// The columns of a table of numbers with a label: series, or pixels.

import { formats } from 'convoke'
import { check } from 'convoke/shapes'
import { counted } from '../../terminal/words.ts'
import { isAside, labelRank, numbersRows } from './column-names.ts'
import {
  Column,
  type Columns,
  checkOnce,
  columnNamed,
  columnText,
  type Given,
  isAsked,
  isNumber,
  nameList,
  type Rows,
  ranked,
  someValues,
  trimmed,
} from './columns.ts'

/** Columns in which nothing is a number. */
function withoutNumbers(body: Rows, width: number): Column[] {
  const some = body.slice(0, 50)
  return Array.from({ length: width }, (_, index) => index)
    .filter((index) => some.some(({ fields }) => fields[index].trim() !== '' && !isNumber(fields[index])))
    .map((index) => new Column(index, body))
    .filter(({ numbers, filled }) => numbers === 0 && filled > 1)
}

/** Whether the first row of a table of numbers names its columns. */
export function hasNumberHeader(rows: Rows, given: Given = {}): boolean {
  if (rows.length < 2) return false
  const first = trimmed(rows[0])
  const numbers = first.filter(isNumber).length
  return (
    isAsked(first, given) ||
    (numbers < first.length / 2 && numbers < rows[1].fields.filter(isNumber).length) ||
    first.some((name) => !isNumber(name) && labelRank(name) < Number.POSITIVE_INFINITY) ||
    countsColumns(rows)
  )
}

/** Columns without names of their own, counted from 0 or 1, as pandas writes them; no other row counts so. */
function countsColumns(rows: Rows): boolean {
  const counts = ({ fields }: formats.Row): boolean => {
    const own = fields.map((field) => field.trim())
    const from = own[0] === '' ? 1 : 0
    const start = Number(own[from])
    return (
      own.length - from > 2 &&
      (start === 0 || start === 1) &&
      own.every((field, i) => i < from || field === `${start + i - from}`)
    )
  }
  return counts(rows[0]) && !rows.slice(1).some(counts)
}

/** Rows from which on a first column of 0, 1, 2, … numbers them and measures nothing. */
const leastCounted = 5

/** Whether the first column counts the rows. */
function countsRows(body: Rows): boolean {
  if (body.length < leastCounted) return false
  const start = formats.fieldNumber(body[0].fields[0])
  return (start === 0 || start === 1) && body.every(({ fields }, i) => formats.fieldNumber(fields[0]) === start + i)
}

/**
 * The label's column in a table of numbers: of a usual name, or the first, the last or one of words, where the one has words or a few
 * whole numbers that occur again (`2.0000000e+00`, too) and the other has not. Throws `ConvokeError` where neither has.
 */
export function numberColumns(file: string, rows: Rows, given: Given): Columns {
  check(rows.length > 0, () => `${file}: the file is empty.`)
  const header = hasNumberHeader(rows, given)
  const names = header ? trimmed(rows[0]) : null
  const width = formats.tableWidth(rows, header)
  const body = rows.slice(header ? 1 : 0).filter(({ fields }) => fields.length === width)
  const wordy = withoutNumbers(body, width)
  const numbering = (names ?? []).flatMap((name, index) =>
    numbersRows(name) || (name === '' && index === 0 && !wordy.some((one) => one.index === 0 && one.repeats))
      ? [index]
      : [],
  )
  // A column with a name of its own is what it says.
  if ((names === null || isNumber(names[0])) && countsRows(body)) numbering.unshift(0)
  const asides = wordy.flatMap(({ index }) => (names !== null && isAside(names[index]) ? [index] : []))
  const omit = [...new Set([...numbering, ...asides])]
  const found = (label: number, notes: readonly string[] = []): Columns => {
    const left = omit.filter((index) => index !== label)
    const strange = wordy.find(({ index }) => index !== label && !omit.includes(index))
    check(
      strange === undefined,
      () =>
        `${file}: ${columnText(strange!.index, names)} (${someValues(strange!)}) holds no numbers, and rows have numbers beside their label. Take the column out, or, if it is the label: --label-column ${strange!.index + 1}.`,
    )
    const said = left.map(
      (index) =>
        `${file}: ${columnText(index, names)} ${numbering.includes(index) ? 'numbers the rows' : 'holds no numbers'} and is left out.`,
    )
    const counted =
      header && countsColumns(rows) ? [`${file}: the first row counts the columns and is taken as their names.`] : []
    return { header, names, label, other: -1, omit: left, notes: [...counted, ...notes, ...said] }
  }
  if (given.labelColumn !== undefined) return found(columnNamed(file, given.labelColumn, names, width))
  const [named] = ranked(names, labelRank)
  if (named !== undefined) {
    checkOnce(file, names!, names!.indexOf(names![named]))
    const column = new Column(named, body)
    check(
      column.different <= 1 || column.mayRepeat || body.length <= 4,
      () =>
        `${file}: ${columnText(named, names)} has ${column.differentText} in ${counted(body.length, 'row')}; a label has a few that repeat. Name another: --label-column. The columns are ${nameList(names, width)}.`,
    )
    return found(named)
  }
  const words = wordy.filter(({ repeats }) => repeats).map(({ index }) => index)
  const ends = [...new Set([0, width - 1, ...words])].filter((index) => !omit.includes(index))
  const fit = ends
    .map((index) => new Column(index, body))
    .filter((column) => column.repeats && column.isKind && column.filled > 0)
    .sort((a, b) => a.different - b.different || b.index - a.index)
  if (fit.length === 0 && body.length === 0) return found(width - 1)
  check(
    fit.length > 0,
    () =>
      `${file}: neither the first nor the last column can be taken as the label: a label has a few whole numbers or words that repeat. Name it: --label-column. The columns are ${nameList(names, width)}.`,
  )
  const [best, rival] = fit
  const where = (index: number): string =>
    index === 0 ? 'the first column' : index === width - 1 ? 'the last column' : columnText(index, names)
  if (rival === undefined && names === null && best.index > 0 && best.index < width - 1)
    return found(best.index, [
      `${file}: ${columnText(best.index, names)} (${someValues(best)}) is taken as the label, the only one with words. To choose: --label-column.`,
    ])
  if (rival === undefined)
    return found(
      best.index,
      names === null
        ? []
        : [
            `${file}: ${columnText(best.index, names)} is taken as the label, with ${best.different} values; its name is not a usual one. To choose: --label-column.`,
          ],
    )
  return found(best.index, [
    `${file}: ${where(best.index)} is taken as the label, with ${best.different} values; ${where(rival.index)} is also possible, with ${rival.different}. To choose: --label-column.`,
  ])
}
