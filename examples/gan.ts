// A DCGAN learns to draw digits; a classifier that learned the same digits says how well they can be read.
//
//     npm run example gan              writes out/gan/epoch-5.png and so on, out/gan/samples.png and the weights
//     npm run example gan -- --quick   a few steps

import { join } from 'node:path'
import { data, models, optim, randomNormal, scope, softmax, tensor, train, withoutGradients } from 'convoke'
import { saveWeights } from 'convoke/node'
import { experiment, progressOf, report, showStatus } from './common/experiment.ts'
import { sheetOf, writePicture } from './common/pictures.ts'

const run = experiment('gan', { epochs: { type: 'string' } })
const { quick, seed } = run
const epochs = quick ? 1 : Number(run.values['epochs'] ?? 25)
const [size, latent, classes] = [32, 64, 10]
const digits = data.cacheDataset(data.digits({ count: quick ? 256 : 24_000, size, seed }))

const classifier = models.CompactCNN({ classes }).initialize(seed)
const task = train.classification(classifier, classes)
const lessons = quick ? 1 : 2
console.log('The classifier learns to read.')
await train.fit({
  model: classifier,
  task,
  optimizer: optim.AdamW(classifier.parameters(), { learningRate: 0.003 }),
  schedule: optim.oneCycle({ steps: lessons * Math.ceil(digits.length / 64) }),
  train: digits,
  validation: data.cacheDataset(data.digits({ count: quick ? 100 : 1000, size, seed: seed + 1 })),
  epochs: lessons,
  batchSize: 64,
  seed,
  onEvent: progressOf(lessons, ['accuracy']),
})
classifier.eval()

const generator = models.Generator({ latent, channels: 1, size, width: 48 }).initialize(seed)
const discriminator = models.Discriminator({ channels: 1, size, width: 48 }).initialize(seed + 1)
const rates = { learningRate: 3e-4, betas: [0.5, 0.999] as const }
// The two chase each other in circles; the average of where the generator has been draws better than where it is.
const average = optim.weightAverage(generator.state(), { decay: 0.999 })

/** `count` drawings from 0 to 1, and how the classifier reads them: `[count, classes]` probabilities. */
function draw(count: number, drawSeed: number): { readonly pictures: data.Values[]; readonly read: Float32Array } {
  generator.eval()
  const pictures: data.Values[] = []
  const read = new Float32Array(count * classes)
  for (let from = 0; from < count; from += 100) {
    const z = randomNormal([Math.min(100, count - from), latent], { seed: drawSeed + from })
    const drawn = withoutGradients(() => scope(() => generator(z))).dataSync() as Float32Array
    const values = drawn.map((value) => (value + 1) / 2)
    const shape = [size, size, 1]
    for (let i = 0; i < z.shape[0]; i++) {
      pictures.push({ shape, data: values.slice(i * size * size, (i + 1) * size * size) })
    }
    const batch = tensor(values, { shape: [z.shape[0], ...shape] })
    read.set(withoutGradients(() => scope(() => softmax(classifier(batch)))).dataSync(), from * classes)
    batch.dispose()
    z.dispose()
  }
  return { pictures, read }
}

console.log('The generator learns to draw.')
await train.fitAdversarial({
  generator,
  discriminator,
  latent,
  optimizers: {
    generator: optim.Adam(generator.parameters(), rates),
    discriminator: optim.Adam(discriminator.parameters(), rates),
  },
  train: data.mapDataset(digits, ({ image: { shape, data: ink } }) => ({
    image: { shape, data: ink.map((value) => 2 * value - 1) as Float32Array },
  })),
  epochs,
  batchSize: 64,
  seed,
  async onEvent(event) {
    const losses = `generator ${event.generatorLoss.toFixed(3)} · discriminator ${event.discriminatorLoss.toFixed(3)}`
    if (event.type === 'step') {
      average.update()
      return showStatus(`epoch ${event.epoch}/${epochs} · ${event.batch}/${event.batches} · ${losses}`)
    }
    showStatus('')
    console.log(`epoch ${event.epoch}/${epochs} · ${losses} · ${run.seconds().toFixed(0)} s`)
    if (event.epoch % 5 !== 0) return
    const { pictures } = await average.during(() => draw(60, 1))
    await writePicture(join(run.out, `epoch-${event.epoch}.png`), sheetOf(pictures, 10))
  },
})

const count = quick ? 100 : 2000
const { pictures, read } = await average.during(async () => {
  await saveWeights(generator, join(run.out, 'generator.safetensors'))
  return draw(count, seed + 1000)
})
// How sure the classifier is of each drawing, gathered by the digit it reads.
const sure = Array.from({ length: classes }, (): number[] => [])
const samples = Array.from({ length: classes }, (): data.Values[] => [])
pictures.forEach((picture, i) => {
  const own = read.subarray(i * classes, (i + 1) * classes)
  const digit = own.indexOf(own.reduce((a, b) => Math.max(a, b)))
  sure[digit].push(own[digit])
  samples[digit].push(picture)
})
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
sure.forEach((values, digit) => {
  console.log(
    `${digit}: ${((100 * values.length) / count).toFixed(1)}% of the drawings, read with ${(100 * mean(values)).toFixed(1)}%`,
  )
})
// Ten drawings of each digit in a row, white where there are fewer.
const white: data.Values = { shape: [size, size, 1], data: new Float32Array(size * size).fill(1) }
const rows = samples.flatMap((own) => Array.from({ length: 10 }, (_, i) => own[i] ?? white))
await writePicture(join(run.out, 'samples.png'), sheetOf(rows, 10))
console.log(
  `samples are in ${join(run.out, 'samples.png')}; the rarest digit is ${((100 * sure.reduce((least, { length }) => Math.min(least, length), count)) / count).toFixed(1)}% of the drawings`,
)
report(run, {
  what: 'confidence of the classifier, the mean over ten digits,',
  // A digit that is never drawn counts as 0.
  reached: mean(sure.map(mean)),
  asked: 0.8,
  parameters: generator.parameterCount() + discriminator.parameterCount(),
})
