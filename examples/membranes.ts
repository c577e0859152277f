// Cell membranes in electron microscopy (ISBI 2012): a U-Net learns from slices 0 to 23 and is tested on 24 to 29.
//
//     npm run example membranes                  writes out/membranes/24.png and so on, and the weights
//     npm run example membranes -- --validate    learns from slices 0 to 19, measures on 20 to 23
//     npm run example membranes -- --quick       a few steps
//
// In the pictures green is membrane that was found, red what was missed, blue what was taken for one.

import { join } from 'node:path'
import { add, data, flip, metrics, models, optim, scope, type Tensor, tensor, train, withoutGradients } from 'convoke'
import { folderSource, pictureDecoder, saveWeights } from 'convoke/node'
import sharp from 'sharp'
import { dataFolder, experiment, progressOf, report } from './common/experiment.ts'
import { type Colour, overlayOf, writePicture } from './common/pictures.ts'

const run = experiment('membranes', { validate: { type: 'boolean' }, epochs: { type: 'string' } })
const { quick, seed } = run
const epochs = quick ? 2 : Number(run.values['epochs'] ?? 40)
const side = quick ? 64 : 256
const batchSize = 4

// Membranes are black in the labels; they are class 1 here.
const source = folderSource(await dataFolder('isbi-membrane'))
const slices = data.cacheDataset(
  data.mapDataset(
    await data.maskFolders(source, pictureDecoder(sharp, { channels: 1 }), {
      values: [255, 0],
      classes: ['cell', 'membrane'],
    }),
    ({ image, mask }) => ({ image: data.toUnit(image), mask }),
  ),
)
const between = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const validating = run.values['validate'] === true
const [known, unseen] = validating
  ? [between(0, 20), between(20, 24)]
  : [between(0, quick ? 2 : 24), between(24, quick ? 25 : 30)]
// Four pieces of each slice make an epoch.
// biome-ignore lint/plugin/spread-of-a-list: four at most
const pieces = data.concatDatasets(...Array.from({ length: quick ? 1 : 4 }, () => data.subset(slices, known)))

const model = models.UNet({ width: 16, depth: 4, norm: true, dropout: 0.2 }).initialize(seed)
const task = train.segmentation(model, 2)
const average = optim.weightAverage(model.state(), { decay: 0.99 })
await train.fit({
  model,
  task,
  optimizer: optim.AdamW(model.parameters(), { learningRate: 0.003, weightDecay: 0.01 }),
  schedule: optim.oneCycle({ steps: epochs * Math.ceil(pieces.length / batchSize) }),
  train: pieces,
  ...(validating ? { validation: data.subset(slices, unseen) } : {}),
  epochs,
  batchSize,
  seed,
  average,
  augment: data.augmentations(
    data.randomCrop({ height: side, width: side }),
    data.randomFlip({ vertical: 0.5 }),
    data.randomQuarterTurn(),
    data.randomElastic({ strength: 0.03, cells: 6 }),
    data.randomColour({ brightness: 0.1, contrast: 0.2 }),
  ),
  onEvent: progressOf(epochs, validating ? ['accuracy', 'iou1'] : []),
})

/** The sum of the logits for a slice as it is and mirrored in three ways, each turned back. */
const read = (image: data.Values): Tensor =>
  withoutGradients(() =>
    scope(() => {
      const slice = tensor(image.data, { shape: [1, ...image.shape] })
      return [[], [1], [2], [1, 2]].map((axes) => flip(model(flip(slice, axes)), axes)).reduce((a, b) => add(a, b))
    }),
  )

const [green, red, blue]: Colour[] = [
  [0.1, 1, 0.1],
  [1, 0.1, 0.1],
  [0.2, 0.3, 1],
]
let matrix: metrics.ConfusionMatrix = [
  [0, 0],
  [0, 0],
]
await average.during(async () => {
  model.eval()
  await saveWeights(model, join(run.out, 'weights.safetensors'))
  for (const index of unseen) {
    const { image, mask } = await slices.get(index)
    const found = metrics.argMaxRows(await read(image).data(), 2)
    matrix = metrics.addConfusion(matrix, metrics.confusionMatrix(found, mask.data, 2))
    const colourOf = (pixel: number): Colour | null => {
      const [said, is] = [found[pixel] === 1, mask.data[pixel] === 1]
      return said && is ? green : is ? red : said ? blue : null
    }
    await writePicture(join(run.out, `${index}.png`), overlayOf(image, colourOf))
  }
})
const { accuracy, classes } = metrics.classificationReport(matrix)
console.log(`membrane IoU ${(100 * classes[1].iou).toFixed(2)}%, cell IoU ${(100 * classes[0].iou).toFixed(2)}%`)
console.log(`overlays of slices ${unseen.join(', ')} are in ${run.out}`)
report(run, {
  what: validating ? 'pixel accuracy on slices 20 to 23' : 'pixel accuracy',
  reached: accuracy,
  asked: 0.92,
  parameters: model.parameterCount(),
})
