// Pictures to boxes.

import { data, metrics, type models, type Tensor, train } from 'convoke'
import { check } from 'convoke/shapes'
import { normalized, unitPictures } from 'convoke-workbench'
import { percent } from '../../terminal/words.ts'
import type { RunConfig } from '../config.ts'
import { precisionRecallPlot } from '../report/curves.ts'
import { featureSections } from '../report/features.ts'
import type { DrawnBox, Section } from '../report/section.ts'
import { exampleName, pickModel, rankedTiles } from './common.ts'
import { type Evaluation, type Examined, epochsFor, type Kit, usualTraining } from './kit.ts'
import { inputOf, pictureInput, turnsFor } from './pictures.ts'
import { viewedTask } from './views.ts'

type Example = data.BoxedPicture

const names: readonly models.ModelName[] = ['detector', 'pyramiddetector']

const fixed = { depth: 1, features: 32 } as const

/** Boxes below this score are counted and not drawn. */
export const shownScore = 0.35

function collector(config: RunConfig) {
  const results: metrics.PictureResult[] = []
  const meter: train.Meter<Example, Tensor> = {
    async add(output, { image, boxes }) {
      const [, height, width] = image.shape
      const found = await train.decodeBoxes(output, { size: [height, width] })
      found.forEach((detections, i) => {
        results.push({ detections, boxes: boxes[i] })
      })
    },
    values() {
      const { at50, at50to95 } = metrics.meanAveragePrecision(results, config.classes.length)
      return { map50: at50, map50to95: at50to95 }
    },
  }
  return { results, meter }
}

/** Precision and recall of the boxes that would be drawn, at IoU 0.5. */
function countClass(results: readonly metrics.PictureResult[], label: number) {
  let [hits, found, wanted] = [0, 0, 0]
  for (const { detections, boxes } of results) {
    const free = new Set(boxes.filter((box) => box.label === label && !box.ignore))
    wanted += free.size
    for (const detection of detections) {
      if (detection.label !== label || detection.score < shownScore) continue
      found++
      let [best, most]: [data.Box | null, number] = [null, 0.5]
      for (const box of free) {
        const overlap = metrics.boxIoU(detection, box)
        if (overlap > most || (best === null && overlap === most)) [best, most] = [box, overlap]
      }
      if (best === null) continue
      hits++
      free.delete(best)
    }
  }
  return { precision: found === 0 ? 0 : hits / found, recall: wanted === 0 ? 0 : hits / wanted, boxes: wanted }
}

/** Of a class without a box nothing can be found or missed: there is no figure, rather than one of 0%. */
const classFigures = (ap50: number, own: ReturnType<typeof countClass>): Evaluation['classes'][number]['figures'] =>
  own.boxes > 0 ? { ap50, ...own } : { ap50: NaN, precision: NaN, recall: NaN, boxes: 0 }

async function examine({ config, model, set, parallel, onBatch }: Examined<Example>): Promise<Evaluation> {
  const { results, meter } = collector(config)
  const figures = await train.evaluate(model, viewedTask(detect.learning(config, model), config, model), set, {
    meter,
    parallel,
    onBatch,
    batchSize: 8,
  })
  const { classes: precisions } = metrics.meanAveragePrecision(results, config.classes.length)
  const classes = config.classes.map((name, label) => ({
    name,
    figures: classFigures(precisions[label], countClass(results, label)),
  }))
  return {
    ...{ count: set.length, headline: 'map50', figures, classes, confusion: null },
    sections: async () => [
      ...curveSection(config, results),
      await boxSection(config, set, results),
      ...(await featureSections(config, model, (await set.get(0)).image)),
    ],
  }
}

/** Boxes of one picture for the report: found ones by class, missed ones dashed. */
export function drawnBoxes(classes: readonly string[], { detections, boxes }: metrics.PictureResult): DrawnBox[] {
  return [
    ...boxes.map((box) => ({ box, label: '', colour: box.label, wanted: true })),
    ...detections
      .filter(({ score }) => score >= shownScore)
      .map((box) => ({ box, label: `${classes[box.label]} ${percent(box.score, 0)}`, colour: box.label })),
  ]
}

