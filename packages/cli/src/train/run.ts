// `convoke train`

import { join } from 'node:path'
import { currentBackend, type nn, threads, type train } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { checkFindsRate, findsRate, readTime } from '../options/training-options.ts'
import { checkAlone, joinRanks, ranksText } from '../ranks/ranks.ts'
import { bold, isQuiet, narrator, print, printJson, printNotes, tellInterrupted } from '../terminal/output.ts'
import { readingProgress } from '../terminal/progress.ts'
import { thousands } from '../terminal/table.ts'
import { visible } from '../terminal/visible.ts'
import { counted, duration, exactNumber, percent, rate } from '../terminal/words.ts'
import { fitted } from '../terminal/wrap.ts'
import { runAdversarialSession } from '../training/adversarial-session.ts'
import type { RunTime } from '../training/budget.ts'
import { buildModel, type RunConfig } from '../training/config.ts'
import { evaluationText } from '../training/evaluation-text.ts'
import { type FrozenStart, frozenStartText, trainNewAlone } from '../training/frozen-start.ts'
import { dataNotes, type TaskName } from '../training/open-data.ts'
import { writeReport } from '../training/report/write.ts'
import { runSession, type Session } from '../training/session.ts'
import { networkOf, placeWeights } from '../training/warm-start.ts'
import { printPlan } from './plan.ts'
import { newRun, oldRun, type Request, type TrainText } from './request.ts'
import { checkStartElsewhere, startsElsewhere } from './start.ts'

export async function runTrain(
  task: TaskName | undefined,
  text: TrainText,
  isGiven: (name: string) => boolean,
): Promise<void> {
  if (startsElsewhere(text)) {
    checkStartElsewhere(text, isGiven)
    const { runFinetune } = await import('../finetune/run.ts')
    return runFinetune(text.from!, { ...text, freeze: [], layerDecay: '1', adaptersOn: '*' }, task)
  }
  const began = performance.now()
  const ranks = await joinRanks(text)
  const asked = readTime(text, began)
  for (const name of ['bandwidth', 'latency'] as const) {
    if (text[name] !== undefined && text.plan !== true)
      throw new UsageError(`--${name} describes the network for --plan. Add --plan, or leave --${name} out.`)
  }
  if (text.plan && text.resume) throw new UsageError('--plan is for a new run. Leave --resume out.')
  const reading = readingProgress()
  let request: Request
  if (text.resume) request = await oldRun(task, text, isGiven, ranks, ranks.rank === 0 ? reading.onProgress : undefined)
  else if (task === undefined)
    throw new UsageError('the task is missing: classify, segment, detect, text, sequence or generate.')
  else request = await newRun(task, text, ranks, ranks.rank === 0 ? reading.onProgress : undefined)
  reading.stop()
  printNotes([...dataNotes(request.opened), ...(request.notes ?? [])])
  if (text.plan) return printPlan(request, text, ranks)
  const time = timeOf(request.config, asked, began)
  const say = narrator(text.json)
  if (request.config.task === 'generate') checkAlone(ranks, 'generate')
  const together = await ranksText(ranks)
  checkFindsRate(request.config.task, text, ranks.size)
  say?.(introduction(request.config, request.out, ranks.size, findsRate(text)))
  if (request.start !== undefined)
    say?.(['  starts from the weights that Convoke ships', frozenStartText(request.config)].filter(Boolean).join(': '))
  if (together !== null) say?.(together)
  if (request.opened.shared !== undefined) say?.(`  ${request.opened.shared}`)
  const start = request.config.task === 'generate' ? runAdversarialSession : runSession
  const session = await start({
    ...{ ...request, resume: text.resume, time, say, ranks, findRate: findsRate(text) },
    prepare: preparing(request, { seconds: time?.seconds, say, ranks }),
    onInterrupt: () => tellInterrupted(),
  })
  if (ranks.rank === 0) await finish(request, session, text.json)
}

/** Puts the weights to start from in place, and trains the new layer alone. */
const preparing = ({ start, config, opened }: Request, how: FrozenStart) =>
  start &&
  (async (model: nn.Module) => {
    placeWeights(model, await networkOf(start), config.fineTuning!.fresh)
    await trainNewAlone(model, config, opened, how)
  })

/** The time of a run: as asked for, or as a run that goes on was to fill. Throws `UsageError` where it cannot be planned. */
export function timeOf({ training }: RunConfig, asked: RunTime | undefined, began: number): RunTime | undefined {
  const { time: seconds } = training
  if (seconds === undefined) return asked
  if (asked?.fill === false)
    throw new UsageError(
      `the run was started with --time (${duration(seconds)}). Give a new --time, or leave out --time-limit.`,
    )
  return { began, seconds, fill: true }
}

