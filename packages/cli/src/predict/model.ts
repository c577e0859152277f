// `convoke predict MODEL.onnx` or model.json: pictures through a network from elsewhere.

import { basename, extname, join } from 'node:path'
import { data, formats, scope, type Tensor, tensor } from 'convoke'
import { graphModule, type Port } from 'convoke/graph'
import { readBytes, writeWhole } from 'convoke/node'
import { ConvokeError, check, showShape } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { openModel } from '../model/open.ts'
import { type Planned, planned } from '../model/planned.ts'
import {
  checkChannels,
  type Preprocessing,
  type PreprocessingText,
  prepared,
  readPreprocessing,
  takesPicture,
} from '../model/preprocessing.ts'
import { readNumber } from '../options/numbers.ts'
import { unreadablePicture } from '../picture/unreadable.ts'
import { gather, ofFirst, partOf, type Ranks } from '../ranks/ranks.ts'
import { complain, print, printJson, printNotes } from '../terminal/output.ts'
import { breathe, startProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { decoderFor } from '../training/data/pictures.ts'
import { type Ranked, ranked, rankedAligns, rankedHead, rankedRow, rankedSheet, type Sheet } from './answers.ts'
import { writeCsv } from './csv.ts'
import { pictureFiles } from './inputs.ts'

export interface PredictModelText extends PreprocessingText {
  readonly labels?: string
  readonly top: string
  readonly out: string
  readonly csv?: string
  readonly json: boolean
}

interface Answer {
  readonly file: string
  readonly predictions?: readonly Ranked[]
  readonly outputs?: readonly { readonly name: string; readonly shape: readonly number[]; readonly file: string }[]
}

export async function predictWithModel(
  path: string,
  inputs: readonly string[],
  options: PredictModelText,
  ranks: Ranks,
): Promise<void> {
  if (inputs.length === 0) throw new UsageError('name what to read: pictures, a folder or a pattern.')
  const file = await openModel(path)
  const how = readPreprocessing(options, options.labels, file.metadata['convoke.preprocessing'])
  const model = graphModule(file).eval()
  const [port] = model.graph.inputs
  if (model.graph.inputs.length !== 1 || !takesPicture(port)) {
    throw new ConvokeError(
      `${path}: it does not take one picture; its inputs are ${model.graph.inputs.map(({ name }) => name).join(', ')}. Call it from a program: graphModule(await readOnnx(path)).`,
    )
  }
  const network = planned(model)
  const names = model.graph.outputs.map(({ name }) => name)
  const channels = port.shape?.at(-1) === 1 ? 1 : 3
  checkChannels(how, channels)
  const decode = await decoderFor(channels)
  const files = await ofFirst(ranks, () => pictureFiles(inputs))
  const [from, to] = partOf(ranks, files.length)
  const answers: Answer[] = []
  const problems: string[] = []
  const top = readNumber('top', options.top, { least: 1, whole: true }) ?? 3
  const bar = await startProgress('predicting', ranks.rank === 0 ? to : 0)
  try {
    for (const file of files.slice(from, to)) {
      try {
        const picture = await decode(await readBytes(file)).catch((error: unknown) => {
          throw unreadablePicture(file, error instanceof Error ? error.message.split('\n')[0] : String(error))
        })
        const results = look(network, port, data.toUnit(picture), how)
        const outputs = Object.fromEntries(results.map((output, i) => [names[i], output]))
        answers.push(await answerOf(file, outputs, how, top, options.out))
        for (const output of results) output.dispose()
      } catch (error) {
        if (!(error instanceof ConvokeError)) throw error
        problems.push(error.message.startsWith(file) ? error.message : `${file}: ${error.message}`)
      }
      bar.advance(1)
      await breathe()
    }
  } finally {
    bar.stop()
  }
  const notes = network.refusal === null ? [] : [`${path} runs node by node; it cannot be compiled: ${network.refusal}`]
  const all = await gather(ranks, { answers, problems })
  if (ranks.rank > 0) return
  const unread = all.flatMap((part) => part.problems)
  if (options.csv !== undefined) await writeCsv(options.csv, sheetOf(all.flatMap((part) => part.answers)))
  tell(
    path,
    all.flatMap((part) => part.answers),
    unread,
    notes,
    options.json,
  )
}

function look(network: Planned, port: Port, picture: data.Values, how: Preprocessing): readonly Tensor[] {
  const fixed = port.shape?.slice(1, 3) ?? []
  const own = fixed.every((size): size is number => typeof size === 'number' && size > 0) && fixed.length === 2
  const size = how.size ?? (own ? ([fixed[0], fixed[1]] as [number, number]) : null)
  return scope(() => network.run([prepared(tensor(picture.data, { shape: [1, ...picture.shape] }), how, size)]))
}

/** Scores of several classes are ranked; anything else is written as arrays. */
async function answerOf(
  file: string,
  outputs: Readonly<Record<string, Tensor>>,
  { labels }: Preprocessing,
  top: number,
  out: string,
): Promise<Answer> {
  const [only] = Object.values(outputs)
  if (
    Object.keys(outputs).length === 1 &&
    only.rank === 2 &&
    only.shape[0] === 1 &&
    only.shape[1] > 1 &&
    only.dtype === 'float32'
  ) {
    const scores = await scoresOf(only)
    const count = scores.length
    check(
      labels === null || labels.length === count,
      () =>
        `there are ${labels?.length} labels for ${count} classes. Give one label per line, in the order of the classes.`,
    )
    const names = labels ?? Array.from({ length: count }, (_, i) => String(i))
    return { file, predictions: ranked(scores, names, Math.min(top, count)) }
  }
  const written = []
  for (const [name, value] of Object.entries(outputs)) {
    const place = join(out, `${basename(file, extname(file))}.${name.replaceAll(/[^\w.-]+/g, '_')}.npy`)
    const [host] = Object.values(await formats.toHost({ value }))
    await writeWhole(place, formats.encodeNpy(host))
    written.push({ name, shape: value.shape, file: place })
  }
  return { file, outputs: written }
}

/** What a softmax makes the chances of: scores as they are, the logarithms of chances that the network gives itself. */
async function scoresOf(output: Tensor): Promise<Float32Array> {
  const values = (await output.data()) as Float32Array
  const total = values.reduce((sum, value) => sum + value, 0)
  const chances = values.every((value) => value >= 0) && Math.abs(total - 1) < 1e-3
  return chances ? values.map(Math.log) : values
}

/** Classes of each picture, or the arrays that were written for it. */
function sheetOf(answers: readonly Answer[]): Sheet {
  const most = answers.reduce((count, { predictions }) => Math.max(count, predictions?.length ?? 0), 0)
  if (most > 0)
    return rankedSheet(
      'picture',
      most,
      answers.map(({ file, predictions = [] }) => ({ name: file, predictions })),
    )
  const rows = answers.flatMap(({ file, outputs = [] }) =>
    outputs.map((output) => [file, output.name, output.shape.join(' '), output.file]),
  )
  return { head: ['picture', 'output', 'shape', 'file'], rows }
}

function tell(
  path: string,
  answers: readonly Answer[],
  problems: readonly string[],
  notes: readonly string[],
  json: boolean,
): void {
  const left = { ...(notes.length > 0 && { notes }), ...(problems.length > 0 && { problems }) }
  if (json) printJson({ model: path, predictions: answers, ...left })
  else if (answers.length > 0) {
    const most = answers.reduce((count, { predictions }) => Math.max(count, predictions?.length ?? 0), 0)
    const rows = answers.flatMap(({ file, predictions, outputs }) =>
      predictions === undefined
        ? (outputs ?? []).map((output) => [file, `${output.name} ${showShape(output.shape)}`, output.file])
        : [rankedRow(file, predictions)],
    )
    print(
      table(
        most > 0 ? [rankedHead('picture', most), ...rows] : [['picture', 'output', 'written to'], ...rows],
        most > 0 ? rankedAligns(most) : ['left', 'left', 'left'],
      ).join('\n'),
    )
  }
  if (!json) printNotes(notes)
  for (const problem of problems) complain(problem)
  if (problems.length > 0) {
    complain(`pictures without a result: ${problems.length} of ${problems.length + answers.length}.`)
    process.exitCode = 1
  }
}