/** The average precision of one picture; where no box is marked there is none, and what was found there is all too many. */
function pictureScore({ boxes, detections }: metrics.PictureResult, map: number): string {
  if (boxes.length > 0) return `AP@0.5 ${percent(map, 0)}`
  const found = detections.filter(({ score }) => score >= shownScore).length
  return found === 0 ? 'no box annotated, none found' : `no box annotated, ${found} found`
}

/** Classes up to which each has its curve. */
const mostCurves = 20

function curveSection({ classes }: RunConfig, results: readonly metrics.PictureResult[]): Section[] {
  if (classes.length > mostCurves) return []
  const lines = classes.flatMap((name, label) => {
    const curve = metrics.precisionRecallCurve(results, label, 0.5)
    const points = curve.map(({ recall, precision }) => [recall, precision] as const)
    const average = metrics.averagePrecision(results, label, 0.5)
    return points.length === 0 ? [] : [{ name, points, average, colour: label }]
  })
  const note =
    'For boxes above a score threshold, at IoU 0.5: with a lower threshold, more boxes are found, but more of them are wrong.'
  return lines.length === 0
    ? []
    : [{ kind: 'plot', title: 'Precision and recall', note, plots: [precisionRecallPlot(lines)] }]
}

async function boxSection(
  { classes }: RunConfig,
  set: data.Dataset<Example>,
  results: readonly metrics.PictureResult[],
): Promise<Section> {
  const ranked = results
    .map((result, index) => ({ result, index, map: metrics.meanAveragePrecision([result], classes.length).at50 }))
    .sort((a, b) => a.map - b.map)
  const note = ` Solid: predicted, with a score of ${shownScore} or more; dashed: annotated.`
  return rankedTiles(
    'Annotated and predicted boxes',
    { classes, width: 320, note, solid: true },
    ranked,
    { first: 4, from: Math.floor(ranked.length / 2), further: 3 },
    async ({ result, index, map }) => [
      {
        ...{ picture: (await set.get(index)).image, boxes: drawnBoxes(classes, result) },
        ...{ caption: exampleName(set, index), detail: pictureScore(result, map) },
      },
    ],
  )
}

/** What keeps boxes true: mirrors, of pictures without an up and a down in both directions, scale, place and colour. */
const usualChanges = (upsideDown: boolean): data.Augmentation =>
  data.augmentations(
    data.randomFlip({ vertical: upsideDown ? 0.5 : 0 }),
    data.randomAffine({ scale: [0.8, 1.25], shift: 0.1 }),
    data.randomColour({ brightness: 0.1, contrast: 0.2, saturation: 0.2 }),
  )

export const detect: Kit<'detect', Example> = {
  task: 'detect',
  models: names,
  decided: () => ({ fixed, fitted: ['widths'], given: ['classes', 'channels'] }),
  async plan(opened, request) {
    const form = opened.picture
    check(form !== null, () => 'detect: pictures must be resized to one size. Leave out --size own.')
    const name = pickModel('detect', names, request.name)
    const isLarge = Math.max(form.height, form.width) >= 160
    const usual = { widths: isLarge ? [16, 32, 64, 128] : [16, 32, 64], ...fixed }
    const options = { classes: opened.classes.length, channels: form.channels, ...usual, ...request.options }
    return { model: { name, options }, picture: await pictureInput(opened.train, form), text: null, sequence: null }
  },
  defaults(_, examples) {
    return {
      ...usualTraining,
      ...{ batchSize: 8, learningRate: 3e-3, weightDecay: 0.02, clipNorm: 10, average: 0.995 },
      epochs: epochsFor(examples, 8, 1200, 8, 60),
      augment: 'flips',
    }
  },
  observe: ({ train: set }, given) => turnsFor(set, given),
  ready: (_, set) => unitPictures(set),
  learning(config, model) {
    const task = train.detection(model, config.classes.length)
    return { ...task, forward: ({ image }) => model(normalized(image, inputOf(config))) }
  },
  augment({ training }) {
    switch (training.augment) {
      case 'none':
        return undefined
      case 'light':
        return data.randomFlip()
      case 'flips':
      case 'turns':
        return usualChanges(training.augment === 'turns')
      case 'mosaic':
        return data.augmentations(data.randomMosaic(), usualChanges(false))
      default:
        return data.augmentations(
          ...[data.randomFlip({ vertical: 0.5 }), data.randomAffine({ turn: 5, scale: [0.8, 1.25], shift: 0.1 })],
          data.randomColour(),
        )
    }
  },
  examine,
}
