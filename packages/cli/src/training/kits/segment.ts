// Pixels into classes.

import { data, metrics, type models, type nn, type Tensor, train } from 'convoke'
import { check } from 'convoke/shapes'
import { normalized, unitPictures } from 'convoke-workbench'
import { percent } from '../../terminal/words.ts'
import type { RunConfig } from '../config.ts'
import type { PictureForm } from '../data/opened.ts'
import { overlay } from '../report/colours.ts'
import { featureSections } from '../report/features.ts'
import type { Section } from '../report/section.ts'
import { classReport, exampleName, pickModel, rankedTiles } from './common.ts'
import {
  type Evaluation,
  type Examined,
  epochsFor,
  type Kit,
  nothingObserved,
  type Observed,
  usualTraining,
} from './kit.ts'
import { maskAugmentation, pieceOf } from './mask-augmentation.ts'
import { inputOf, pictureInput, turnsFor } from './pictures.ts'
import { weightsFor } from './rare-classes.ts'
import { viewedTask } from './views.ts'

type Example = data.MaskedPicture

const names: readonly models.ModelName[] = ['unet', 'deeplab']

/** A U-Net for some hundred pictures and some minutes; the paper's is four times as wide. */
const fixed = { width: 16, norm: true, dropout: 0.2 } as const

/** Pictures whose predictions are kept for the report. */
const mostKept = 24

/** Of pictures without an up and a down every mirrored view says as much as the picture itself. */
const allViews: Observed = {
  training: { testTime: 'turns' },
  notes: [
    'the outputs of the trained network are averaged over each picture and its three mirror images, so a prediction takes four times as long. --test-time none turns it off.',
  ],
}

/** Options that fit a network to the size of the pictures. */
function fittingOptions(name: models.ModelName, { height, width }: PictureForm): Record<string, unknown> {
  const shorter = Math.min(height, width)
  if (name === 'deeplab') return { stride: shorter >= 128 ? 4 : 2 }
  return { ...fixed, depth: shorter >= 128 ? 4 : shorter >= 48 ? 3 : 2 }
}

function piecesOf(picture: PictureForm): Observed {
  const piece = pieceOf(picture)
  if (piece === null) return nothingObserved
  return {
    training: {},
    notes: [
      `each step trains on random crops of ${piece.width}×${piece.height} pixels; evaluation uses whole pictures. --augment none trains on whole pictures.`,
    ],
  }
}

interface Judged {
  readonly index: number
  readonly predicted: Int32Array
  readonly accuracy: number
}

const counted = { ignore: data.ignoredLabel }

/** Confusion over all pixels, and each picture's own accuracy. */
function collector(config: RunConfig) {
  const classes = config.classes.length
  const judged: Judged[] = []
  let matrix: metrics.ConfusionMatrix | null = null
  let count = 0
  const keep = (one: Judged): void => {
    judged.push(one)
    judged.sort((a, b) => a.accuracy - b.accuracy)
    // The worst, the middle and the best are shown: what lies between can go.
    if (judged.length > mostKept) judged.splice(Math.floor(judged.length / 2) + (count % 2), 1)
  }
  const meter: train.Meter<Example, Tensor> = {
    async add(output, { mask }) {
      const [scores, labels] = await Promise.all([output.data(), mask.data()])
      const found = metrics.argMaxRows(scores, classes)
      const own = metrics.confusionMatrix(found, labels, classes, counted)
      matrix = matrix === null ? own : metrics.addConfusion(matrix, own)
      const pixels = found.length / output.shape[0]
      for (let i = 0; i < output.shape[0]; i++) {
        const predicted = found.slice(i * pixels, (i + 1) * pixels)
        const accuracy = metrics.accuracy(predicted, labels.subarray(i * pixels, (i + 1) * pixels), counted)
        const index = count++
        // A picture of which nothing counts is neither good nor bad.
        if (!Number.isNaN(accuracy)) keep({ index, predicted, accuracy })
      }
    },
    values() {
      const report = metrics.classificationReport(matrix ?? [])
      return { iou: report.macro.iou, accuracy: report.accuracy }
    },
  }
  return { meter, judged, confusion: () => matrix ?? [] }
}

async function examine({ config, model, set, parallel, onBatch }: Examined<Example>): Promise<Evaluation> {
  const { meter, judged, confusion } = collector(config)
  const figures = await train.evaluate(model, viewedTask(segment.learning(config, model), config, model), set, {
    meter,
    parallel,
    onBatch,
    batchSize: 8,
  })
  return {
    ...{ count: set.length, headline: 'iou', figures, confusion: confusion() },
    classes: classReport(config.classes, confusion(), true),
    sections: async () => [
      await overlaySection(config, set, judged),
      ...(await featureSections(config, model, (await set.get(0)).image)),
    ],
  }
}

/** Picture, what was marked and what was found, for the worst, the middle and the best. */
async function overlaySection(
  { classes }: RunConfig,
  set: data.Dataset<Example>,
  judged: readonly Judged[],
): Promise<Section> {
  const choice = { first: 3, from: Math.ceil(judged.length / 3), further: 2 }
  return rankedTiles(
    'Annotated and predicted pixels',
    { classes, width: 216 },
    judged,
    choice,
    async ({ index, predicted, accuracy }) => {
      const { image, mask } = await set.get(index)
      const detail = `${percent(accuracy, 1)} of the pixels right`
      return [
        { picture: image, caption: exampleName(set, index) },
        { picture: overlay(image, mask.data, classes.length), caption: 'as marked' },
        { picture: overlay(image, predicted, classes.length), caption: 'as found', detail },
      ]
    },
  )
}

export const segment: Kit<'segment', Example> = {
  task: 'segment',
  models: names,
  decided(name) {
    const given = ['classes', 'channels']
    return name === 'deeplab' ? { fixed: {}, fitted: ['stride'], given } : { fixed, fitted: ['depth'], given }
  },
  async plan(opened, request) {
    const form = opened.picture
    check(form !== null, () => 'segment: pictures must be resized to one size. Leave out --size own.')
    const name = pickModel('segment', names, request.name)
    const usual = { classes: opened.classes.length, channels: form.channels, ...fittingOptions(name, form) }
    const options = { ...usual, ...request.options }
    return { model: { name, options }, picture: await pictureInput(opened.train, form), text: null, sequence: null }
  },
  defaults(_, examples) {
    const batchSize = examples < 100 ? 4 : 8
    return {
      ...usualTraining,
      batchSize,
      learningRate: 3e-3,
      epochs: epochsFor(examples, batchSize, 500, 4, 60),
      ...{ augment: 'flips', average: 0.99 },
    }
  },
  async observe({ train: set, classes, picture }, given) {
    const weighed = given.loss === 'dice' ? nothingObserved : await weightsFor(set, classes)
    const [turns, weights] = [await turnsFor(set, given), weighed]
    const views = turns.training.augment === 'turns' && given.testTime === undefined ? allViews : nothingObserved
    const pieces = given.augment === 'none' ? nothingObserved : piecesOf(picture!)
    return [pieces, turns, views, weights].reduce((seen, more) => ({
      training: { ...seen.training, ...more.training },
      notes: [...seen.notes, ...more.notes],
    }))
  },
  ready: (_, set) => unitPictures(set),
  learning(config, model: nn.Module) {
    const { loss, classWeights: weights } = config.training
    const task = train.segmentation(model, config.classes.length, { loss, ...(weights && { weights: [...weights] }) })
    return { ...task, forward: ({ image }) => model(normalized(image, inputOf(config))) }
  },
  augment: ({ training, picture }) => maskAugmentation(training.augment, picture!),
  examine,
}
