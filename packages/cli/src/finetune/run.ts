// `convoke finetune`

import { join } from 'node:path'
import { nn } from 'convoke'
import { saveWeights } from 'convoke/node'
import { check } from 'convoke/shapes'
import { shippedConfig } from 'convoke-workbench'
import { UsageError } from '../errors.ts'
import { readDataOptions } from '../options/data-options.ts'
import { readNumber } from '../options/numbers.ts'
import {
  checkFindsRate,
  fillingOf,
  findsRate,
  forRanks,
  readFreezeEpochs,
  readTime,
  readTrainingOptions,
} from '../options/training-options.ts'
import { checkSameData, joinRanks, ofFirst, ranksText } from '../ranks/ranks.ts'
import { narrator, printNotes, tellInterrupted } from '../terminal/output.ts'
import { readingProgress } from '../terminal/progress.ts'
import { visible } from '../terminal/visible.ts'
import { counted } from '../terminal/words.ts'
import { freshFolder, type Request, type TrainText, withoutUndefined } from '../train/request.ts'
import { finish, introduction, timeOf } from '../train/run.ts'
import { absolute, buildNetwork, type RunConfig, type Training } from '../training/config.ts'
import { builtInNames } from '../training/data/built-in.ts'
import { maskOptionsOf } from '../training/data/masks.ts'
import { likeForm } from '../training/data/pictures.ts'
import { frozenStartText, trainNewAlone, usualFreezeEpochs } from '../training/frozen-start.ts'
import { kitOf } from '../training/kits/index.ts'
import { usualFor } from '../training/kits/kit.ts'
import {
  dataNotes,
  type Examples,
  type Opened,
  type OpenOptions,
  openData,
  type TaskName,
} from '../training/open-data.ts'
import { runSession } from '../training/session.ts'
import { type Base, type BaseText, baseFrom } from './base.ts'

export interface FinetuneText extends Omit<TrainText, 'model' | 'modelOption' | 'resume'>, BaseText {
  readonly freeze: readonly string[]
  readonly layerDecay: string
  readonly adapters?: string
  readonly adaptersOn: string
}

interface Given {
  /** Of the adapters; undefined without them. */
  readonly rank: number | undefined
  readonly layerDecay: number
  /** Epochs in which the new layer learns alone. */
  readonly freezeEpochs: number | undefined
  readonly training: Partial<Training>
}

const readOptions = (task: TaskName, text: FinetuneText): Given => ({
  rank: readNumber('adapters', text.adapters, { least: 1, most: 4096, whole: true }),
  layerDecay: readNumber('layer-decay', text.layerDecay, { least: 0.001, most: 1 })!,
  freezeEpochs: readFreezeEpochs(text),
  training: { ...fillingOf(text), ...readTrainingOptions(task, text) },
})

/** Throws `UsageError` where `task` is named and is not that of the network. */
export async function runFinetune(path: string, text: FinetuneText, task?: TaskName): Promise<void> {
  const began = performance.now()
  const ranks = await joinRanks(text)
  const asked = readTime(text, began)
  // What is downloaded, the first rank downloads.
  if (ranks.rank > 0) await ranks.barrier()
  const base = await baseFrom(path, text)
  if (ranks.rank === 0) await ranks.barrier()
  if (task !== undefined && task !== base.config.task)
    throw new UsageError(`${path} is a network of ${base.config.task}, not of ${task}. Name its task, or none.`)
  const given = readOptions(base.config.task, text)
  const { source } = base
  const out = await ofFirst(ranks, () => freshFolder(text.out, base.config.task))
  // What an earlier fine-tuning learned beside the weights becomes part of them.
  nn.mergeAdapters(source)
  const opened = await openFor(base, text)
  const { config, notes } = await ofFirst(ranks, () => configFor(base, source, opened, text, given, ranks.size))
  printNotes(notes ?? [])
  await checkSameData(ranks, config.data.source, opened)
  const say = narrator(text.json)
  const together = await ranksText(ranks)
  checkFindsRate(base.config.task, text, ranks.size)
  say?.(introduction(config, out, ranks.size, findsRate(text)))
  if (together !== null) say?.(together)
  if (opened.shared !== undefined) say?.(`  ${opened.shared}`)
  say?.(startText(base, config))
  if (base.says !== undefined) say?.(`  ${visible(base.says)}`)
  const request: Request = { config, opened, out }
  const time = timeOf(config, asked, began)
  const session = await runSession({
    ...{ ...request, resume: false, time, say, ranks },
    findRate: findsRate(text),
    async prepare(model) {
      const known = Object.entries(source.state()).filter(([name]) => !config.fineTuning!.fresh.includes(name))
      model.loadState(Object.fromEntries(known), { strict: false })
      source.dispose()
      await trainNewAlone(model, config, opened, { seconds: time?.seconds, say, ranks })
    },
    onInterrupt: () => tellInterrupted(),
  })
  if (ranks.rank > 0) return
  await finish(request, session, text.json)
  if (config.fineTuning!.adapters === null || session.evaluation === null) return
  const merged = join(out, 'merged.safetensors')
  const plain = { ...config, fineTuning: { ...config.fineTuning!, adapters: null } }
  await saveWeights(nn.mergeAdapters(session.model), merged, { convoke: shippedConfig(plain) })
  say?.(`${visible(merged)}  the same network, its adapters added to its weights`)
}

