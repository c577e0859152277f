// Other run-times, where the user's folder has them: onnxruntime-node and TensorFlow.js.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { encodeOnnx } from 'convoke/graph'
import { openModel } from '../model/open.ts'
import { type Contender, type Input, type Output, sizeOf, valuesFor } from './contender.ts'

interface OrtTensor {
  readonly dims: readonly number[]
  readonly data: ArrayLike<number | bigint>
}

interface Session {
  readonly outputNames: readonly string[]
  readonly inputMetadata: readonly { readonly name: string; readonly type?: string }[]
  run(feeds: object): Promise<Readonly<Record<string, OrtTensor>>>
}

interface Ort {
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> }
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => object
}

const channelsFirst = (shape: readonly number[]): number[] => [shape[0], shape[shape.length - 1], ...shape.slice(1, -1)]

/** The values that Convoke gets, as the file wants them: pictures channels first, whole numbers in the type that is declared. */
function writtenTensor(ort: Ort, { name, shape, integer, picture }: Input, session: Session): object {
  const values = valuesFor(sizeOf(shape), integer)
  const laid = picture ? planesOf(values, shape) : values
  const type = integer ? (session.inputMetadata.find((one) => one.name === name)?.type ?? 'int64') : 'float32'
  const written = type === 'int64' ? BigInt64Array.from(laid, BigInt) : laid
  return new ort.Tensor(type, written, picture ? channelsFirst(shape) : shape)
}

function planesOf(values: Float32Array | Int32Array, shape: readonly number[]): Float32Array | Int32Array {
  const channels = shape[shape.length - 1]
  const pixels = sizeOf(shape.slice(1, -1))
  const laid = values.slice()
  for (let at = 0; at < values.length; at++) {
    const [pixel, channel] = [Math.floor(at / channels), at % channels]
    const [image, place] = [Math.floor(pixel / pixels), pixel % pixels]
    laid[(image * channels + channel) * pixels + place] = values[at]
  }
  return laid
}

/** Runs .onnx files as they are, and models of TensorFlow.js as `convoke convert` writes them. */
function onnxRuntime(ort: Ort, path: string): Contender {
  return {
    name: 'onnxruntime-node',
    asWritten: true,
    async prepare({ threads }, inputs) {
      const options = {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      }
      const model = /\.onnx$/i.test(path) ? path : encodeOnnx(await openModel(path))
      const session = await ort.InferenceSession.create(model, options)
      const feeds = Object.fromEntries(inputs.map((input) => [input.name, writtenTensor(ort, input, session)]))
      return {
        go: async () => {
          const results = await session.run(feeds)
          return session.outputNames.map((name) => ({ shape: results[name].dims, data: results[name].data }))
        },
        remark: () => null,
      }
    },
  }
}

interface TfTensor {
  readonly shape: readonly number[]
  data(): Promise<ArrayLike<number>>
  dispose(): void
}
type TfResult = TfTensor | TfTensor[]

interface TfModel {
  readonly outputNodes?: readonly string[]
  predict(inputs: TfResult): TfResult
  execute?(inputs: object, outputs?: readonly string[]): TfResult
  executeAsync?(inputs: object, outputs?: readonly string[]): Promise<TfResult>
}

interface TensorFlow {
  setBackend(name: string): Promise<boolean>
  tensor(values: ArrayLike<number>, shape: readonly number[], dtype: string): TfTensor
  loadGraphModel(handler: object): Promise<TfModel>
  loadLayersModel(handler: object): Promise<TfModel>
}

interface ModelFile {
  readonly format?: string
  readonly modelTopology: { readonly node?: unknown }
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[]
}

/** The file and its shards, as TensorFlow.js asks for them. `readTfjs` has read them before: they are in the folder. */
async function handlerFor(path: string): Promise<{ readonly graph: boolean; readonly load: () => Promise<object> }> {
  const file = JSON.parse(await readFile(path, 'utf8')) as ModelFile
  const shards = file.weightsManifest.flatMap(({ paths }) => paths)
  const bytes = Buffer.concat(await Promise.all(shards.map((shard) => readFile(join(dirname(path), shard)))))
  const weightSpecs = file.weightsManifest.flatMap(({ weights }) => weights)
  const weightData = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const graph = (file.format ?? (Array.isArray(file.modelTopology.node) ? 'graph-model' : '')) === 'graph-model'
  return { graph, load: async () => ({ ...file, weightSpecs, weightData }) }
}

