// A matrix as people type it: "1 0 -1; 2 0 -2; 1 0 -1". Rows end with `;` or a new line, numbers are parted by spaces
// or commas, and 1/9 is a number.

import { check, counted, largestOf, show } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'

const decimal = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`
const numberForm = new RegExp(`^(${decimal})(?:/(${decimal}))?$`, 'i')

/**
 * The rows of `text`. `what` names it in errors: `kernel "1 2; 3"`. Throws `ConvokeError` for a word among the numbers,
 * rows of different lengths, a number that is not finite, or nothing at all.
 */
export function parseMatrix(text: string, what: string): Matrix {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/[;\n\r]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  check(lines.length > 0, () => `${what} is empty. Write rows of numbers, as in "1 0 -1; 2 0 -2; 1 0 -1".`)
  const rows = lines.map((line, index) => line.split(/\s*,\s*|\s+/).map((word) => parseNumber(word, index, what)))
  return checkRows(rows, what)
}

function parseNumber(word: string, row: number, what: string): number {
  const match = numberForm.exec(word)
  check(match !== null, () => {
    const found = word === '' ? 'nothing between two commas' : show(word)
    return `${what}: row ${row + 1} holds ${found} where a number should be. Write numbers such as 2, -0.5 or 1/9.`
  })
  const value = Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2]))
  return checkFinite(value, word, row, what)
}

function checkFinite(value: number, shown: string, row: number, what: string): number {
  check(
    Number.isFinite(value),
    () => `${what}: row ${row + 1} holds ${shown}, which is not a finite number. Use finite numbers.`,
  )
  return value
}

function checkRows(rows: Matrix, what: string): Matrix {
  const ragged = rows.findIndex((row) => row.length !== rows[0].length)
  check(
    ragged < 0,
    () =>
      `${what}: row ${ragged + 1} has ${counted(rows[ragged].length, 'number')}, row 1 has ${rows[0].length}. Give every row the same number.`,
  )
  return rows
}

/** Rows from JSON: `[[1, 0], [0, 1]]`, or an object that holds them as `kernel` (as `convoke kernels NAME --json` prints). */
export function parseMatrixJson(text: string, what: string): Matrix {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    check(
      false,
      () => `${what} is not valid JSON (${error instanceof Error ? error.message : error}). Write [[1, 0], [0, 1]].`,
    )
  }
  const only = Array.isArray(parsed) && parsed.length === 1 && !Array.isArray(parsed[0]) ? parsed[0] : parsed
  const rows = typeof only === 'object' && only !== null && 'kernel' in only ? only.kernel : only
  check(
    Array.isArray(rows) && rows.length > 0 && rows.every((row) => Array.isArray(row) && row.length > 0),
    () => `${what} holds no rows of numbers. Write [[1, 0], [0, 1]], or an object with them as "kernel".`,
  )
  const numbers = rows.map((row: unknown[], index) =>
    row.map((value) => {
      check(
        typeof value === 'number',
        () => `${what}: row ${index + 1} holds ${show(value)} where a number should be. Use numbers only.`,
      )
      return checkFinite(value, show(value), index, what)
    }),
  )
  return checkRows(numbers, what)
}

/** A number as people write it: at most `digits` significant ones, no trailing zeros, never −0. */
export const formatNumber = (value: number, digits = 6): string => String(Number(value.toPrecision(digits)) + 0)

/** A matrix as columns of text: whole numbers as they are, others with as many decimals as show the largest to 4 digits. */
export function formatMatrix(rows: Matrix): string[][] {
  const values = rows.flat()
  if (values.every(Number.isInteger)) return rows.map((row) => row.map((value) => formatNumber(value)))
  const largest = largestOf(values.map(Math.abs))
  const decimals = Math.min(Math.max(4 - Math.ceil(Math.log10(largest)), 0), 12)
  const short = values.every((value) => Number(value.toFixed(decimals)) === value)
  return rows.map((row) => row.map((value) => (short ? formatNumber(value) : plain(value, decimals))))
}

/** Fixed decimals, but an exact zero stays `0`. */
const plain = (value: number, decimals: number): string => (value === 0 ? '0' : value.toFixed(decimals))
