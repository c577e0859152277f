import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, job, type Launcher, nodeWith } from '../mpi/testing/mpirun.ts'

// Three networks at one global batch, trained by one process and by ranks that normalise their batches together. The last batch of each
// epoch is smaller, so that ranks have unequal parts or none. Dropout is off: ranks draw masks of their own.
const program = `
import { writeFileSync } from 'node:fs'
import { data, models, nn, optim, setThreads, train } from 'convoke'
import { world } from 'convoke/mpi'
setThreads(1)

const results = {}
async function run(name, model, task, set, batchSize) {
  if (process.env.ONLY !== undefined && process.env.ONLY !== name) return
  const losses = []
  await train.fit({
    model, task, train: set, epochs: 2, batchSize, seed: 3, parallel: world, syncBatchNorm: true,
    optimizer: optim.SGD(model.parameters(), { learningRate: 0.02 }),
    onEvent: (event) => void (event.type === 'step' && losses.push(event.loss)),
  })
  const weights = Object.values(model.state()).map((value) => [...value.dataSync()])
  results[name] = { losses, weights }
}

const digits = models.CompactCNN({ classes: 10, widths: [8, 16], dropout: 0 }).initialize(1)
await run('digits', digits, train.classification(digits, 10), data.digits({ count: 53, size: 8 }), 24)

const segmenter = models.UNet({ classes: 4, channels: 3, width: 4, depth: 1, norm: true, dropout: 0 }).initialize(2)
await run('segmenter', segmenter, train.segmentation(segmenter, 4), data.shapesWithMasks({ count: 19, size: 16 }), 8)

const sentences = data.sentences({ count: 70, seed: 1 })
const words = []
for (let i = 0; i < 70; i++) words.push(data.englishWords((await sentences.get(i)).text))
const known = data.vocabulary(words)
const tokens = await data.tokenizeDataset(sentences, data.englishWords, known, { length: 12 })
const text = models.TextCNN({ vocabulary: known.size, size: 8, maps: 8, dropout: 0 }).initialize(3)
await run('text', text, train.textClassification(text, 2), tokens, 32)

if (world.rank === 0) writeFileSync(process.env.RESULTS, JSON.stringify(results))
`

type Results = Record<string, { readonly losses: number[]; readonly weights: number[][] }>

const folder = mkdtempSync(join(tmpdir(), 'convoke-ranks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
async function results(launcher: Launcher | null, ranks: number, only?: string): Promise<Results> {
  const file = join(folder, `${count++}.json`)
  const some = only === undefined ? '' : `process.env.ONLY = ${JSON.stringify(only)};`
  const code = `process.env.RESULTS = ${JSON.stringify(file)};${some}${program}`
  const { stderr, code: status } = await job(launcher, ranks, nodeWith(code), import.meta.dirname)
  expect([status, stderr]).toEqual([0, ''])
  return JSON.parse(readFileSync(file, 'utf8')) as Results
}

/** The largest difference of a tensor's numbers, over its largest number; a bias before normalisation is next to nothing, and all rounding. */
const difference = (a: readonly number[], b: readonly number[]): number => {
  const largest = Math.max(...a.map(Math.abs), 1e-3)
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / largest
}

let one: Results
beforeAll(async () => {
  one = await results(null, 1)
}, 60_000)

describe.each(installed)('ranks of $name that normalise together', (launcher) => {
  let two: Results
  let four: Results
  beforeAll(async () => {
    two = await results(launcher, 2)
    four = await results(launcher, 4)
  }, 120_000)

  it.each([2, 4])('%i of them train as one process does', (ranks) => {
    const several = ranks === 2 ? two : four
    expect(Object.keys(several)).toEqual(['digits', 'segmenter', 'text'])
    for (const [name, { losses, weights }] of Object.entries(one)) {
      expect([name, several[name].losses.length]).toEqual([name, losses.length])
      expect(difference(losses, several[name].losses), `losses of ${name}`).toBeLessThan(1e-5)
      weights.forEach((own, i) => {
        expect(difference(own, several[name].weights[i]), `tensor ${i} of ${name}`).toBeLessThan(1e-5)
      })
    }
  })

  it('give the same bits twice', async () => {
    expect(await results(launcher, 2, 'segmenter')).toEqual({ segmenter: two['segmenter'] })
  })
})
