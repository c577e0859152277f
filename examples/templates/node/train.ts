// Learns to tell the pictures of a folder apart, and tells what a picture shows.
//
//     npm install
//     npm run train -- PICTURES              a folder per class, or train/ and test/ with such folders
//     npm run train -- PICTURES cat.jpg      and what this one is

import { argMax, divide, models, optim, scope, tensor, train } from 'convoke'
import { openPictures, pictureDecoder, readBytes, saveWeights } from 'convoke/node'
import sharp from 'sharp'

const [folder, picture] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Name a folder of pictures: npm run train -- PICTURES')
  process.exit(2)
}

const decode = pictureDecoder(sharp, { size: { height: 32, width: 32 } })
const { classes, training, validation, test } = await openPictures(folder, decode, { onProblem: console.warn })
console.log(`${training.length} pictures to learn from: ${classes.join(', ')}`)

const model = models.CompactCNN({ classes: classes.length, channels: 3 }).initialize(1)
const task = train.classification(model, classes.length)
await train.fit({
  model,
  task,
  optimizer: optim.AdamW(model.parameters(), { learningRate: 0.003 }),
  train: training,
  validation: validation ?? undefined,
  epochs: 10,
  batchSize: 32,
  seed: 1,
  onEvent: (event) => {
    if (event.type === 'epoch') console.log(`epoch ${event.record.epoch}`)
  },
})
if (test !== null) console.log('on the test pictures:', await train.evaluate(model, task, test))
await saveWeights(model, 'weights.safetensors')

if (picture !== undefined) {
  // As `openPictures` gives them: from 0 to 1.
  const { data, shape } = await decode(await readBytes(picture))
  const scores = scope(() => model.eval()(divide(tensor(data, { shape: [1, ...shape] }), 255)))
  console.log(`${picture}: ${classes[argMax(scores).item()]}`)
}
