// What each host runs: the step of a network whose computing is replaced by sleeping for its measured times, with gradients of the real sizes and the
// library's own reducer. Arguments: the file of the step, and how many steps to take. Without mpirun it prints what one rank does in a step; with it, rank 0
// prints what was measured, and what the model says.

import { readFileSync } from 'node:fs'
import { world } from 'convoke/mpi'
import { planScaling, probeNetwork, recordStep } from 'convoke/scale'
import { Tensor } from '../../../packages/convoke/dist/tensor/tensor.js'
import { reducer } from '../../../packages/convoke/dist/train/reducer.js'

const [path, count] = process.argv.slice(2)
const { examples, sizes, kernels, rest, statistics, trace } = JSON.parse(readFileSync(path, 'utf8'))

const bell = new Int32Array(new SharedArrayBuffer(4))
const sleepUntil = (time) => {
  const milliseconds = time - performance.now()
  if (milliseconds > 0) Atomics.wait(bell, 0, 0, milliseconds)
}

/** Steps of this rank; computing goes on later by as much as communication takes of its time. */
async function train(ranks, steps, stepDone) {
  const sums = reducer({ world: ranks, parameters: sizes.map((size) => ({ size, shape: [size] })) })
  const share = { own: examples, all: examples * ranks.size, even: true }
  for (let step = 0; step < steps; step++) {
    const watch = sums.watch(share, null)
    let due = performance.now()
    for (const [milliseconds, ...known] of kernels) {
      due += milliseconds
      sleepUntil(due)
      const before = performance.now()
      watch.known(known)
      due += performance.now() - before
    }
    const gradients = watch.into.map((storage, i) => {
      storage.references++
      return new Tensor(storage, [sizes[i]])
    })
    const reduced = await sums.finish(gradients, share, null, [new Float64Array(3), new Float32Array(statistics)])
    for (const gradient of reduced.gradients) gradient.dispose()
    sleepUntil(performance.now() + rest)
    stepDone()
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

/** Seconds of a step of all ranks, in the median of those after the first two, in which connections open and buckets are ordered. */
async function measured() {
  const seconds = []
  await world.barrier()
  let began = performance.now()
  await train(world, 2 + Number(count), () => {
    seconds.push((performance.now() - began) / 1000)
    began = performance.now()
  })
  return median(seconds.slice(2))
}

/** Seconds of the same sums with nothing else to do, at best. */
async function alone(calls) {
  const values = calls.flatMap((call) => (call.kind === 'start' ? [new Float32Array(call.bytes / 4)] : []))
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 2; i++) {
    await world.barrier()
    const began = performance.now()
    for (const pending of values.map((some) => world.startAllReduce(some))) await pending.wait()
    best = Math.min(best, (performance.now() - began) / 1000)
  }
  return best
}

async function together() {
  const before = await probeNetwork(world)
  const seconds = await measured()
  const communication = await alone(trace.calls)
  const after = await probeNetwork(world)
  // What the network can do: others may use the machine meanwhile.
  const network = {
    latency: Math.min(before.latency, after.latency),
    bandwidth: Math.max(before.bandwidth, after.bandwidth),
    work: Math.min(before.work, after.work),
  }
  const [model] = planScaling(trace, network, [world.size])
  return { ranks: world.size, alone: trace.seconds, seconds, communication, network, model }
}

const result =
  world.size > 1 ? await together() : await recordStep(examples, (recording, stepDone) => train(recording, 4, stepDone))
if (world.rank === 0) process.stdout.write(`${JSON.stringify(result)}\n`)
