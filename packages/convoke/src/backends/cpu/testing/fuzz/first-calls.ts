// First calls over millions of samples, each in a process of its own: how long they take and what they hold of the heap.

import { scope, valueAndGradients } from '../../../../autodiff/index.ts'
import { maxPool, resize, sum } from '../../../../ops/index.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import { ones, type Tensor } from '../../../../tensor/index.ts'
import { heapHeldBy } from '../../../../testing/live-heap.ts'
import { useBackend } from '../../../current.ts'
import { inOtherProcess, isOtherProcess, smallHeap } from './other-process.ts'

/** Milliseconds of the processors that a first call may take, whatever else they do, and bytes of the heap that it may hold. */
const limits = { first: 500, heap: 50e6 }

interface FirstCall {
  readonly name: string
  readonly length: number
  readonly run: (x: Tensor, length: number) => readonly Tensor[]
  /** Beyond what fits every machine: it may be refused, and take as long as the memory does. */
  readonly huge: boolean
}

const pool: FirstCall['run'] = (x) => [maxPool(x, 2)]
const gradient: FirstCall['run'] = (x) => valueAndGradients(() => sum(maxPool(x, 2)), [x]).gradients
const half: FirstCall['run'] = (x, length) => [resize(x, { size: length / 2 })]

const ofLength = (length: number, text: string, huge: boolean): FirstCall[] =>
  Object.entries({ maxPool: pool, 'maxPool with its gradient': gradient, 'resize to half': half }).map(
    ([name, run]) => ({ name: `${name}, ${text}`, length, run, huge }),
  )

export const firstCalls: readonly FirstCall[] = [
  ...ofLength(2 ** 22, '4194304 samples', false),
  ...ofLength(2 ** 29 + 2 ** 20, '2^29 + 2^20 samples', true),
]

/** For the other process: the backend, and which call. */
const part = 'CONVOKE_FUZZ_FIRST'

/** 0 where all keep to the limits on these backends, 1 where one does not. */
export async function runFirstCalls(
  args: readonly string[],
  backends: readonly string[],
  matching: RegExp,
): Promise<number> {
  if (isOtherProcess()) return await runOne()
  let failed = 0
  for (const backend of backends) {
    for (const [index, { name }] of firstCalls.entries()) {
      if (!matching.test(name)) continue
      const { status, signal } = inOtherProcess(args, [smallHeap], { [part]: `${backend} ${index}` })
      if (status === null) process.stdout.write(`${backend}: ${name}: the process ended (${signal})\n`)
      if (status !== 0) failed++
    }
  }
  return failed === 0 ? 0 : 1
}

async function runOne(): Promise<number> {
  const [backend, index] = (process.env[part] ?? 'native 0').split(' ')
  const { name, length, run, huge } = firstCalls[Number(index)]
  const say = (text: string): void => void process.stdout.write(`${backend}: ${name}: ${text}\n`)
  await useBackend(backend)
  try {
    const x = ones([1, length, 1])
    const { result, bytes } = heapHeldBy(() => {
      const [start, used] = [performance.now(), process.cpuUsage()]
      const results = scope(() => run(x, length))
      const wall = performance.now() - start
      const { user, system } = process.cpuUsage(used)
      for (const tensor of results) tensor.dispose()
      return { wall, first: (user + system) / 1000 }
    })
    const { wall, first } = result
    const bad = bytes > limits.heap || (!huge && first > limits.first)
    const seconds = (ms: number): string => (ms / 1000).toFixed(2)
    say(
      `${seconds(wall)} s, ${seconds(first)} s of the processors, ${(Math.max(0, bytes) / 1e6).toFixed(1)} MB of heap${bad ? ': TOO MUCH' : ''}`,
    )
    return bad ? 1 : 0
  } catch (error) {
    if (!huge || !(error instanceof ConvokeError)) throw error
    say(`refused in words: ${error.message}`)
    return 0
  }
}
