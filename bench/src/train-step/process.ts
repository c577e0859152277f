// The process of one network on one engine: the task comes as its argument, messages go to its parent.

import { openConvoke } from './convoke.ts'
import { networkNamed } from './networks.ts'
import { openPyTorch } from './pytorch.ts'
import { type StepMessage, type Stepper, type StepSample, type StepTask, slowest } from './stepper.ts'
import { openTfjs } from './tfjs.ts'

const task: StepTask = JSON.parse(process.argv[2])
const say = (message: StepMessage): Promise<void> =>
  new Promise((resolve) => (process.send === undefined ? resolve() : process.send(message, () => resolve())))

function open(): Promise<Stepper> {
  const network = networkNamed(task.network)
  switch (task.engine) {
    case 'tfjs cpu':
      return openTfjs(network, 'cpu')
    case 'tfjs wasm':
      return openTfjs(network, 'wasm')
    case 'PyTorch':
      return openPyTorch(network, task.threads, false)
    case 'PyTorch compiled':
      return openPyTorch(network, task.threads, true)
    default:
      return openConvoke(network, task.engine === 'convoke native' ? 'native' : 'wasm', task.threads)
  }
}

/** Steps whose losses are compared, and before which nothing is timed: plans are made, code is compiled. */
const warmUp = 3

/** Takes the steps that warm up, then others until the budget is spent. */
async function take({ step, memory, environment }: Stepper): Promise<void> {
  const first = await step()
  await say({ kind: 'first', ...first })
  const losses = [first.loss]
  const samples: StepSample[] = []
  if (first.time > slowest * task.budget) samples.push(first)
  else {
    while (losses.length < warmUp) losses.push((await step()).loss)
    const end = performance.now() + task.budget
    do samples.push(await step())
    while (performance.now() < end)
  }
  await say({ kind: 'done', samples, losses, environment, memory: await memory() })
}

async function run(): Promise<void> {
  const stepper = await open()
  try {
    await say({ kind: 'open' })
    await take(stepper)
  } finally {
    await stepper.close()
  }
}

try {
  await run()
} catch (error) {
  await say({ kind: 'failed', reason: (error instanceof Error ? error.message : String(error)).split('\n')[0] })
}
process.exit(0)
