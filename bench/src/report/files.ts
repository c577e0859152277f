// Reports on disk.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConvokeError } from 'convoke/shapes'
import type { Report } from '../results.ts'

/** Writes a file whole or not at all, making its folder. */
export function writeWhole(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const partial = `${path}.partial`
  writeFileSync(partial, content)
  renameSync(partial, path)
}

/** Reads reports written by `--json` as one: passes of all, machine of the first. Throws `ConvokeError` when one is none. */
export function readReports(paths: readonly string[]): Report {
  const reports = paths.map((path): Report => {
    let report: Partial<Report>
    try {
      report = JSON.parse(readFileSync(path, 'utf8'))
    } catch (error) {
      throw new ConvokeError(`bench: --from ${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (report.version !== 1 || !Array.isArray(report.passes)) {
      throw new ConvokeError(`bench: --from ${path}: it is not a report of this version. Use a file written by --json.`)
    }
    return report as Report
  })
  return {
    ...reports[0],
    passes: reports.flatMap(({ passes }) => passes),
    steps: reports.flatMap(({ steps = [] }) => steps),
    startup: reports.find(({ startup }) => startup !== null)?.startup ?? null,
    absent: [...new Set(reports.flatMap(({ absent }) => absent))],
  }
}
