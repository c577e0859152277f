// TensorFlow.js: its WebAssembly backend, and for training its plain JavaScript one, the only backend without a GPU
// that has every gradient. Channels last, as it prefers.

import { ConvokeError } from 'convoke'
import type { Contender, Prepared } from '../contender.ts'
import type { Workload } from '../workload.ts'

type Tensorflow = typeof import('@tensorflow/tfjs-core')
type Tensor = import('@tensorflow/tfjs-core').TensorflowTensor
type Layer = (x: Tensor, f: Tensor) => Tensor

/** The workload as a call of TensorFlow.js, or an error that says what it lacks. */
function layerCall(tf: Tensorflow, { layer, spec, outputShape }: Workload): Layer {
  const { rank, stride, dilation, groups, padding } = spec
  const refuse = (reason: string): never => {
    throw new ConvokeError(`TensorFlow.js has ${reason}.`)
  }
  const before = padding[0][0]
  const even = padding.every((pair) => pair[0] === before && pair[1] === before)
  const two = (values: readonly number[]): [number, number] => [values[0], values[1]]
  if (rank === 1) return (x, f) => tf.conv1d(x, f, stride[0], before === 0 ? 'valid' : before, 'NWC', dilation[0])
  if (rank === 3) {
    const pad = before === 0 ? 'valid' : 'same'
    return (x, f) => tf.conv3d(x, f, [stride[0], stride[1], stride[2]], pad, 'NDHWC')
  }
  if (!even) refuse('no convolution with this padding')
  if (layer.op === 'convTranspose') {
    return (x, f) => tf.conv2dTranspose(x, f, [...outputShape], two(stride), before)
  }
  if (groups === 1) return (x, f) => tf.conv2d(x, f, two(stride), before, 'NHWC', two(dilation))
  if (groups !== spec.inputChannels) refuse('no grouped convolution')
  return (x, f) => tf.depthwiseConv2d(x, f, two(stride), before, 'NHWC', two(dilation))
}

/** Filters of a depthwise layer are `[height, width, channels, multiplier]` there. */
const filterShapeOf = ({ spec, filterShape }: Workload): readonly number[] =>
  spec.groups > 1 && spec.groups === spec.inputChannels
    ? [...spec.kernel, spec.inputChannels, spec.outputChannels / spec.inputChannels]
    : filterShape

/** The core has the gradients of its ops, and registers none of them by itself. */
const registerGradients = (): Promise<unknown> => import('@tensorflow/tfjs-core/dist/register_all_gradients.js')

async function prepare(tf: Tensorflow, backend: 'wasm' | 'cpu', workload: Workload): Promise<Prepared> {
  const enter = async (): Promise<void> => {
    if (!(await tf.setBackend(backend)))
      throw new ConvokeError(`TensorFlow.js: its backend '${backend}' did not start.`)
  }
  await enter()
  if (workload.mode === 'train') await registerGradients()
  const layer = layerCall(tf, workload)
  const { input, inputShape, filter, outputGradient, outputShape, mode } = workload
  const x = tf.tensor(input, inputShape, 'float32')
  const f = tf.tensor(filter, filterShapeOf(workload), 'float32')
  const dy = mode === 'train' ? tf.tensor(outputGradient, outputShape, 'float32') : null
  const pass = (): Tensor[] => (dy === null ? [layer(x, f)] : tf.grads(layer)([x, f], dy))
  const release = (results: readonly Tensor[]): void => {
    for (const result of results) result.dispose()
  }
  return {
    ...{ kernel: '', algorithm: '', enter },
    run: () => release(pass()),
    outputs: async () => {
      await enter()
      // Gradients come without the value they are gradients of, although it is computed.
      const results = dy === null ? pass() : [layer(x, f), ...pass()]
      const read = await Promise.all(results.map((result) => result.data()))
      release(results)
      return read
    },
    dispose: () => release(dy === null ? [x, f] : [x, f, dy]),
  }
}

/**
 * TF.js's WebAssembly backend. It has threads in a cross-origin isolated page only; in Node it says false to its own
 * WASM_HAS_MULTITHREAD_SUPPORT and runs on one. `wasmPaths` is where the binaries are, with a final slash.
 */
export async function openTfjsWasm(threads: number, wasmPaths?: string): Promise<Contender> {
  const tf = await import('@tensorflow/tfjs-core')
  const wasm = await import('@tensorflow/tfjs-backend-wasm')
  if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths)
  const threaded = threads > 1 && (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'))
  if (threaded) wasm.setThreadsCount(threads)
  else tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  await tf.setBackend('wasm')
  return {
    ...{ name: 'tfjs wasm', family: 'wasm', role: 'peer', threads: threaded ? threads : 1 },
    enters: () => true,
    prepare: (workload) => prepare(tf, 'wasm', workload),
  }
}

/** TF.js's plain JavaScript backend, for training. */
export async function openTfjsCpu(): Promise<Contender> {
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-cpu')
  return {
    ...{ name: 'tfjs cpu', family: 'wasm', role: 'peer', threads: 1 },
    enters: ({ mode }) => mode === 'train',
    prepare: (workload) => prepare(tf, 'cpu', workload),
  }
}
