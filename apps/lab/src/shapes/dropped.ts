// Models that are dropped: read, reported layer by layer, run for the gradient of one output. Runs in the worker, loaded with the first.

import { keep, multiply, sum, type Tensor, tensor } from 'convoke'
import {
  type GraphModule,
  graphModule,
  inspectModel,
  type ModelReport,
  type NodeReport,
  type OnnxModel,
} from 'convoke/graph'
import { ConvokeError } from 'convoke/shapes'
import { isCostly } from 'convoke-workbench'
import type { Answered } from '../engine/index.ts'
import { pictureShape, readFiles, Unreadable } from '../models/read.ts'
import type { DroppedFile } from '../models/task.ts'
import { gradientOf } from './compute.ts'
import type { DroppedAnswer, EffectiveAnswer, EffectiveQuestion, LayerRow, SeenAnswer, ShapesAnswer } from './task.ts'

interface Opened {
  readonly key: string
  readonly model: OnnxModel
  /** Of every node, in the order in which they ran; and of those that are shown. */
  readonly all: readonly NodeReport[]
  readonly nodes: readonly NodeReport[]
  readonly inputShape: readonly number[] | undefined
  readonly inputName: string
  network: GraphModule | undefined
}

/** The newest alone: a model may hold much memory. */
let opened: Opened | undefined

export function openDropped({
  key,
  files,
}: {
  readonly key: string
  readonly files: readonly DroppedFile[]
}): DroppedAnswer {
  try {
    const { name, model } = readFiles(files)
    const report = inspectModel(model)
    const nodes = report.nodes.filter(isCostly)
    const inputShape = pictureShape(report)
    opened?.network?.dispose()
    opened = {
      key,
      model,
      all: report.nodes,
      nodes,
      inputShape,
      inputName: report.inputs[0]?.name ?? '',
      network: undefined,
    }
    return { kind: 'opened', name, answer: answerOf(report, nodes), inputShape, about: aboutOf(report) }
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', reason: error.reason, detail: error.message }
    return { kind: 'unreadable', reason: 'damaged', detail: error instanceof Error ? error.message : String(error) }
  }
}

function answerOf(report: ModelReport, nodes: readonly NodeReport[]): ShapesAnswer {
  return {
    rows: nodes.map(rowOf),
    totals: {
      parameters: report.parameters,
      macs: report.macs,
      flops: report.flops,
      kept: undefined,
      peak: report.peak,
    },
    misfit: undefined,
  }
}

function rowOf(node: NodeReport): LayerRow {
  const [shape = []] = node.outputShapes
  const own = shape.slice(1)
  const channels = own.at(-1) ?? 1
  const positions = own.length === 3 ? own.slice(0, 2) : own.length === 1 ? [1, 1] : undefined
  return {
    ...{ label: `${node.operator}${node.detail === '' ? '' : ` ${node.detail}`}`, path: node.path },
    ...{ outputShape: own, positions, channels, parameters: node.parameters, macs: node.macs, flops: node.flops },
    ...{ memory: node.live, receptiveField: node.receptiveField },
  }
}

function aboutOf({
  producer,
  shapes,
  unsupported,
  failure,
}: ModelReport): Extract<DroppedAnswer, { kind: 'opened' }>['about'] {
  const names = unsupported.map(({ domain, operator }) => (domain === '' ? operator : `${domain}.${operator}`))
  return {
    producer,
    shapes: Object.entries(shapes).map(([name, shape]) => `${name} ${shape.join(' × ')}`),
    ...{ unsupported: names, failure: names.length > 0 ? undefined : failure },
  }
}

/** The model that is open under that key; throws where it is another one by now. */
export function known(key: string | undefined): Opened {
  if (opened === undefined || opened.key !== key)
    throw new ConvokeError('The model is no longer open. Open its file again.')
  return opened
}

export function seenOfDropped(key: string | undefined, layer: number, position: readonly [number, number]): SeenAnswer {
  const { nodes, inputShape } = known(key)
  const node = nodes[layer]
  const fields = node.receptiveField
  if (node.sees === undefined || fields === null || fields.length !== 2 || inputShape === undefined)
    return { parts: null }
  const parts = node
    .sees(position)
    .map((axes) =>
      axes.map((positions, axis) => ({ region: regionOf(fields[axis], position[axis], positions), positions })),
    )
  return { parts }
}

/** From the first to the last that is seen; of a single window also what of it lies in the padding. */
function regionOf(
  { size, jump, start }: { readonly size: number; readonly jump: number; readonly start: number },
  index: number,
  positions: readonly number[],
) {
  const [first, last] = [positions[0], positions[positions.length - 1]]
  const window = { first: start + index * jump, last: start + index * jump + size - 1 }
  // The window is known where it holds what is seen: windows alone, no upsampling on the way.
  const holds = Number.isInteger(window.first) && window.first <= first && window.last >= last
  return holds ? window : { first, last }
}

/** What one gradient may cost in a page. */
const most = { macs: 12e9, bytes: 900 * 2 ** 20 }

export async function effectiveOfDropped(question: EffectiveQuestion): Promise<Answered<EffectiveAnswer>> {
  const found = known(question.key)
  const { nodes, inputShape, model } = found
  const macs = nodes.reduce((total, node) => total + node.macs, 0)
  const bytes = nodes.reduce(
    (total, node) => total + 4 * node.parameters + 8 * (node.outputShapes[0] ?? []).reduce((a, b) => a * b, 1),
    0,
  )
  if (macs > most.macs || bytes > most.bytes) return { answer: { kind: 'too-large', macs, bytes } }
  if (inputShape === undefined) return { answer: { kind: 'none', message: '' } }
  found.network ??= graphModule(model).eval()
  const { network } = found
  const { path } = nodes[question.layer]
  const row = rowOf(nodes[question.layer])
  try {
    return await gradientOf(
      question,
      inputShape,
      (x, watch) => {
        let loss: Tensor | undefined
        const stop = network.observe({
          leave: (call) => {
            const output = Array.isArray(call.output) ? call.output[0] : call.output
            if (call.path === path && loss === undefined) loss = keep(watch(output as Tensor))
          },
        })
        try {
          network.run({ [found.inputName]: x })
        } finally {
          stop()
        }
        return loss ?? sum(multiply(x, tensor(0)))
      },
      { positions: row.positions!, channels: row.channels, rounding: 1e-5 },
    )
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    return { answer: { kind: 'none', message: error.message } }
  }
}
