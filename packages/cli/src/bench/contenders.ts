// Who runs a model: Convoke's backends, and onnxruntime-node where the user's folder has it.

import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import {
  backends,
  compile,
  type nn,
  scope,
  setThreads,
  type Tensor,
  tensor,
  useBackend,
  withoutGradients,
} from 'convoke'
import { type GraphModule, graphModule } from 'convoke/graph'
import { ConvokeError } from 'convoke/shapes'
import { loadRun } from '../evaluate/run.ts'
import { isModelFile, openModel } from '../model/open.ts'
import { openRun, type RunConfig } from '../training/config.ts'

export interface Setting {
  readonly batch: number
  readonly threads: number
}

/** One input: its name, and its shape with pictures channels last. */
export interface Input {
  readonly name: string
  readonly shape: readonly number[]
  readonly integer: boolean
  /** In the file pictures lie channels first. */
  readonly picture: boolean
}

export interface Contender {
  readonly name: string
  /** Makes ready for a setting; the result runs the network once. Throws where it cannot. */
  prepare(setting: Setting, inputs: readonly Input[]): Promise<() => Promise<void>>
}

/** What is measured: how to have it on the current backend, and what goes in. */
export interface Subject {
  readonly path: string
  readonly load: () => Promise<nn.Module | GraphModule>
  readonly inputs: (batch: number) => readonly Input[]
}

/** Values that are no round numbers, the same each time. */
const values = (size: number, integer: boolean): Float32Array | Int32Array =>
  integer ? new Int32Array(size).fill(1) : Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009)

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, one) => product * one, 1)

const tensorFor = ({ shape, integer }: Input): Tensor =>
  tensor(values(sizeOf(shape), integer), { shape: [...shape], dtype: integer ? 'int32' : 'float32' })

function ours(name: string, subject: Subject): Contender {
  return {
    name: `convoke ${name}`,
    async prepare({ threads }, inputs) {
      await useBackend(name)
      setThreads(threads)
      const model = (await subject.load()).eval()
      const given = inputs.map(tensorFor)
      const fast = await compiled(model, given)
      return async () => {
        await useBackend(name)
        setThreads(threads)
        scope(() =>
          withoutGradients(() => {
            // biome-ignore lint/plugin/spread-of-a-list: the inputs of a network
            const result = fast(...given)
            for (const one of Array.isArray(result) ? result : [result]) (one as Tensor).dataSync()
          }),
        )
      }
    },
  }
}

/** The network planned as a whole where it can be, node by node otherwise. */
async function compiled(
  model: nn.Module | GraphModule,
  given: readonly Tensor[],
): Promise<(...x: Tensor[]) => unknown> {
  const call = model as unknown as (...x: Tensor[]) => unknown
  try {
    return compile(model as never, given.length === 1 ? given[0] : given) as unknown as typeof call
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    return call
  }
}

interface Ort {
  readonly InferenceSession: {
    create(path: string, options: object): Promise<{ run(feeds: object): Promise<Record<string, unknown>> }>
  }
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => object
}

const channelsFirst = (shape: readonly number[]): number[] => [shape[0], shape[shape.length - 1], ...shape.slice(1, -1)]

function onnxRuntime(ort: Ort, path: string): Contender {
  return {
    name: 'onnxruntime-node',
    async prepare({ threads }, inputs) {
      const options = {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
      }
      const session = await ort.InferenceSession.create(path, options)
      const feeds = Object.fromEntries(
        inputs.map(({ name, shape, integer, picture }) => {
          const data = values(sizeOf(shape), integer)
          const written = integer ? BigInt64Array.from(data, BigInt) : data
          return [name, new ort.Tensor(integer ? 'int64' : 'float32', written, picture ? channelsFirst(shape) : shape)]
        }),
      )
      return async () => void (await session.run(feeds))
    },
  }
}

/** onnxruntime-node as the user's folder, or the one named, has it; null where it does not. */
function ortIn(folder: string): Ort | null {
  try {
    return createRequire(join(resolve(folder), 'package.json'))('onnxruntime-node') as Ort
  } catch {
    return null
  }
}

export interface Chosen {
  readonly contenders: readonly Contender[]
  /** Why some are missing. */
  readonly notes: readonly string[]
}

export function contendersFor(subject: Subject, names: readonly string[], beside: string): Chosen {
  const notes: string[] = []
  const known = backends()
  const own = names.filter((name) => {
    const report = known.find((one) => one.name === name)
    if (report?.available === false) notes.push(`${name}: ${report.reason}`)
    return report?.available === true
  })
  const contenders = own.map((name) => ours(name, subject))
  if (!/\.onnx$/i.test(subject.path)) return { contenders, notes }
  const ort = ortIn(beside)
  if (ort === null) notes.push(`onnxruntime-node is not installed in ${resolve(beside)}: npm install onnxruntime-node`)
  else contenders.push(onnxRuntime(ort, subject.path))
  return { contenders, notes }
}

/** The lengths that a model leaves open. */
function shapeOf(
  shape: GraphModule['graph']['inputs'][number]['shape'],
  picture: boolean,
  batch: number,
  size: number,
) {
  return (shape ?? []).map((length, axis, all) => {
    if (axis === 0) return batch
    if (typeof length === 'number' && length > 0) return length
    if (!picture) return 16
    return axis === all.length - 1 ? 3 : size
  })
}

function inputsOfRun({ picture, text, sequence }: RunConfig, batch: number): Input[] {
  const shape =
    picture !== null
      ? [batch, picture.height, picture.width, picture.channels]
      : text !== null
        ? [batch, text.length]
        : [batch, sequence?.length ?? 1, sequence?.features ?? 1]
  return [{ name: 'input', shape, integer: text !== null, picture: false }]
}

/** What is measured, without a look into it. */
export const subjectWith = (path: string, inputs: Subject['inputs']): Subject => ({
  path,
  inputs,
  load: async () => (isModelFile(path) ? graphModule(await openModel(path)) : loadRun(await openRun(path))),
})

/** A model file or a run. */
export async function subjectOf(path: string, size: number): Promise<Subject> {
  if (!isModelFile(path)) {
    const run = await openRun(path)
    return subjectWith(path, (batch) => inputsOfRun(run.config, batch))
  }
  const model = await openModel(path)
  const { inputs } = graphModule(model).graph
  return subjectWith(path, (batch) =>
    inputs.map(({ name, shape, picture, type }) => ({
      ...{ name, picture, shape: shapeOf(shape, picture, batch, size) },
      integer: type === 'int64' || type === 'int32',
    })),
  )
}