async function openFor({ config }: Base, text: FinetuneText): Promise<Opened<Examples[TaskName]>> {
  const { picture, classes, task } = config
  const reading = readingProgress()
  const opened = await openData(task, text.data!, {
    ...readingFor(config, text),
    ...(picture === null ? {} : likeForm(picture)),
    ...{ order: classes, onProgress: reading.onProgress },
  })
  reading.stop()
  printNotes(dataNotes(opened))
  return opened
}

/** How the new data is read: as asked for, texts that are not UTF-8 otherwise as those of the run. */
const readingFor = ({ data }: RunConfig, text: FinetuneText): OpenOptions =>
  withoutUndefined({
    ...readDataOptions(text),
    usualEncoding: data.options.encoding ?? data.options.usualEncoding,
    keepTogether: true,
  })

/** The configuration of the new run: the old network with as many outputs as there are classes. */
const pickAugment = ({ augment }: Partial<Training>): Partial<Training> => (augment === undefined ? {} : { augment })

async function configFor(
  { config: was, path }: Base,
  source: nn.Module,
  opened: Opened<Examples[TaskName]>,
  text: FinetuneText,
  { rank, layerDecay, freezeEpochs, training: asked }: Given,
  ranks: number,
): Promise<Pick<Request, 'config' | 'notes'>> {
  const { task } = was
  const { classes } = opened
  const form = opened.sequence
  check(
    form === undefined || (form.target === was.sequence!.target && form.features === was.sequence!.features),
    () => `${text.data}: the sequences are not of the kind that the network was trained on.`,
  )
  const outputs = form === undefined ? { classes: classes.length } : { out: form.outputs }
  const model = { ...was.model, options: { ...was.model.options, ...outputs } }
  const adapters = rank === undefined ? null : { rank, match: text.adaptersOn }
  const plan = {
    model,
    picture: was.picture,
    text: was.text,
    sequence: form === undefined ? null : { ...was.sequence!, ...form },
  }
  const { training: usual, notes } = await usualFor(kitOf(task), opened, plan, pickAugment(asked))
  // Weights that know something already are changed in smaller steps; adapters start from nothing.
  const learningRate = adapters === null ? usual.learningRate / 3 : usual.learningRate
  const alone: Training = { ...usual, learningRate, ...asked }
  const training = forRanks(alone, text, ranks, text.warmUp !== undefined)
  const isBuiltIn = builtInNames(task).includes(text.data!)
  const counts = {
    ...{ train: opened.train.length, validation: opened.validation?.length ?? 0, test: opened.test?.length ?? 0 },
  }
  const fresh = freshTensors(model, outputs, source, classes, was)
  if (fresh.length === 0 && freezeEpochs)
    throw new UsageError(
      '--freeze-epochs trains only the new last layer; with the same classes there is no new layer. Leave it out.',
    )
  const started = { from: path, freeze: text.freeze, layerDecay, adapters, fresh }
  const config: RunConfig = {
    ...{ format: 1, task, ...plan, classes, training },
    fineTuning: { ...started, freezeEpochs: freezeEpochs ?? usualFreezeEpochs(started, training, opened.train.length) },
    data: {
      ...{ source: text.data!, kind: opened.kind, counts, path: absolute(text.data!, isBuiltIn) },
      options: {
        ...readingFor(was, text),
        ...(opened.columns !== undefined && { columns: opened.columns }),
        ...(opened.white !== undefined && { white: opened.white }),
        ...maskOptionsOf(opened),
      },
    },
  }
  return { config, notes }
}

/** Tensors that tell classes apart, which other classes make useless: those whose shape the number of classes decides. */
function freshTensors(
  model: RunConfig['model'],
  outputs: Readonly<Record<string, number>>,
  source: nn.Module,
  classes: readonly string[],
  was: RunConfig,
): string[] {
  if (classes.join('\n') === was.classes.join('\n')) return []
  const more = Object.fromEntries(Object.keys(outputs).map((name) => [name, Number(was.model.options[name]) + 1]))
  const other = buildNetwork({ ...model, options: { ...model.options, ...more } }, 0)
  const { mismatched } = other.loadState(source.state(), { strict: false })
  other.dispose()
  return [...mismatched]
}

function startText({ path }: Base, { fineTuning, classes }: RunConfig): string {
  const { fresh, freeze, adapters, layerDecay } = fineTuning!
  return [
    `  starts from ${visible(path)}`,
    ...(fresh.length === 0
      ? []
      : [`new for ${counted(classes.length, 'class', 'classes')}: ${visible(fresh.join(', '))}`]),
    ...(freeze.length === 0 ? [] : [`frozen: ${visible(freeze.join(', '))}`]),
    ...(adapters === null ? [] : [`adapters of rank ${adapters.rank} on ${visible(adapters.match)}`]),
    ...(frozenStartText({ fineTuning }) === '' ? [] : [frozenStartText({ fineTuning })]),
    ...(layerDecay === 1 ? [] : [`learning rates are multiplied by ${layerDecay} from each part to the one before it`]),
  ].join('; ')
}