function tensorFlow(tf: TensorFlow, backend: 'wasm' | 'cpu', path: string): Contender {
  return {
    name: `TF.js ${backend}`,
    asWritten: false,
    async prepare({ threads }, inputs) {
      if (!(await tf.setBackend(backend))) throw new Error(`its backend ${backend} does not start.`)
      const handler = await handlerFor(path)
      const model = await (handler.graph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler))
      const tensors = inputs.map(({ shape, integer }) =>
        tf.tensor(valuesFor(sizeOf(shape), integer), shape, integer ? 'int32' : 'float32'),
      )
      const run = await callOf(model, inputs, tensors)
      return {
        go: async () => {
          const results = listOf(await run())
          const outputs = await Promise.all(
            results.map(async (one): Promise<Output> => ({ shape: one.shape, data: await one.data() })),
          )
          for (const one of results) one.dispose()
          return outputs
        },
        remark: () => (threads === 1 ? null : 'it computes with one thread in Node.'),
      }
    },
  }
}

const listOf = <T>(result: T | T[]): T[] => (Array.isArray(result) ? result : [result])

/** How a model is called: control flow and outputs of unknown length want it asynchronous. */
async function callOf(
  model: TfModel,
  inputs: readonly Input[],
  tensors: TfTensor[],
): Promise<() => TfResult | Promise<TfResult>> {
  if (model.execute === undefined || model.executeAsync === undefined) {
    const given = tensors.length === 1 ? tensors[0] : tensors
    return () => model.predict(given)
  }
  const feed = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]))
  const { outputNodes = [] } = model
  const names = outputNodes.length > 0 ? outputNodes : undefined
  try {
    for (const one of listOf(model.execute(feed, names))) one.dispose()
    return () => (model.execute as NonNullable<TfModel['execute']>)(feed, names)
  } catch {
    return () => (model.executeAsync as NonNullable<TfModel['executeAsync']>)(feed, names)
  }
}

type Need = (name: string) => unknown

function attempt<T>(load: () => T): T | null {
  try {
    return load()
  } catch {
    return null
  }
}

/** TensorFlow.js as one package or by its parts, with its WebAssembly backend where that is there. */
function tensorFlowIn(need: Need): { readonly tf: TensorFlow; readonly backend: 'wasm' | 'cpu' } | null {
  const whole = attempt(() => need('@tensorflow/tfjs') as TensorFlow)
  const parts = attempt(() => {
    const [core, converter, layers] = ['core', 'converter', 'layers'].map((name) => need(`@tensorflow/tfjs-${name}`))
    return { ...(core as object), ...(converter as object), ...(layers as object) } as TensorFlow
  })
  const tf = whole ?? parts
  if (tf === null) return null
  if (attempt(() => need('@tensorflow/tfjs-backend-wasm')) !== null) return { tf, backend: 'wasm' }
  const plain = whole !== null || attempt(() => need('@tensorflow/tfjs-backend-cpu')) !== null
  return plain ? { tf, backend: 'cpu' } : null
}

/** Who else runs a model file, from the `node_modules` of `folder`, and what is missing. */
export function peersFor(
  path: string,
  folder: string,
): { readonly contenders: Contender[]; readonly notes: readonly string[] } {
  const need = createRequire(join(resolve(folder), 'package.json')) as Need
  const [contenders, notes]: [Contender[], string[]] = [[], []]
  const missing = (name: string, install: string): void => {
    notes.push(`${name} is not installed in ${resolve(folder)}: npm install ${install}`)
  }
  const ort = attempt(() => need('onnxruntime-node') as Ort)
  if (ort === null) missing('onnxruntime-node', 'onnxruntime-node')
  else contenders.push(onnxRuntime(ort, path))
  // It reads its own format alone.
  if (!/\.json$/i.test(path)) return { contenders, notes }
  const found = tensorFlowIn(need)
  if (found === null) missing('TF.js', '@tensorflow/tfjs @tensorflow/tfjs-backend-wasm')
  else contenders.push(tensorFlow(found.tf, found.backend, path))
  return { contenders, notes }
}
