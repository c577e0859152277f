// Blood cells (BCCD): a detector learns from the pictures of its lists train and val, and is tested once on those of test.
//
//     npm run example cells                  writes out/cells/weights.safetensors
//     npm run example cells -- --validate    learns from the list train alone, measures on val after each epoch
//     npm run example cells -- --quick       a few steps
//
// Pictures are halved to 320×240. What is set below was compared with --validate.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { data, models, optim, train } from 'convoke'
import { folderSource, pictureDecoder, saveWeights } from 'convoke/node'
import sharp from 'sharp'
import { dataFolder, experiment, progressOf, report } from './common/experiment.ts'

const run = experiment('cells', { validate: { type: 'boolean' }, epochs: { type: 'string' } })
const { quick, seed } = run
const validating = run.values['validate'] === true
const epochs = quick ? 2 : Number(run.values['epochs'] ?? 40)
const batchSize = quick ? 2 : 8
const [height, width] = quick ? [60, 80] : [240, 320]
const classes = ['RBC', 'WBC', 'Platelets']

const folder = await dataFolder('bccd')
async function load(...lists: string[]): Promise<data.Dataset<data.BoxedPicture>> {
  const names = lists.flatMap((list) =>
    data.parseNameList(readFileSync(join(folder, 'ImageSets', 'Main', `${list}.txt`), 'utf8')),
  )
  const { dataset, problems } = await data.vocDataset(folderSource(folder), pictureDecoder(sharp), {
    names: quick ? names.slice(0, 4) : names,
    classes,
  })
  for (const problem of problems) console.log(`left out: ${problem}`)
  return data.cacheDataset(
    data.mapDataset(dataset, (example) => {
      const small = data.resizeExample(example, height, width)
      return { ...small, image: data.toUnit(small.image) }
    }),
  )
}
// biome-ignore lint/plugin/spread-of-a-list: one part or none
const training = await load('train', ...(validating ? [] : ['val']))
const unseen = await load(validating ? 'val' : 'test')

const model = models
  .Detector({ classes: classes.length, widths: [16, 32, 64, 128], depth: 1, features: 32 })
  .initialize(seed)
const task = train.detection(model, classes.length)
const average = optim.weightAverage(model.state(), { decay: 0.995 })
await train.fit({
  model,
  task,
  optimizer: optim.AdamW(model.parameters(), { learningRate: 0.003, weightDecay: 0.02 }),
  schedule: optim.oneCycle({ steps: epochs * Math.ceil(training.length / batchSize) }),
  train: training,
  ...(validating ? { validation: unseen } : {}),
  epochs,
  batchSize,
  seed,
  clipNorm: 10,
  average,
  augment: data.augmentations(
    data.randomFlip({ vertical: 0.5 }),
    data.randomAffine({ scale: [0.8, 1.25], shift: 0.1 }),
    data.randomColour({ brightness: 0.1, contrast: 0.2, saturation: 0.2 }),
  ),
  onEvent: progressOf(epochs, validating ? ['map50', ...classes.map((_, c) => `ap50 of ${c}`)] : []),
})
const measures = await average.during(async () => {
  await saveWeights(model, join(run.out, 'weights.safetensors'))
  return train.evaluate(model, task, unseen, { batchSize })
})
classes.forEach((name, c) => {
  console.log(`${name}: average precision at 0.5 ${(100 * measures[`ap50 of ${c}`]).toFixed(2)}%`)
})
console.log(`mAP@[.5:.95] ${(100 * measures['map50to95']).toFixed(2)}%`)
report(run, {
  what: `mAP@0.5 on the list ${validating ? 'val' : 'test'}`,
  reached: measures['map50'],
  asked: 0.8,
  parameters: model.parameterCount(),
})
