// Who runs a model here: Convoke's backends, and others where the user's folder has them.

import { backends, scope, setThreads, type Tensor, tensor, useBackend } from 'convoke'
import { graphModule, type Port } from 'convoke/graph'
import { loadRun } from '../evaluate/run.ts'
import { isModelFile, openModel } from '../model/open.ts'
import { planned } from '../model/planned.ts'
import { openRun, type RunConfig } from '../training/config.ts'
import { type Contender, type Input, type Output, type Subject, sizeOf, valuesFor } from './contender.ts'
import { peersFor } from './peers.ts'

const tensorFor = ({ shape, integer }: Input): Tensor =>
  tensor(valuesFor(sizeOf(shape), integer), { shape: [...shape], dtype: integer ? 'int32' : 'float32' })

function ours(name: string, subject: Subject): Contender {
  return {
    name: `convoke ${name}`,
    asWritten: false,
    async prepare({ threads }, inputs) {
      await useBackend(name)
      setThreads(threads)
      const network = planned((await subject.load()).eval())
      const given = inputs.map(tensorFor)
      return {
        go: async () => {
          await useBackend(name)
          setThreads(threads)
          return scope(() => network.run(given).map((one): Output => ({ shape: one.shape, data: one.dataSync() })))
        },
        remark: () =>
          network.refusal === null ? null : `it runs node by node; it cannot be compiled: ${network.refusal}`,
      }
    },
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
  if (!isModelFile(subject.path)) return { contenders, notes }
  const others = peersFor(subject.path, beside)
  return { contenders: [...contenders, ...others.contenders], notes: [...notes, ...others.notes] }
}

/** The lengths that a model leaves open. */
function shapeOf(shape: Port['shape'], picture: boolean, batch: number, size: number): number[] {
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
export const subjectWith = (path: string, inputs: Subject['inputs'], pictures: Subject['pictures'] = []): Subject => ({
  path,
  inputs,
  pictures,
  load: async () => (isModelFile(path) ? graphModule(await openModel(path)) : loadRun(await openRun(path))),
})

/** A model file or a run. */
export async function subjectOf(path: string, size: number): Promise<Subject> {
  if (!isModelFile(path)) {
    const run = await openRun(path)
    return subjectWith(path, (batch) => inputsOfRun(run.config, batch))
  }
  const { inputs, outputs } = graphModule(await openModel(path)).graph
  // TensorFlow.js has pictures channels last as well: only of ONNX it has to be told which inputs are some.
  const isPicture = ({ picture, shape }: Port): boolean => picture || (/\.json$/i.test(path) && shape?.length === 4)
  const shapes = (batch: number): Input[] =>
    inputs.map((port) => ({
      ...{ name: port.name, picture: port.picture, shape: shapeOf(port.shape, isPicture(port), batch, size) },
      integer: port.type === 'int64' || port.type === 'int32',
    }))
  return subjectWith(
    path,
    shapes,
    outputs.map(({ picture }) => picture),
  )
}