export function introduction(config: RunConfig, out: string, ranks = 1, findRate = false): string {
  const { task, model, data, training, classes, picture } = config
  const { train, validation, test } = data.counts
  const shape = picture === null ? '' : `, pictures ${picture.height}×${picture.width}×${picture.channels}`
  const parameters = buildModel(config).parameterCount()
  return [
    bold(fitted(visible(`${task}: ${data.source} (${data.kind})`))),
    `  ${counted(train, 'example')} to train on, ${thousands(validation)} for validation, ${thousands(test)} for the test${classes.length > 0 ? `; ${counted(classes.length, 'class', 'classes')}` : ''}${shape}`,
    `  ${model.name}, ${counted(parameters, 'parameter')}; ${training.time === undefined ? counted(training.epochs, 'epoch') : `as many epochs as fit into ${duration(training.time)}`} of batches of ${training.batchSize}${ranks > 1 ? ` (${Math.ceil(training.batchSize / ranks)} a rank)` : ''}, ${training.optimizer} ${findRate ? 'with a rate to be found,' : rate(training.learningRate)} ${training.schedule}`,
    `  ${currentBackend().name}, ${counted(threads(), 'thread')}${ranks > 1 ? ' a rank' : ''}; kept in ${visible(out)}`,
  ].join('\n')
}

/** What a run is to those who read JSON. */
const summaryOf = ({ out }: Request, { config, ...session }: Session) => ({
  run: out,
  task: config.task,
  model: config.model,
  parameters: session.model.parameterCount(),
  reason: session.reason,
  epochs: session.progress.epoch,
  steps: session.progress.step,
  seconds: session.seconds,
  learningRate: config.training.learningRate,
  waiting: waitingShare(session),
  cores: session.cores ?? null,
  best: session.progress.best,
  history: session.progress.history,
  part: session.part,
  figures: session.evaluation?.figures ?? null,
  classes: session.evaluation?.classes ?? null,
  confusion: session.evaluation?.confusion ?? null,
})

export async function finish(request: Request, session: Session, json: boolean): Promise<void> {
  const { out } = request
  const { config, progress, evaluation, part } = session
  if (evaluation === null) {
    const place = progress.batch > 0 ? `in epoch ${progress.epoch + 1}` : `after epoch ${progress.epoch}`
    if (json) printJson(summaryOf(request, session))
    else print(fitted(`stopped ${place} and saved. To continue: convoke train --resume --out ${visible(out)}`))
    return
  }
  const report = join(out, 'report.html')
  // What was learnt is told even where it cannot be drawn.
  const unwritten = await writeReport(report, config, progress.history, evaluation, part).then(
    () => null,
    (error: unknown) =>
      error instanceof ConvokeError ? new ConvokeError(`${report} is not written: ${error.message}`) : error,
  )
  if (json) printJson({ ...summaryOf(request, session), report: unwritten === null ? report : null })
  else tell(request, session, unwritten === null ? report : null)
  if (unwritten !== null) throw unwritten
}

/** Share of the training's time that steps waited for their data; null where it was not measured. */
function waitingShare({ progress: { history } }: Pick<Session, 'progress'>): number | null {
  const measured = history.filter(({ waiting }) => waiting !== undefined)
  const total = (of: (record: train.EpochRecord) => number): number =>
    measured.reduce((sum, record) => sum + of(record), 0)
  return measured.length === 0 ? null : total(({ waiting }) => waiting!) / total(({ seconds }) => seconds)
}

function workText(session: Session): string[] {
  const share = waitingShare(session)
  if (share === null) return []
  const busy = session.cores === undefined ? '' : `; ${exactNumber(session.cores, 2)} cores busy`
  return [`data: ${percent(share, 0)} of the time${busy}`]
}

/** What came of the training. */
function tell({ config, out }: Request, session: Session, report: string | null) {
  const { reason, progress, evaluation, part, seconds } = session
  const limit = config.training.time === undefined ? ', stopped by the time limit' : ''
  const why = { finished: '', early: ', stopped early', time: limit, interrupted: '' }[reason]
  const best = progress.best === null ? '' : `; best: epoch ${progress.best.epoch}`
  print(
    fitted(
      [
        ...(isQuiet() ? [] : ['']),
        bold(`${counted(progress.step, 'step')} in ${duration(seconds)}${why}${best}`),
        ...workText(session),
        ...evaluationText(evaluation!, part),
        '',
        `${visible(join(out, 'best.safetensors'))}  the network, with all that is needed to use it`,
        ...(report === null
          ? []
          : [
              `${visible(report)}  ${config.task === 'generate' ? 'curves and what the network draws' : 'curves, mistakes and what the network looks for'}`,
            ]),
      ].join('\n'),
    ),
  )
}
