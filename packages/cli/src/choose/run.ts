// `convoke choose`: which kernel size, kernel count and depth, by trying them under the same rules.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentBackend, type data, type nn, type Tensor, threads, train } from 'convoke'
import { writeWhole } from '../picture/write-whole.ts'
import { checkSameData, joinRanks, ofFirst, type Ranks, ranksText } from '../ranks/ranks.ts'
import { interruptible } from '../terminal/interrupt.ts'
import { bold, narrator, print, printJson, printNotes, tellInterrupted } from '../terminal/output.ts'
import { breathe, readingProgress } from '../terminal/progress.ts'
import { narrowTable, thousands } from '../terminal/table.ts'
import { visible } from '../terminal/visible.ts'
import { counted, duration, percent, rate } from '../terminal/words.ts'
import { fitted } from '../terminal/wrap.ts'
import { buildModel, type RunConfig } from '../training/config.ts'
import { kitOf } from '../training/kits/index.ts'
import { dataNotes } from '../training/open-data.ts'
import { optimizerOf, scheduleOf } from '../training/optimizing.ts'
import { chartSvg, checkChartPath, writeChart } from './chart.ts'
import { type ChooseFolder, chooseFolder } from './folder.ts'
import { type ChooseRequest, type ChooseTask, type ChooseText, readRequest } from './request.ts'
import { watchChoices } from './watch.ts'

export async function runChoose(task: ChooseTask, text: ChooseText): Promise<void> {
  checkChartPath(text.output)
  const ranks = await joinRanks(text)
  const reading = readingProgress()
  const request = await readRequest(task, text, reading.onProgress).finally(() => reading.stop())
  printNotes(dataNotes(request.opened))
  await checkSameData(ranks, request.config.data.source, request.opened)
  const folder = await folderFor(ranks, text.out, rulesOf(request))
  const say = narrator(text.json)
  const together = await ranksText(ranks)
  say?.(introduction(request, folder))
  if (together !== null) say?.(together)
  const interruption = interruptible(() =>
    tellInterrupted('finishing the step; what was trained is kept. Ctrl-C again stops at once.'),
  )
  const watch = await watchChoices(ranks.rank === 0 ? say : undefined)
  let result: train.ChooseResult
  try {
    result = await sweep(request, folder, ranks, interruption.signal, watch.onEvent)
  } finally {
    watch.stop()
    interruption.release()
  }
  if (ranks.rank > 0) return
  const test = interruption.reason() === null ? await testRecommended(request, result, folder) : null
  await finish({ request, result, folder, test, text })
}

/** The first rank keeps what all of them train; the others know what was trained before. */
async function folderFor(ranks: Ranks, path: string, rules: unknown): Promise<ChooseFolder> {
  const own = ranks.rank === 0 ? await chooseFolder(path, rules) : null
  const trials = await ofFirst(ranks, () => own!.trials)
  return own ?? { path, trials, keep: async () => {}, load: async () => {} }
}

/** All that decides the outcome of a trial; a folder of trials is only gone on with under the same. */
const rulesOf = ({ task, config }: ChooseRequest) => ({
  ...{ format: 1, task, classes: config.classes, picture: config.picture, text: config.text },
  ...{ data: config.data, training: config.training },
})

const configOf = ({ config, optionsOf }: ChooseRequest, choice: train.Choice): RunConfig => ({
  ...config,
  model: { ...config.model, options: optionsOf(choice) },
})

function introduction({ task, config, choices, seeds }: ChooseRequest, { path, trials }: ChooseFolder): string {
  const { counts, source, kind } = config.data
  const { epochs, batchSize, optimizer, learningRate, schedule } = config.training
  const times = seeds.length === 1 ? '' : ` × ${seeds.length} seeds`
  return [
    bold(fitted(visible(`${task}: ${source} (${kind})`))),
    `  ${counted(counts.train, 'example')} to train on, ${thousands(counts.validation)} to compare on; ${counted(choices.length, 'choice')}${times}, each ${counted(epochs, 'epoch')} of batches of ${batchSize}, ${optimizer} ${rate(learningRate)} ${schedule}`,
    `  ${currentBackend().name}, ${counted(threads(), 'thread')}; kept in ${visible(path)}${trials.length > 0 ? `, ${trials.length} trained before` : ''}`,
  ].join('\n')
}

type Prepared = data.Dataset<object>

function sweep(
  request: ChooseRequest,
  folder: ChooseFolder,
  ranks: Ranks,
  signal: AbortSignal,
  onEvent: (event: train.ChooseEvent) => Promise<void>,
): Promise<train.ChooseResult> {
  const { task, config, opened, choices, inputShape, seeds, cost, budget } = request
  const kit = kitOf(task)
  const { epochs, batchSize } = config.training
  const byName = new Map(choices.map((choice) => [choice.name, choice]))
  return train.choose<object, Tensor>({
    ...{ choices, inputShape, epochs, batchSize, seeds, cost, budget, signal, onEvent, parallel: ranks },
    previous: folder.trials.map(({ weights: _, ...trial }) => trial),
    dtype: task === 'text' ? 'int32' : 'float32',
    task: (model: nn.Module) => kit.learning(config, model) as train.Task<object, Tensor>,
    train: kit.ready(config, opened.train) as Prepared,
    validation: kit.ready(config, opened.validation!) as Prepared,
    augment: kit.augment(config),
    optimizer: (parameters) => optimizerOf({ parameters: () => parameters } as unknown as nn.Module, config),
    schedule: (steps) => scheduleOf(config.training, steps),
    async onTrial(trial, model) {
      await folder.keep(trial, model, configOf(request, byName.get(trial.name)!))
      await breathe()
    },
  })
}

