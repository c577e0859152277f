/// <reference types="node" />

// What the network between ranks can do, by sums of few and of many bytes.

import { check } from '../shapes/error.ts'
import { smallestOf } from '../shapes/extremes.ts'
import type { ParallelWorld } from '../world/world.ts'
import { messagesOf } from './messages.ts'
import type { Network } from './simulate.ts'

/** A network as it was measured. */
export interface ProbedNetwork extends Network {
  /** Ranks that probed it. */
  readonly ranks: number
}

/** Sums of one number, as are needed for a steady median. */
const smallCount = 40
/** Large sums are as many at once as buckets are in a training, so that the rounds of one pass behind those of others. */
const atOnce = 4
/** Bytes of them together: a bucket of gradients. */
const large = 24e6
/** On a network so slow that this much takes a second, it has to do. */
const small = 4e6
const largeCount = 3
/** Seconds between two questions after a sum behind which a rank computes, about as between kernels. */
const between = 0.004

const bell = new Int32Array(new SharedArrayBuffer(4))
const sleep = (seconds: number): void => void Atomics.wait(bell, 0, 0, seconds * 1000)

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]

/** Of the rank that takes the longest. */
async function slowest(world: ParallelWorld, values: readonly number[]): Promise<number[]> {
  const all = Float64Array.from(values)
  await world.allReduce(all, { op: 'max' })
  return [...all]
}

/** Seconds of each run, by the slowest rank. */
async function timed(world: ParallelWorld, count: number, run: () => Promise<void>): Promise<number[]> {
  const seconds: number[] = []
  for (let i = 0; i <= count; i++) {
    await world.barrier()
    const began = performance.now()
    await run()
    seconds.push((performance.now() - began) / 1000)
  }
  // The first one opens connections.
  return slowest(world, seconds.slice(1))
}

/** Seconds within MPI of a sum that is asked after now and then. */
async function work(world: ParallelWorld, values: readonly Float32Array[]): Promise<number> {
  const seconds: number[] = []
  for (let i = 0; i < largeCount; i++) {
    await world.barrier()
    let inside = 0
    const inMpi = <T>(call: () => T): T => {
      const began = performance.now()
      const result = call()
      inside += (performance.now() - began) / 1000
      return result
    }
    const pending = inMpi(() => values.map((one) => world.startAllReduce(one)))
    while (!inMpi(() => pending.map((one) => one.test()).every(Boolean))) sleep(between)
    seconds.push(inside)
  }
  return smallestOf(await slowest(world, seconds))
}

/**
 * Measures the network between the ranks of a world, as the training uses it: the seconds of a round from sums of one number, the bytes a second that each
 * rank sends from sums of up to 24 MB, and the time within MPI for each byte where ranks compute meanwhile. All ranks call it and get the same. It
 * takes a few seconds. Throws `ConvokeError` where there is one rank alone.
 */
export async function probeNetwork(world: ParallelWorld): Promise<ProbedNetwork> {
  const { size: ranks } = world
  check(ranks > 1, () => 'probeNetwork: one rank alone has no network to measure. Start several: mpirun -n 2 …')
  const bytesOf = (bytes: number): number => messagesOf(bytes, ranks).reduce((sum, one) => sum + one, 0)
  const one = new Float32Array(1)
  const rounds = messagesOf(4, ranks).length
  const latency = median(await timed(world, smallCount, () => world.allReduce(one))) / rounds
  const valuesOf = (bytes: number) => Array.from({ length: atOnce }, () => new Float32Array(bytes / 4 / atOnce))
  /** The best of some: others may use the machines as well. */
  const best = async (values: readonly Float32Array[], count: number): Promise<number> => {
    const sums = async (): Promise<void> => {
      for (const pending of values.map((some) => world.startAllReduce(some))) await pending.wait()
    }
    return smallestOf(await timed(world, count, sums))
  }
  const isSlow = (await best(valuesOf(small), 1)) > 1
  const values = valuesOf(isSlow ? small : large)
  const seconds = await best(values, largeCount)
  const sent = atOnce * bytesOf(values[0].byteLength)
  // Less the latency that nothing passes behind.
  const moving = Math.max(seconds - rounds * latency, seconds / 10)
  return { ranks, latency, bandwidth: sent / moving, work: (await work(world, values)) / sent }
}
