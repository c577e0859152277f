// `convoke data inspect`: what a data set holds, and what is wrong with it.

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { data } from 'convoke'
import { cachedDataset } from 'convoke/node'
import { check, thousands } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import { type DataText, readDataOptions } from '../../options/data-options.ts'
import { writeWhole } from '../../picture/write-whole.ts'
import { bold, print, printJson } from '../../terminal/output.ts'
import { startProgress } from '../../terminal/progress.ts'
import { table } from '../../terminal/table.ts'
import { visible } from '../../terminal/visible.ts'
import { counted } from '../../terminal/words.ts'
import { withoutUndefined } from '../../train/request.ts'
import { classifiedFiles } from '../../training/data/classified.ts'
import { placeOf } from '../../training/data/place.ts'
import type { OpenOptions } from '../../training/open-data.ts'
import { hasArrays, inspectArrays } from './arrays.ts'
import { kindOf } from './detect.ts'
import type { Finding } from './finding.ts'
import { inspectFolders, pictureCount } from './folders.ts'
import { inspectOpened } from './opened.ts'
import { folderRefusal } from './refusal.ts'
import { contactSheet } from './sheet.ts'

export interface InspectOptions extends DataText {
  readonly output?: string | undefined
  readonly strict: boolean
  readonly json: boolean
}

/** Lines of a kind that are printed before the rest is counted. */
const printed = 12

export async function runInspect(path: string, options: InspectOptions): Promise<void> {
  const { output, strict, json } = options
  if (output !== undefined && !/\.png$/i.test(output))
    throw new UsageError(`the contact sheet ${output} must end in .png.`)
  const finding = await inspect(path, withoutUndefined({ ...readDataOptions(options), strict: undefined }))
  const { show, ...facts } = finding
  const sheet =
    output === undefined ? null : await contactSheet(path, summaryOf(finding), await show(48), classesOf(finding))
  if (output !== undefined && sheet === null) throw new UsageError(`${path} holds no pictures to draw. Leave out -o.`)
  if (output !== undefined) await writeWhole(output, (temporary) => writeFile(temporary, sheet!))
  if (json) printJson({ path, ...facts, ...(output !== undefined && { sheet: output }) })
  else printFinding(path, finding, output)
  if (strict && (finding.problems.length > 0 || finding.refusal !== null)) process.exitCode = 1
}

/** A path as it is; for the name of a public data set, the folder that it was downloaded to. */
async function folderOf(path: string): Promise<string> {
  if (existsSync(path) || !data.publicDatasets().some(({ name }) => name === path)) return path
  const folder = await cachedDataset(path)
  check(folder !== null, () => `the data set ${path} is not here yet. Get it: convoke data download ${path}`)
  return folder
}

async function inspect(given: string, options: OpenOptions): Promise<Finding> {
  const path = await folderOf(given)
  const { encoding: usualEncoding } = data.publicDatasets().find(({ name }) => name === given) ?? {}
  const place = await placeOf(path)
  if (hasArrays(place)) return inspectArrays(place)
  const kind = await kindOf(place, options)
  const progress = await startProgress(`convoke data inspect ${path}`, Math.max(1, pictureCount(place)))
  try {
    if (kind === 'folders') {
      const { notes } = await classifiedFiles(place, 'classify', options)
      const refusal = await folderRefusal(path, place, options)
      return await inspectFolders(place, [...(place.notes ?? []), ...notes], refusal, (done) => progress.advance(done))
    }
    let before = 0
    const onProgress = (done: number): void => {
      progress.advance(Math.max(0, done - before))
      before = done
    }
    return await inspectOpened(kind, path, {
      ...(usualEncoding !== undefined && { usualEncoding }),
      ...options,
      onProgress,
    })
  } finally {
    progress.stop()
  }
}

/** Names of the classes, in the order of their labels. */
const classesOf = ({ parts }: Finding): string[] => [
  ...new Set(parts.flatMap(({ classes }) => classes.map(({ name }) => name))),
]

const summaryOf = ({ kind, parts }: Finding): string =>
  `${kind}: ${parts.map(({ part, examples }) => (part === 'all' ? counted(examples, 'example') : `${examples} for ${part}`)).join(', ')}`

function printFinding(path: string, finding: Finding, output: string | undefined): void {
  const { task, parts, sizes, facts, problems, refusal } = finding
  const use = task === null || refusal !== null ? '' : ` For: convoke train ${task} --data ${path}`
  print(`${bold(visible(path))}: ${visible(`${summaryOf(finding)}.${use}`)}`)
  if (parts.some(({ classes }) => classes.length > 0)) print(`\n${classTable(finding)}`)
  if (sizes.length > 0) {
    const most = sizes.slice(0, 4).map(({ name, count }) => (sizes.length === 1 ? name : `${name} (${count})`))
    print(`\nPictures: ${most.join(', ')}${sizes.length > 4 ? `, and ${thousands(sizes.length - 4)} more sizes` : ''}`)
  }
  if (facts.length > 0) print(`\n${facts.map((fact) => visible(`${fact}.`)).join('\n')}`)
  if (output !== undefined) print(`\nContact sheet: ${visible(output)}`)
  if (refusal !== null) print(`\n${bold(`convoke train ${task} would refuse this:`)}\n  ${visible(refusal)}`)
  if (problems.length === 0) {
    if (refusal === null) print('\nNothing is wrong.')
    return
  }
  print(bold(`\n${problems.length === 1 ? 'One problem' : counted(problems.length, 'problem')}`))
  for (const problem of problems.slice(0, printed)) print(`  ${visible(problem)}`)
  if (problems.length > printed) print(`  … and ${thousands(problems.length - printed)} more; --json names them all.`)
}

function classTable(finding: Finding): string {
  const { parts, counted } = finding
  const names = classesOf(finding)
  const shown = names.slice(0, 30)
  const header = ['class', ...parts.map(({ part }) => (part === 'all' ? counted : part))]
  const counts = parts.map(({ classes }) => new Map(classes.map(({ name, count }) => [name, count])))
  const rows = shown.map((name) => [name, ...counts.map((own) => String(own.get(name) ?? 0))])
  const lines = table([header, ...rows], ['left'])
  const rest = names.length - shown.length
  return [...lines, ...(rest > 0 ? [`… and ${thousands(rest)} more classes`] : [])].join('\n')
}