interface Tested {
  readonly accuracy: number
  readonly examples: number
}

/** The recommended network, once, on examples that played no part in choosing it. */
async function testRecommended(
  request: ChooseRequest,
  result: train.ChooseResult,
  folder: ChooseFolder,
): Promise<Tested | null> {
  const { opened, choices, task, config } = request
  const choice = choices.find(({ name }) => name === result.recommended)
  const trial = folder.trials.find(({ name }) => name === result.recommended)
  if (opened.test === null || choice === undefined || trial === undefined) return null
  const kit = kitOf(task)
  const model = buildModel(configOf(request, choice))
  await folder.load(trial, model)
  const set = kit.ready(config, opened.test) as Prepared
  const figures = await train.evaluate(model, kit.learning(config, model) as train.Task<object, Tensor>, set)
  model.dispose()
  return { accuracy: figures['accuracy'], examples: opened.test.length }
}

interface Finished {
  readonly request: ChooseRequest
  readonly result: train.ChooseResult
  readonly folder: ChooseFolder
  readonly test: Tested | null
  readonly text: ChooseText
}

async function finish({ request, result, folder, test, text }: Finished): Promise<void> {
  const stopped = result.rows.some(({ skipped }) => skipped === 'stopped')
  const svg = chartSvg(`${request.config.data.source}: accuracy against cost`, result)
  if (svg !== null)
    for (const path of [join(folder.path, 'choose.svg'), ...(text.output === undefined ? [] : [text.output])])
      await writeChart(path, svg)
  const kept = folder.trials.find(({ name }) => name === result.recommended)
  const weights = kept === undefined ? null : join(folder.path, kept.weights)
  if (weights !== null && !stopped) {
    const bytes = await readFile(weights)
    await writeWhole(join(folder.path, 'best.safetensors'), (temporary) => writeFile(temporary, bytes))
  }
  const note = guessNote(request, result)
  if (text.json) {
    printJson({ folder: folder.path, finished: !stopped, ...result, test, chart: text.output ?? null, weights, note })
    return
  }
  print(`\n${resultTable(result)}\n`)
  print(fitted(visible(stopped ? `Stopped; the same command continues. So far: ${result.reason}` : result.reason)))
  if (note !== null) print(fitted(note))
  if (test !== null && !stopped)
    print(
      fitted(
        `On ${thousands(test.examples)} test examples not used for the choice, its accuracy is ${percent(test.accuracy)}.`,
      ),
    )
  if (weights !== null && !stopped)
    print(
      `\n${visible(join(folder.path, 'best.safetensors'))}  the recommended network\n${visible(text.output ?? join(folder.path, 'choose.svg'))}  the chart`,
    )
}

/** Choices that were trained too little to be compared are still compared: this says so. */
function guessNote({ config }: ChooseRequest, { rows, best: name }: train.ChooseResult): string | null {
  const best = rows.find((row) => row.name === name)
  const guessing = 1 / config.classes.length
  if (best === undefined || best.accuracy! >= guessing + 2 * best.error!) return null
  return `No candidate beats chance (${percent(guessing, 1)}), so the recommendation means nothing yet. Train longer (--epochs), or on more examples.`
}

const why: Readonly<Record<train.Skipped, string>> = {
  parameters: 'too many parameters',
  macs: 'too many MACs',
  time: 'no time left',
  stopped: 'stopped',
  failed: 'failed',
}

function resultTable(result: train.ChooseResult): string {
  const rows = [...result.rows]
    .sort((a, b) => a.cost.macs - b.cost.macs)
    .map((row) => [
      row.name === result.recommended ? '→' : row.onFront ? '•' : '',
      row.name,
      thousands(row.cost.parameters),
      thousands(row.cost.macs),
      row.cost.milliseconds === null ? '' : row.cost.milliseconds.toFixed(2),
      row.accuracy === null ? '' : percent(row.accuracy),
      row.error === null ? '' : `±${percent(row.error)}`,
      row.accuracy === null
        ? `${why[row.skipped!]}${row.problem === null ? '' : `: ${row.problem}`}`
        : duration(row.seconds),
    ])
  const head = ['', 'choice', 'parameters', 'MACs', 'ms each', 'accuracy', 'error', 'trained in']
  const cost = { parameters: 2, macs: 3, milliseconds: 4 }[result.cost]
  const least = [...[4, 2, 3].filter((column) => column !== cost), 6, cost, 7]
  const aligns = ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'] as const
  const lines = narrowTable([head, ...rows], aligns, least)
  return `${lines.join('\n')}\n→ recommended   • best at its cost`
}
