// jax-js on its WebAssembly backend, channels first as its lax.convGeneralDilated wants them, compiled by its jit.

import type { Contender, Prepared } from '../contender.ts'
import {
  channelsFirstShape,
  filterFirstShape,
  filterToChannelsFirst,
  toChannelsFirst,
  toChannelsLast,
} from '../layout.ts'
import type { Workload } from '../workload.ts'

type Jax = typeof import('@jax-js/jax')

/**
 * Runs `body` without a global `Worker` in Node: ONNX Runtime Web leaves Node's own there, and jax-js, which looks for
 * one whenever it compiles, would take it for a page's and emit code for shared memory.
 */
async function withoutNodeWorker<T>(body: () => Promise<T>): Promise<T> {
  const { Worker: left } = globalThis
  if (!('process' in globalThis) || left === undefined) return body()
  Reflect.deleteProperty(globalThis, 'Worker')
  try {
    return await body()
  } finally {
    globalThis.Worker = left
  }
}

async function prepare(jax: Jax, workload: Workload): Promise<Prepared> {
  const { spec, input, inputShape, outputShape, filter, filterShape } = workload
  const padding = spec.padding.map((pair) => [...pair])
  const options = { rhsDilation: [...spec.dilation], featureGroupCount: spec.groups }
  const layer = jax.jit((x, f) => jax.lax.convGeneralDilated(x, f, [...spec.stride], padding, options))
  const x = jax.numpy.array(toChannelsFirst(input, inputShape)).reshape(channelsFirstShape(inputShape))
  const f = jax.numpy.array(filterToChannelsFirst(filter, filterShape)).reshape(filterFirstShape(filterShape))
  // Functions consume their arguments; `ref` keeps ours alive for the next run.
  const run = async (): Promise<void> => {
    const y = layer(x.ref, f.ref)
    await y.blockUntilReady()
    y.dispose()
  }
  await withoutNodeWorker(run)
  return {
    ...{ kernel: '', algorithm: '', run },
    outputs: async () => [toChannelsLast((await layer(x.ref, f.ref).data()) as Float32Array, outputShape)],
    dispose: () => {
      for (const used of [x, f, layer]) used.dispose()
    },
  }
}

/** jax-js as a contender for forward convolutions. */
export async function openJax(): Promise<Contender> {
  const jax = await import('@jax-js/jax')
  await withoutNodeWorker(() => jax.init('wasm'))
  jax.defaultDevice('wasm')
  return {
    ...{ name: 'jax-js wasm', family: 'wasm', role: 'peer', threads: 1 },
    enters: ({ layer, mode }) => mode === 'forward' && layer.op === 'conv',
    prepare: (workload) => prepare(jax, workload),
  }
}
