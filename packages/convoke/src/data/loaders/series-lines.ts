// What readers of series share: lines with their numbers, comments left out, and members that begin with @.

import { ConvokeError, show } from '../../shapes/error.ts'
import { labelName } from './arrays.ts'

/** A series as its file has it. */
export interface FileSeries {
  /** Where it stands in the file, counted from 1. */
  readonly line: number
  /** Its class, as the file writes it. */
  readonly label: string
  /** The values of each channel; NaN where one is missing. */
  readonly channels: readonly (readonly number[])[]
}

/** What a file of series holds. */
export interface SeriesFile {
  /** Classes in the order in which the head declares them; null where it does not. */
  readonly classes: readonly string[] | null
  /** The series in the order of the file. */
  readonly series: readonly FileSeries[]
  /** What is wrong with lines that are left out. */
  readonly problems: readonly string[]
}

export interface Line {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
}

export interface HeadAndLines {
  /** The members before @data: `@univariate true`. */
  readonly head: readonly Line[]
  /** What follows @data. */
  readonly body: readonly Line[]
}

/** The head and the data of a text. Throws `ConvokeError` where there is no @data. */
export function headAndLines(name: string, text: string, comment: RegExp): HeadAndLines {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((own, at) => ({ line: at + 1, text: own.trim() }))
    .filter((own) => own.text !== '' && !comment.test(own.text))
  const at = lines.findIndex((own) => /^@data\b/i.test(own.text))
  if (at < 0) throw new ConvokeError(`${name}: there is no line @data; the file is damaged or cut short.`)
  return { head: lines.slice(0, at), body: lines.slice(at + 1) }
}

/** Reads each line; those that cannot be read are told, and left out. */
export function readLines<T>(lines: readonly Line[], read: (line: Line) => T): { read: T[]; problems: string[] } {
  const found: T[] = []
  const problems: string[] = []
  for (const line of lines) {
    try {
      found.push(read(line))
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      problems.push(`${error.message.replace(/\.$/, '')}; the series is left out.`)
    }
  }
  return { read: found, problems }
}

/** The number of a field; NaN where it is marked as missing. Throws `ConvokeError` for anything else. */
export function seriesNumber(where: string, field: string): number {
  const text = field.trim()
  if (text === '?' || /^nan$/i.test(text)) return Number.NaN
  const value = text === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value) || /^[+-]?0[xbo]/i.test(text))
    throw new ConvokeError(`${where}: ${show(text.slice(0, 40))} is not a number.`)
  return value
}

/** A class as it is written, `1.0` as `1`. */
export const seriesLabel = (field: string): string => labelName(field.trim().replace(/^(['"])(.*)\1$/, '$2'))
