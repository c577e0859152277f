// What each rank runs: training steps of a network, timed on rank 0. A process of its own, on the library as it was built.

export interface RankResult {
  /** Examples a second over all ranks, in the median step. */
  readonly rate: number
  readonly milliseconds: number
  /** MiB at most, of the rank that took the most. */
  readonly memory: number
  readonly megabytes: number
}

export interface RankCase {
  readonly name: string
  /** Options of `models.build('resnet18', …)`. */
  readonly options: Readonly<Record<string, unknown>>
  readonly size: number
  /** Examples of each rank. */
  readonly batch: number
}

export const programOf = ({ options, size, batch }: RankCase, steps: number): string => `
import { data, models, optim, setThreads, train } from 'convoke'
import { world } from 'convoke/mpi'
setThreads(1)
const model = models.build('resnet18', ${JSON.stringify(options)}).initialize(1)
const all = ${batch} * world.size
const pixels = Float32Array.from({ length: ${size * size * 3} }, (_, i) => Math.sin(i))
const set = data.fromExamples(
  Array.from({ length: all * ${steps} }, (_, i) => ({ image: { shape: [${size}, ${size}, 3], data: pixels }, label: i % 10 })),
)
const times = []
let last = 0
const tick = () => {
  const now = performance.now()
  if (last > 0) times.push(now - last)
  last = now
}
await train.fit({
  model, task: train.classification(model, 10), train: set, epochs: 1, batchSize: all,
  optimizer: optim.SGD(model.parameters(), { learningRate: 1e-4, momentum: 0.9 }),
  afterStep: tick, ...(world.size > 1 && { parallel: world }),
})
const memory = Float64Array.of(process.resourceUsage().maxRSS / 1024)
await world.allReduce(memory, { op: 'max' })
// The first steps plan, and learn the order of the gradients.
const sorted = times.slice(3).sort((a, b) => a - b)
const milliseconds = sorted[sorted.length >> 1]
if (world.rank === 0) console.log(JSON.stringify({
  milliseconds, rate: (1000 * all) / milliseconds, memory: memory[0], megabytes: (model.parameterCount() * 4) / 1e6,
}))
`
