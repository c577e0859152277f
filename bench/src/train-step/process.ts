// The process of one network on one engine: the task comes as its argument, messages go to its parent.

import { openConvoke } from './convoke.ts'
import { networkNamed } from './networks.ts'
import type { StepMessage, Stepper, StepSample, StepTask } from './stepper.ts'
import { openTfjs } from './tfjs.ts'

const task: StepTask = JSON.parse(process.argv[2])
const say = (message: StepMessage): Promise<void> =>
  new Promise((resolve) => (process.send === undefined ? resolve() : process.send(message, () => resolve())))

function open(): Promise<Stepper> {
  const network = networkNamed(task.network)
  if (task.engine === 'tfjs cpu' || task.engine === 'tfjs wasm') {
    return openTfjs(network, task.engine === 'tfjs cpu' ? 'cpu' : 'wasm')
  }
  return openConvoke(network, task.engine === 'convoke native' ? 'native' : 'wasm', task.threads)
}

/** Steps whose losses are compared, and before which nothing is timed: plans are made, code is compiled. */
const warmUp = 3

async function run(): Promise<void> {
  const { step } = await open()
  const timed = async (): Promise<StepSample & { loss: number }> => {
    const [start, spent] = [performance.now(), process.cpuUsage()]
    const loss = await step()
    const { user, system } = process.cpuUsage(spent)
    return { time: performance.now() - start, cpu: (user + system) / 1000, loss }
  }
  const first = await timed()
  await say({ kind: 'first', ...first })
  const losses = [first.loss]
  // An engine that takes as long as the whole budget for one step is as warm as it gets.
  if (first.time > task.budget) return say({ kind: 'done', samples: [first], losses })
  while (losses.length < warmUp) losses.push((await timed()).loss)
  const samples: StepSample[] = []
  const end = performance.now() + task.budget
  do samples.push(await timed())
  while (performance.now() < end)
  await say({ kind: 'done', samples, losses })
}

try {
  await run()
} catch (error) {
  await say({ kind: 'failed', reason: (error instanceof Error ? error.message : String(error)).split('\n')[0] })
}
process.exit(0)
