// The process of one network on one engine: the task comes as its argument, messages go to and from its parent.

import { readFileSync } from 'node:fs'
import { compile, randomNormal, setThreads, type Tensor, tensor, useBackend } from 'convoke'
import { decodeOnnx, graphModule } from 'convoke/graph'
import { peakMemory } from '../memory.ts'
import type { OnnxRuntime } from '../peers/onnx.ts'
import type { WholeMessage, WholeQuestion, WholeTask } from './task.ts'

const task: WholeTask = JSON.parse(process.argv[2])
const say = (message: WholeMessage): void => {
  process.send?.(message)
}

/** Runs the network once; gives the first of its results. */
type Runner = () => Promise<Float32Array>

const numbers = (): Float32Array | Int32Array => {
  const size = task.shape.reduce((product, length) => product * length, 1)
  return task.below === undefined
    ? (randomNormal([size], { seed: 1 }).dataSync() as Float32Array)
    : Int32Array.from({ length: size }, (_, i) => (i * 7919) % (task.below ?? 1))
}

async function openOwn(bytes: Uint8Array): Promise<Runner> {
  const model = graphModule(decodeOnnx(bytes), { layout: 'as-written' }).eval()
  const x = tensor(numbers(), { shape: task.shape })
  const fast = compile(model, [x])
  return async () => {
    const results = ([] as Tensor[]).concat(fast(x))
    const [first] = results.map((result) => result.dataSync())
    for (const result of results) result.dispose()
    return first as Float32Array
  }
}

async function openPeer(bytes: Uint8Array, runtime: OnnxRuntime): Promise<Runner> {
  const options = { graphOptimizationLevel: 'all', intraOpNumThreads: task.threads, interOpNumThreads: 1 }
  const session = await runtime.InferenceSession.create(bytes, options)
  const { inputNames, outputNames } = session as unknown as Record<'inputNames' | 'outputNames', readonly string[]>
  const values = numbers()
  const x = new runtime.Tensor(
    values instanceof Float32Array ? 'float32' : ('int32' as 'float32'),
    values as Float32Array,
    task.shape,
  )
  return async () => (await session.run({ [inputNames[0]]: x }))[outputNames[0]].data
}

async function runtimeOf(): Promise<OnnxRuntime | null> {
  if (task.engine === 'onnxruntime-node') return (await import('onnxruntime-node')).default as unknown as OnnxRuntime
  if (task.engine !== 'onnxruntime-web') return null
  const { default: web } = await import('onnxruntime-web')
  Object.assign(web.env.wasm, { numThreads: task.threads })
  return web as unknown as OnnxRuntime
}

/** A thousand of the numbers, from all over. */
const sampled = (result: Float32Array): number[] => {
  const step = Math.max(1, Math.floor(result.length / 1000))
  return Array.from({ length: Math.ceil(result.length / step) }, (_, i) => result[i * step])
}

async function run(): Promise<void> {
  const runtime = await runtimeOf()
  if (runtime === null) {
    await useBackend(task.engine === 'convoke wasm' ? 'wasm' : 'native')
    setThreads(task.threads)
  }
  const start = performance.now()
  const bytes = readFileSync(task.file)
  const once = runtime === null ? await openOwn(bytes) : await openPeer(bytes, runtime)
  const result = await once()
  const first = performance.now() - start
  process.on('message', async ({ runs }: WholeQuestion) => {
    const times: number[] = []
    for (let i = 0; i < runs; i++) {
      const begun = performance.now()
      await once()
      times.push(performance.now() - begun)
    }
    say({ kind: 'times', times, memory: peakMemory() })
  })
  say({ kind: 'first', ms: first, result: sampled(result) })
}

try {
  await run()
} catch (error) {
  say({ kind: 'failed', reason: (error instanceof Error ? error.message : String(error)).split('\n')[0] })
}
