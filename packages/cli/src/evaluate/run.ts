// `convoke evaluate`

import { resolve } from 'node:path'
import { type nn, train } from 'convoke'
import { loadWeights, readMetrics } from 'convoke/node'
import { UsageError } from '../errors.ts'
import { type DataText, readDataOptions } from '../options/data-options.ts'
import { readChoice } from '../options/slide-options.ts'
import { readTestTime, type WorkText } from '../options/training-options.ts'
import { checkSameData, joinRanks, ofFirst, type Ranks } from '../ranks/ranks.ts'
import { bold, print, printJson, printNotes } from '../terminal/output.ts'
import { readingProgress, startProgress } from '../terminal/progress.ts'
import { visible } from '../terminal/visible.ts'
import { fitted } from '../terminal/wrap.ts'
import { buildModel, checkWeights, dataSource, openRun, type Run, type RunConfig } from '../training/config.ts'
import { builtInNames } from '../training/data/built-in.ts'
import { likeForm } from '../training/data/pictures.ts'
import { evaluationText } from '../training/evaluation-text.ts'
import { heldOutOf } from '../training/held-out.ts'
import { kitOf } from '../training/kits/index.ts'
import { withViews } from '../training/kits/views.ts'
import {
  dataNotes,
  type Examples,
  type Opened,
  type OpenOptions,
  openData,
  type TaskName,
} from '../training/open-data.ts'
import { writeReport } from '../training/report/write.ts'

export interface EvaluateText extends DataText, WorkText {
  readonly data?: string
  readonly part?: string
  readonly report?: string
  readonly testTime?: string
  readonly json: boolean
}

const parts = ['test', 'validation', 'train'] as const
type Part = (typeof parts)[number]

/**
 * The network of a run with its weights, ready to be used; of several ranks the first reads them. Throws `ConvokeError` for weights of
 * another architecture.
 */
export async function loadRun(run: Run, ranks?: Ranks): Promise<nn.Module> {
  const { config, file } = run
  const model = buildModel(config)
  if (ranks === undefined || ranks.rank === 0) {
    checkWeights(run)
    await loadWeights(model, file)
  } else model.initialize(0)
  if (ranks !== undefined) await train.shareWeights(ranks, model)
  model.eval()
  return model
}

/** Data prepared as that of a run was: classes in its order, pictures of its size. */
export function openForRun(
  config: RunConfig,
  source: string,
  options: OpenOptions,
): Promise<Opened<Examples[TaskName]>> {
  const { picture, classes, task } = config
  const { encoding, delimiter, usualEncoding = encoding, ...own } = config.data.options
  const same = source === config.data.source || source === config.data.path
  return openData(task, source, {
    ...{ keepTogether: false, ...own },
    // Other data may be written in another way than that of training.
    ...(same ? { encoding, delimiter, usualEncoding } : { usualEncoding }),
    ...options,
    ...(classes.length > 0 ? { classes } : {}),
    ...(picture === null ? {} : likeForm(picture)),
  })
}

export async function runEvaluate(path: string, text: EvaluateText): Promise<void> {
  const ranks = await joinRanks(text)
  const run = await ofFirst(ranks, () => openRun(path))
  if (run.config.task === 'generate') {
    throw new UsageError('a generator has no test score. Look at what it draws: convoke predict.')
  }
  const config = withViews(run.config, readTestTime(run.config.task, text.testTime))
  const given = Object.fromEntries(Object.entries(readDataOptions(text)).filter(([, value]) => value !== undefined))
  const asked = text.part === undefined ? undefined : readChoice('part', text.part, parts)
  const reading = readingProgress()
  const source = text.data ?? dataSource(run)
  // Other data is used whole; the run's own is divided as it was.
  const whole = text.data !== undefined && asked === undefined && !builtInNames(config.task).includes(text.data)
  const options = {
    ...given,
    ...(whole ? { validation: 0, test: 0 } : {}),
    // Of its own data a run knows which examples it held out; the others are not read.
    ...{ only: asked ?? 'test', heldOut: text.data === undefined ? await heldOutOf(run) : undefined },
    onProgress: ranks.rank === 0 ? reading.onProgress : undefined,
  }
  const opened = await openForRun(config, source, options)
  reading.stop()
  await checkSameData(ranks, source, opened)
  printNotes(dataNotes(opened))
  const part: Part = asked ?? 'test'
  const raw = whole ? (opened.test ?? opened.train) : opened[part]
  const known = [config.data.source, config.data.path].some(
    (one) => one !== undefined && resolve(one) === resolve(source),
  )
  if (whole && raw === opened.train && known)
    printNotes([
      `${source} is the data of this run, all of it: most of its examples were trained on. To measure the test part alone, leave out --data.`,
    ])
  if (raw === null) throw new UsageError(`the data has no ${part} part. Use --part train, or --data.`)
  const kit = kitOf(config.task)
  const model = await loadRun(run, ranks)
  const bar = await startProgress('measuring', ranks.rank === 0 ? 1 : 0)
  let measured = 0
  const evaluation = await kit.examine({
    ...{ config, model, set: kit.ready(config, raw), parallel: ranks },
    onBatch(done, total) {
      bar.advance(done / total - measured)
      measured = done / total
    },
  })
  bar.stop()
  if (ranks.rank > 0) return
  if (text.report !== undefined) {
    const history = run.folder === null ? [] : await readMetrics(run.folder)
    await writeReport(text.report, config, history, evaluation, part)
  }
  const { figures, classes, confusion, count } = evaluation
  if (text.json)
    return printJson({ run: path, task: config.task, data: source, part, count, figures, classes, confusion })
  print(fitted([bold(visible(`${path} on ${source}`)), ...evaluationText(evaluation, part)].join('\n')))
  if (text.report !== undefined) print(`\n${visible(text.report)}`)
}
