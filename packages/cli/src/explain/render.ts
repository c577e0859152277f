// An explanation as text for a terminal.

import { largestOf } from 'convoke/shapes'
import { flipped, type Matrix } from 'convoke-workbench'
import { formatMatrix, formatNumber } from '../kernel/matrix-text.ts'
import type { Boundary } from '../picture/boundary.ts'
import type { AxisPlacement, Placement } from '../picture/placement.ts'
import { bold } from '../terminal/output.ts'
import { beside, table } from '../terminal/table.ts'
import { type Explanation, formulaOf, type Step, sizeOf } from './explanation.ts'

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `   ${line}`))
const titled = (title: string, lines: readonly string[]): string[] => [title, ...lines]
const size = (rows: Matrix): string => `${rows.length} × ${rows[0].length}`

/** Windows drawn in full, formulas on one line, terms in a sum: beyond these a reader is lost. */
const limits = { drawn: 25, drawnLines: 320, listed: 64, terms: 16 }

const beyond: Readonly<Record<Boundary, string>> = {
  zero: '0 0 | a b c d | 0 0',
  reflect: 'b a | a b c d | d c',
  mirror: 'c b | a b c d | c b',
  edge: 'a a | a b c d | d d',
  wrap: 'c d | a b c d | a b',
}

/** The whole explanation: every step of a small one; `only` picks a single step. */
export function render(explanation: Explanation, only?: Step): string[] {
  const { output } = explanation
  const count = output.length * output[0].length
  const steps = only === undefined ? drawnSteps(explanation) : drawStep(explanation, only)
  return [
    ...introduction(explanation),
    '',
    ...sizes(explanation),
    '',
    ...steps,
    bold(`The whole output, ${size(output)}${count === 1 ? '' : ` (${count} windows)`}`),
    ...indent(table(formatMatrix(output))),
    '',
    ...closing(explanation),
  ]
}

function introduction(explanation: Explanation): string[] {
  const { operation, input, kernel, sliding, placement, options } = explanation
  const flips = operation === 'convolution'
  const blocks = [titled(`input x, ${size(input)}`, table(formatMatrix(input)))]
  blocks.push(titled(`kernel k, ${size(kernel)}`, table(formatMatrix(kernel))))
  if (flips) blocks.push(titled('flipped, as it slides', table(formatMatrix(sliding))))
  const padded = isPadded(placement)
  if (padded) blocks.push(titled(`padded input, ${size(explanation.padded)}`, grid(explanation)))
  const head = flips
    ? 'Convolution: the kernel is flipped, upside down and left to right, then slides over the input.'
    : 'Correlation: the kernel slides over the input as it is written. Deep-learning libraries call this convolution.'
  const edge = padded ? [`Beyond the edge (${options.boundary}): ${beyond[options.boundary]}`] : []
  const [rows, columns] = placement
  const taps = `m = 0 … ${rows.kernel - 1}, n = 0 … ${columns.kernel - 1}; rows and columns count from 0`
  return [
    bold(head),
    '',
    ...indent(beside(blocks, '     ')),
    '',
    bold('Formula'),
    ...indent([formulaOf(explanation), taps, ...edge]),
  ]
}

const isPadded = (placement: Placement): boolean => placement.some(({ before, after }) => before + after > 0)

function sizes({ placement, output }: Explanation): string[] {
  const [rows, columns] = placement
  const lines = [
    'floor((input + before + after − dilation·(kernel − 1) − 1) / stride) + 1',
    ...table(
      [
        ['rows:', sizeOf(rows)],
        ['columns:', sizeOf(columns)],
      ],
      ['left', 'left'],
    ),
  ]
  return [bold('Output size'), ...indent([...lines, `So the output is ${size(output)}. ${whyNotAnother(placement)}`])]
}

/** How many places the kernel has, and the size that people expect most often and do not get. */
function whyNotAnother(placement: Placement): string {
  const axis = placement[0].output > 1 ? 0 : 1
  const { kernel, stride, dilation, before, after, size: input, output } = placement[axis]
  const spans = dilation * (kernel - 1) + 1
  const padded = input + before + after
  const room = `Along the ${['rows', 'columns'][axis]} the kernel has ${output} ${output === 1 ? 'place' : 'places'} to stand`
  if (stride !== 1 || output < 2) return `${room}.`
  const square = placement[0].output === placement[1].output && placement[1].stride === 1
  const fewer = square ? `${output - 1} × ${output - 1}` : String(output - 1)
  return `${room} (${spans} of ${padded}, moved by 1): a stride of 1 cannot give ${fewer}.`
}

