// Runs as they lie in their folders: the settings, the log of epochs, the scores.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { train } from 'convoke'
import { readMetrics } from 'convoke/node'
import { ConvokeError } from 'convoke/shapes'
import { glob, isDynamicPattern } from 'tinyglobby'
import { buildModel, openRun, type RunConfig } from '../training/config.ts'
import { type Scores, scoresOf } from '../training/scores.ts'
import { headlineOf } from '../training/session.ts'

export interface ComparedRun {
  readonly path: string
  readonly config: RunConfig
  readonly parameters: number
  readonly history: readonly train.EpochRecord[]
  /** Of all epochs. */
  readonly seconds: number
  /** The measure that decides which epoch is best; null where the task has none. */
  readonly measure: string | null
  /** The best epoch by that measure; null before one was measured. */
  readonly best: { readonly epoch: number; readonly value: number } | null
  /** At its end; null before that. */
  readonly scores: Scores | null
}

export interface FoundRuns {
  readonly runs: readonly ComparedRun[]
  /** Why a folder that was named is not among them. */
  readonly problems: readonly string[]
}

const isRun = (folder: string): boolean => existsSync(join(folder, 'config.json'))
const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

const inOrder = (paths: readonly string[]): string[] =>
  [...new Set(paths)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

/** The folders of one argument: a run, the runs in a folder, or what fits a pattern. */
async function foldersOf(input: string): Promise<readonly string[]> {
  if (!existsSync(input) && isDynamicPattern(input)) {
    const options = { onlyDirectories: true, absolute: isAbsolute(input) }
    const found = await glob(input.replaceAll('\\', '/'), options)
    return inOrder(found.map((path) => path.replace(/\/$/, '')))
  }
  if (!isFolder(input) || isRun(input)) return [input]
  const below = readdirSync(input).map((name) => join(input, name))
  const runs = inOrder(below.filter(isRun))
  return runs.length === 0 ? [input] : runs
}

/** Every run that the arguments name, each once. Throws `ConvokeError` where there is none. */
export async function findRuns(inputs: readonly string[]): Promise<FoundRuns> {
  const folders = [...new Set((await Promise.all(inputs.map(foldersOf))).flat())]
  const runs: ComparedRun[] = []
  const problems: string[] = []
  for (const folder of folders) {
    try {
      runs.push(await readRun(folder))
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      problems.push(error.message)
    }
  }
  if (runs.length > 0) return { runs, problems }
  const why = problems.length === 0 ? 'nothing fits the pattern' : problems[0]
  throw new ConvokeError(
    `${inputs.join(' ')}: there is no run to compare: ${why.replace(/\.$/, '')}. Name folders that \`convoke train\` wrote, such as runs/*.`,
  )
}

async function readRun(path: string): Promise<ComparedRun> {
  if (isFolder(path) && !isRun(path)) throw new ConvokeError(`${path} is not a run: it has no config.json.`)
  const { folder, config } = await openRun(path)
  if (folder === null) throw new ConvokeError(`${path} is a file; the folder of a run has its epochs and scores.`)
  const history = await readMetrics(folder)
  const measure = config.task === 'generate' ? null : headlineOf(config)
  return {
    ...{ path, config, history, measure },
    parameters: buildModel(config).parameterCount(),
    seconds: history.reduce((total, record) => total + record.seconds, 0),
    best: measure === null ? null : bestOf(history, measure),
    scores: await scoresOf(folder),
  }
}

/** Whether less of a measure is better. */
const fallsWell = (measure: string): boolean => /loss|error/.test(measure)

function bestOf(history: readonly train.EpochRecord[], measure: string): ComparedRun['best'] {
  const sign = fallsWell(measure) ? -1 : 1
  let best: ComparedRun['best'] = null
  let lowest = Number.POSITIVE_INFINITY
  for (const { epoch, validation } of history) {
    const value = validation?.[measure]
    if (value === undefined || Number.isNaN(value)) continue
    // Of the same scores, as small validation parts often give, the one with the lower loss: that of the weights which are kept.
    const loss = validation?.['loss'] ?? Number.POSITIVE_INFINITY
    const isBetter = best === null || sign * value > sign * best.value || (value === best.value && loss < lowest)
    if (isBetter) [best, lowest] = [{ epoch, value }, loss]
  }
  return best
}

/** Runs of one task, the best first; those not measured yet come last. */
export interface Group {
  readonly task: RunConfig['task']
  readonly measure: string | null
  readonly runs: readonly ComparedRun[]
}

/** Only runs of one task and one measure are compared with each other. */
export function grouped(runs: readonly ComparedRun[]): Group[] {
  const groups = new Map<string, ComparedRun[]>()
  for (const run of runs) {
    const key = `${run.config.task} ${run.measure}`
    groups.set(key, [...(groups.get(key) ?? []), run])
  }
  return [...groups.values()].map((own) => {
    const [{ config, measure }] = own
    const worth = ({ best }: ComparedRun): number =>
      best === null ? Number.NEGATIVE_INFINITY : fallsWell(measure!) ? -best.value : best.value
    const order = own.map((run, at) => ({ run, at, worth: worth(run) }))
    order.sort((a, b) => (a.worth === b.worth ? a.at - b.at : b.worth - a.worth))
    return { task: config.task, measure, runs: order.map(({ run }) => run) }
  })
}
