// Trains a compact CNN on digits that Convoke draws itself, and reads some that it has not seen.
//
//     npm run example digits
//     npm run example digits -- --examples 600 --epochs 2

import { parseArgs } from 'node:util'
import { argMax, currentBackend, data, models, optim, tensor, train, withoutGradients } from 'convoke'

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '6000' }, epochs: { type: 'string', default: '4' } },
})
const count = Number(values.examples)
const epochs = Number(values.epochs)
const batchSize = 64

const training = data.cacheDataset(data.digits({ count, seed: 1 }))
const unseen = data.cacheDataset(data.digits({ count: Math.max(100, count / 6), seed: 2 }))
const model = models.CompactCNN({ classes: 10 }).initialize(1)

const started = performance.now()
const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`
console.log(`${count} drawn digits, ${epochs} epochs on ${currentBackend().name}`)

await train.fit({
  model,
  task: train.classification(model, 10),
  optimizer: optim.AdamW(model.parameters(), { learningRate: 0.003 }),
  schedule: optim.oneCycle({ steps: epochs * Math.ceil(count / batchSize) }),
  train: training,
  validation: unseen,
  epochs,
  batchSize,
  seed: 1,
  onEvent: (event) => {
    if (event.type !== 'epoch') return
    const { epoch, loss, validation } = event.record
    const accuracy = ((validation?.['accuracy'] ?? 0) * 100).toFixed(2)
    console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, unseen digits read right: ${accuracy}%, ${seconds()}`)
  },
})

model.eval()
for (let i = 0; i < 3; i++) {
  const { image, label } = await unseen.get(i)
  const [height, width] = image.shape
  const read = withoutGradients(() => argMax(model(tensor(image.data, { shape: [1, ...image.shape] })))).dataSync()[0]
  const shades = ' .:-=+*#%@'
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => shades[Math.min(9, Math.floor(image.data[y * width + x] * 10))]).join(''),
  )
  console.log(`${rows.filter((row) => row.trim() !== '').join('\n')}\nread as ${read}, is ${label}\n`)
}