function drawnSteps(explanation: Explanation): string[] {
  const { output, padded } = explanation
  const [rows, columns] = [output.length, output[0].length]
  const count = rows * columns
  const all = count <= limits.drawn && count * (padded.length + 4) <= limits.drawnLines && padded[0].length <= 16
  const steps = Array.from({ length: Math.min(count, limits.listed) }, (_, index) =>
    explanation.step(Math.floor(index / columns), index % columns),
  )
  if (all) return steps.flatMap((step) => drawStep(explanation, step))
  const first = padded[0].length <= 24 && padded.length <= 24 ? drawStep(explanation, steps[0]) : []
  const rest = count - steps.length
  const more = rest > 0 ? [`… and ${rest} more`] : []
  return [
    ...first,
    bold(`Every window${rest > 0 ? `, the first ${steps.length} of ${count}` : ''}`),
    ...indent([...steps.map(oneLine), ...more]),
    '',
    'One window in full: add --step row,column.',
    '',
  ]
}

/** `y(0, 1) = 2·1 + 3·0 + 7·0 + 8·1 = 10` */
function oneLine(step: Step): string {
  const [row, column] = step.output
  const terms = step.window.flat().length <= limits.terms ? `${factors(step)} = ` : ''
  return `y(${row}, ${column}) = ${terms}${formatNumber(step.sum)}`
}

const inSum = (value: number): string => (value < 0 ? `(${formatNumber(value)})` : formatNumber(value))

/** Each product as it is written, `7·1`. */
const factorsOf = ({ window, kernel }: Step): string[][] =>
  window.map((row, m) => row.map((value, n) => `${inSum(value)}·${inSum(kernel[m][n])}`))

const factors = (step: Step): string => factorsOf(step).flat().join(' + ')

function drawStep(explanation: Explanation, step: Step): string[] {
  const { output } = explanation
  const [row, column] = step.output
  const number = row * output[0].length + column + 1
  const taps = step.window.flat().length
  const shown = formatMatrix(output).map((line, i) =>
    line.map((text, j) => (i * line.length + j < number ? text : '·')),
  )
  const landed = framed(shown, (i, j) => i === row && j === column).map((cells) => cells.join(''))
  const blocks = [grid(explanation, step), table(factorsOf(step)), ['→'], landed]
  const summed = step.products.flat().map(inSum).join(' + ')
  const sum =
    taps <= limits.terms
      ? [`${factors(step)} = ${summed} = ${formatNumber(step.sum)}`]
      : [`sum of ${taps} products = ${formatNumber(step.sum)}`]
  return [
    bold(`Step ${number} of ${output.length * output[0].length}: y(${row}, ${column}) = ${formatNumber(step.sum)}`),
    ...indent([...beside(blocks, '    '), ...sum]),
    '',
  ]
}

/** The padded input, ruled where the input ends and padding begins; the numbers under the kernel in brackets. */
function grid({ padded, placement }: Explanation, step?: Step): string[] {
  const [rows, columns] = placement
  const under = (axis: AxisPlacement, corner: number, position: number) => {
    const tap = (position - corner) / axis.dilation
    return Number.isInteger(tap) && tap >= 0 && tap < axis.kernel
  }
  const inside = (y: number, x: number) =>
    step !== undefined && under(rows, step.corner[0], y) && under(columns, step.corner[1], x)
  const lines = framed(formatMatrix(padded), inside).map((cells) =>
    cells.map((cell, x) => (isEdge(columns, x) ? `│${cell}` : cell)).join(''),
  )
  const rule = '─'.repeat([...lines[0]].length)
  return lines.flatMap((line, y) => (isEdge(rows, y) ? [rule, line] : [line]))
}

/** Cells of one width a column, those that `inside` names in brackets. */
function framed(rows: readonly (readonly string[])[], inside: (row: number, column: number) => boolean): string[][] {
  const widths = rows[0].map((_, column) => largestOf(rows.map((row) => row[column].length)))
  return rows.map((row, i) =>
    row.map((text, j) => {
      const cell = text.padStart(widths[j])
      return inside(i, j) ? `[${cell}]` : ` ${cell} `
    }),
  )
}

/** Whether the line between `position − 1` and `position` parts input from padding. */
const isEdge = ({ before, size, after }: AxisPlacement, position: number): boolean =>
  (before > 0 && position === before) || (after > 0 && position === before + size)

function closing({ operation, kernel, sliding }: Explanation): string[] {
  const turned = flipped(kernel)
  const symmetric = turned.every((row, i) => row.every((value, j) => value === kernel[i][j]))
  if (symmetric) return ['This kernel is the same after a half turn, so convolution (flipped) and correlation agree.']
  return operation === 'correlation'
    ? [`Convolution, y(i, j) = ΣΣ x(i − m, j − n) · k(m, n), would slide ${inline(turned)} instead: add --convolve.`]
    : [`Correlation would slide ${inline(kernel)} instead of ${inline(sliding)}: leave out --convolve.`]
}

const inline = (rows: Matrix): string =>
  rows.flat().length > 25
    ? 'the other orientation'
    : `"${rows.map((row) => row.map((value) => formatNumber(value)).join(' ')).join('; ')}"`
