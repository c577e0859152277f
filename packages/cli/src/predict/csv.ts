// Predictions as a CSV file: RFC 4180, UTF-8.

import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { data } from 'convoke'
import { UsageError } from '../errors.ts'
import { writeWhole } from '../picture/write-whole.ts'
import type { Sheet } from './answers.ts'

/** Refuses another ending before anything is predicted. */
export function checkCsvPath(path: string | undefined): void {
  if (path !== undefined && extname(path).toLowerCase() !== '.csv')
    throw new UsageError(`the table ${path} must end in .csv.`)
}

export const csvText = ({ head, rows }: Sheet): string =>
  [head, ...rows].map((row) => `${row.map((field) => data.tableField(String(field))).join(',')}\n`).join('')

export const writeCsv = (path: string, sheet: Sheet): Promise<void> =>
  writeWhole(path, (temporary) => writeFile(temporary, csvText(sheet)))
