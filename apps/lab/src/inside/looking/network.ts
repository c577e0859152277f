// A network that is open: its graph run with all of its values as outputs, and the layers there are to see.

import { currentBackend, type Tensor, tensor, withoutGradients, zeros } from 'convoke'
import {
  type GraphModule,
  graphModule,
  inspectModel,
  type NodeReport,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from 'convoke/graph'
import { ConvokeError, largestOf } from 'convoke/shapes'
import { type ChannelOrder, channelOrders } from '../../models/orders.ts'
import { constantsOf } from '../../models/program/nodes.ts'
import { pictureShape } from '../../models/read.ts'
import type { PixelsGoIn } from '../state.ts'
import type { LayerFact, OpenedNetwork } from '../task.ts'
import { asInFile, channelsLast, type LayerValues, sizesOf } from './values.ts'

export interface Form {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** A layer that is seen, with its node. */
export interface Layer extends LayerFact {
  readonly node: OnnxNode
  /** The name of its output. */
  readonly value: string
  /** Of its output in the file, and as `run` gives it. */
  readonly order: ChannelOrder
  readonly made: ChannelOrder
  /** Axes of its output in the file. */
  readonly rank: number
  readonly report: NodeReport | undefined
}

/** value · scale + shift, a number a channel. */
export interface GoIn {
  readonly scale: readonly number[]
  readonly shift: readonly number[]
}

export interface Network {
  readonly model: OnnxModel
  /** Runs to any of its values. */
  readonly run: GraphModule
  /** Runs to the scores alone, where there are any. */
  readonly toScores: GraphModule
  readonly layers: readonly Layer[]
  readonly form: Form
  readonly input: { readonly name: string; readonly order: ChannelOrder }
  readonly weights: ReadonlyMap<string, OnnxTensor>
  /** Where the channels of a value stand in the file, by its name. */
  readonly orders: ReadonlyMap<string, ChannelOrder>
  /** The name of the scores of classes, before softmax. */
  readonly score: string | undefined
  /** Whether softmax is the network's own. */
  readonly softmax: string | undefined
  readonly classes: readonly string[] | undefined
  readonly told: GoIn | undefined
  readonly parameters: number
  readonly macs: number
}

/** Operators that only hand values on; what they pass is seen where it was made. */
const passing = new Set(`Identity Dropout Flatten Reshape Squeeze Unsqueeze Transpose Cast`.split(' '))
const silent = new Set([...passing, 'Constant', 'Shape', 'Gather', 'ConstantOfShape', 'Slice', 'Unsqueeze', 'Range'])

/** Bytes of all values of one picture that the page takes. */
const mostBytes = 500 * 2 ** 20

/** Why pictures cannot be followed through a model. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
  readonly reason: 'no-picture' | 'too-large' | 'does-not-run'
  constructor(reason: Unfit['reason'], detail = '') {
    super(detail)
    this.reason = reason
  }
}

/** A name to be read: what a node is called, without the operator that its name ends with. */
function nameOf(path: string | undefined, node: OnnxNode): string {
  const last = `.${node.operator}`
  const name = path?.endsWith(last) ? path.slice(0, -last.length) : (path ?? node.name)
  return name.replace(/^\//, '') || node.operator
}

export async function openNetwork(model: OnnxModel): Promise<Network> {
  const report = inspectModel(model)
  const picture = pictureShape(report)
  if (picture === undefined) throw new Unfit('no-picture')
  if (report.unsupported.length > 0)
    throw new Unfit(
      'does-not-run',
      report.unsupported
        .map(({ operator }) => operator)
        .slice(0, 8)
        .join(', '),
    )
  if (report.failure !== undefined) throw new Unfit('does-not-run', report.failure)
  const [height, width, channels] = picture
  const weights = constantsOf(model.graph)
  const nodes = graphModule(model, { layout: 'as-written' }).graph.nodes
  const orders = channelOrders(nodes, (name) => weights.has(name))
  const [port] = model.graph.inputs.filter(({ name }) => !weights.has(name))
  // One report a node, in the order in which they ran.
  const reports: readonly (NodeReport | undefined)[] = report.nodes.length === nodes.length ? report.nodes : []
  const seen = nodes.flatMap((node, i) => (isSeen(node, reports[i]) ? [node.outputs[0]] : []))
  const bytes = reports.reduce((sum, told) => sum + 4 * (told?.outputShapes[0] ?? []).reduce((a, b) => a * b, 1), 0)
  if (bytes > mostBytes) throw new Unfit('too-large', String(Math.round(bytes / 2 ** 20)))
  const scores = endOf(nodes, model)
  const common = {
    ...{ model, weights, orders, form: { height, width, channels } },
    input: { name: port.name, order: orders.get(port.name) ?? (isLast(port) ? 'last' : 'first') } as const,
    // Pictures come out as they lie in memory: nothing is brought into another order and back.
    run: graphModule(withOutputs(model, [...seen, ...(scores === undefined ? [] : [scores.name])])).eval(),
  }
  const shapes = shapesOf(common)
  const layers: Layer[] = []
  const byValue = new Map<string, number>([[port.name, -1]])
  nodes.forEach((node, i) => {
    const [value] = node.outputs
    const told = reports[i]
    const order = orders.get(value) ?? 'first'
    const made = lastInMemory(common.run, value) ? 'last' : order
    const sizes = shapes[value] === undefined || !seen.includes(value) ? undefined : sizesOf(shapes[value], made)
    if (sizes === undefined) {
      // Whoever reads it reads what it was given.
      const from = passing.has(node.operator) ? byValue.get(node.inputs[0]) : undefined
      if (from !== undefined) byValue.set(value, from)
      return
    }
    byValue.set(value, layers.length)
    const field = told?.receptiveField
    layers.push({
      ...{ name: nameOf(told?.path, node), operator: node.operator, detail: told?.detail ?? '', ...sizes },
      reads: [...new Set(node.inputs.flatMap((name) => byValue.get(name) ?? []))].filter((at) => at < layers.length),
      field: field?.length === 2 ? [field[0].size, field[1].size] : undefined,
      ...{ node, value, order, made, rank: shapes[value].length, report: told },
    })
  })
  if (layers.length === 0) throw new Unfit('does-not-run')
  const count = scores === undefined ? 0 : (shapes[scores.name] ?? []).reduce((a, b) => a * b, 1)
  const classified = count >= 2 && shapes[scores!.name][0] === 1 && largestOf(shapes[scores!.name]) === count
  const preprocessing = preprocessingOf(model.metadata['convoke.preprocessing'], channels)
  return {
    ...{ ...common, layers },
    ...{ score: classified ? scores?.name : undefined, softmax: classified ? scores?.softmax : undefined },
    classes: classified ? classesOf(count, preprocessing?.labels) : undefined,
    toScores: classified ? graphModule(modelTo(model, [scores!.name])).eval() : common.run,
    ...{ told: preprocessing?.goIn, parameters: report.parameters, macs: report.macs },
  }
}

/** Whether a node's output can be drawn, as far as it is known before it has run. */
const isSeen = ({ operator, outputs }: OnnxNode, report: NodeReport | undefined): boolean => {
  const shape = report?.outputShapes[0]
  if (silent.has(operator) || outputs[0] === undefined || outputs[0] === '') return false
  return shape === undefined || (shape[0] === 1 && shape.length >= 2 && shape.length <= 4)
}

/** Whether channels lie last in what a module gives. */
const lastInMemory = ({ graph }: GraphModule, name: string): boolean =>
  graph.outputs.some((port) => port.name === name && port.picture)

/** Shapes of values, found by a run. */
function shapesOf(network: Pick<Network, 'run' | 'form' | 'input'>): Readonly<Record<string, readonly number[]>> {
  const { run, form, input } = network
  const { height, width, channels } = form
  const last = enteringOrder(network, run) === 'last'
  const x = zeros(last ? [1, height, width, channels] : [1, channels, height, width])
  try {
    const results = withoutGradients(() => run.run({ [input.name]: x }))
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => {
        const { shape } = result
        result.dispose()
        return [name, shape]
      }),
    )
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    throw new Unfit('does-not-run', error.message)
  } finally {
    x.dispose()
  }
}

const isLast = ({ type }: OnnxModel['graph']['inputs'][number]): boolean => {
  const shape = type?.kind === 'tensor' ? type.shape : null
  const last = shape?.at(-1)
  return shape?.length === 4 && (last === 1 || last === 3 || last === 4) && shape[1] !== 1 && shape[1] !== 3
}

/** The end of a graph: the only output, before softmax and before what only hands values on. */
function endOf(
  nodes: readonly OnnxNode[],
  { graph }: OnnxModel,
): { readonly name: string; readonly softmax: string | undefined } | undefined {
  if (graph.outputs.length !== 1) return undefined
  let [{ name }] = graph.outputs
  let softmax: string | undefined
  const makerOf = (value: string): OnnxNode | undefined => nodes.find(({ outputs }) => outputs[0] === value)
  for (let node = makerOf(name); node !== undefined; node = makerOf(name)) {
    if (node.operator === 'Softmax') softmax ??= name
    else if (!passing.has(node.operator)) break
    ;[name] = node.inputs
  }
  return { name, softmax }
}

function classesOf(count: number, labels: readonly string[] | undefined): readonly string[] {
  return labels?.length === count ? labels : Array.from({ length: count }, (_, i) => String(i))
}

/** What travels with a model: how pixels go in, what its outputs are called. What cannot be read is ignored. */
function preprocessingOf(
  text: string | undefined,
  channels: number,
): { readonly goIn: GoIn | undefined; readonly labels: readonly string[] | undefined } | undefined {
  if (text === undefined) return undefined
  try {
    const { mean, std, range, labels } = JSON.parse(text) as Record<string, unknown>
    const each = (value: unknown): number[] | undefined => {
      const list = typeof value === 'number' ? [value] : value
      if (!Array.isArray(list) || !list.every((one) => typeof one === 'number' && Number.isFinite(one)))
        return undefined
      return list.length === channels ? list : list.length === 1 ? Array<number>(channels).fill(list[0]) : undefined
    }
    const [m, s] = [each(mean), each(std)]
    const most = typeof range === 'number' && range > 0 ? range : 1
    const goIn =
      m === undefined || s === undefined || s.includes(0)
        ? undefined
        : { scale: s.map((one) => most / one), shift: m.map((one, c) => -one / s[c]) }
    const names =
      Array.isArray(labels) && labels.every((one) => typeof one === 'string') ? (labels as string[]) : undefined
    return { goIn, labels: names }
  } catch {
    return undefined
  }
}

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }

/** How pixels from 0 to 1 go in. */
export function goInOf({ told, form: { channels } }: Network, how: PixelsGoIn): GoIn {
  const all = (scale: number, shift: number): GoIn => ({
    scale: Array<number>(channels).fill(scale),
    shift: Array<number>(channels).fill(shift),
  })
  if (how === 'told' && told !== undefined) return told
  if (how === 'signed') return all(2, -1)
  if (how === 'bytes') return all(255, 0)
  if (how === 'imagenet' && channels === 3)
    return { scale: imagenet.std.map((s) => 1 / s), shift: imagenet.mean.map((m, c) => -m / imagenet.std[c]) }
  return all(1, 0)
}

/** The same graph with more of its values as outputs. */
export function withOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const there = new Set(model.graph.outputs.map(({ name }) => name))
  const more = [...new Set(names)].filter((name) => !there.has(name))
  const outputs = more.map((name) => ({ name, type: { kind: 'tensor', type: 'float32', shape: null } as const }))
  return { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, ...outputs] } }
}

/** The nodes that these values depend on; all of them where a node holds graphs of its own, which read what they like. */
function nodesTo({ nodes }: OnnxModel['graph'], names: readonly string[]): readonly OnnxNode[] {
  if (nodes.some(({ attributes }) => Object.values(attributes).some(({ type }) => type.startsWith('graph'))))
    return nodes
  const wanted = new Set(names)
  const kept: OnnxNode[] = []
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue
    kept.push(node)
    for (const name of node.inputs) wanted.add(name)
  }
  return kept.reverse()
}

/** The part of a model that leads to these of its values, every axis where the file has it. */
export const graphTo = (model: OnnxModel, names: readonly string[]): GraphModule =>
  graphModule(modelTo(model, names), { layout: 'as-written' }).eval()

function modelTo(model: OnnxModel, names: readonly string[]): OnnxModel {
  const outputs = names.map((name) => ({ name, type: { kind: 'tensor', type: 'float32', shape: null } as const }))
  return { ...model, graph: { ...model.graph, nodes: nodesTo(model.graph, names), outputs } }
}

/** How a module of the network takes pictures. */
const enteringOrder = ({ input }: Pick<Network, 'input'>, { graph }: GraphModule): ChannelOrder =>
  graph.inputs.some(({ name, picture }) => name === input.name && picture) ? 'last' : input.order

/** A picture, `[height, width, channels]` from 0 to 1, as a module of the network takes it. */
export function entering(
  network: Pick<Network, 'form' | 'input'>,
  module: GraphModule,
  pixels: ArrayLike<number>,
  { scale, shift }: GoIn,
): Tensor {
  const { height, width, channels } = network.form
  const order = enteringOrder(network, module)
  const values = new Float32Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) values[i] = pixels[i] * scale[i % channels] + shift[i % channels]
  const shape = order === 'first' ? [1, channels, height, width] : [1, height, width, channels]
  return tensor(asInFile(values, height, width, channels, order), { shape })
}

export interface Ran {
  readonly layers: readonly LayerValues[]
  readonly scores: Float32Array<ArrayBuffer> | undefined
}

/** All values of one picture. */
export async function runAll(network: Network, pixels: ArrayLike<number>, goIn: GoIn): Promise<Ran> {
  const x = entering(network, network.run, pixels, goIn)
  const results = withoutGradients(() => network.run.run({ [network.input.name]: x }))
  try {
    const layers: LayerValues[] = []
    for (const { value, made, height, width, channels } of network.layers) {
      const result = results[value]
      const values = channelsLast(await result.data(), result.shape, made)
      layers.push(values ?? { height, width, channels, data: new Float32Array(height * width * channels) })
    }
    const scores = network.score === undefined ? undefined : Float32Array.from(await results[network.score].data())
    return { layers, scores }
  } finally {
    x.dispose()
    for (const result of Object.values(results)) result.dispose()
  }
}

/** The scores of one picture alone. */
export async function scoresOf(network: Network, pixels: ArrayLike<number>, goIn: GoIn): Promise<Float32Array> {
  const x = entering(network, network.toScores, pixels, goIn)
  const results = withoutGradients(() => network.toScores.run({ [network.input.name]: x }))
  try {
    return Float32Array.from(await results[network.score!].data())
  } finally {
    x.dispose()
    for (const result of Object.values(results)) result.dispose()
  }
}

/** Runs to the output of one layer. */
export const moduleTo = (network: Network, layer: number): GraphModule =>
  graphModule(modelTo(network.model, [network.layers[layer].value])).eval()

/** The output of one layer for one picture, channels last. */
export async function valuesOf(
  network: Network,
  layer: number,
  module: GraphModule,
  pixels: ArrayLike<number>,
  goIn: GoIn,
): Promise<Float32Array> {
  const { value, order } = network.layers[layer]
  const x = entering(network, module, pixels, goIn)
  const { [value]: result } = withoutGradients(() => module.run({ [network.input.name]: x }))
  try {
    const made = lastInMemory(module, value) ? 'last' : order
    return channelsLast(await result.data(), result.shape, made)?.data ?? new Float32Array(0)
  } finally {
    x.dispose()
    result.dispose()
  }
}

export const factOf = ({ name, operator, detail, height, width, channels, reads, field }: Layer): LayerFact => ({
  ...{ name, operator, detail, height, width, channels, reads, field },
})

export const openedOf = (
  network: Network,
  more: Pick<OpenedNetwork, 'key' | 'name' | 'pictures' | 'accuracy'>,
): OpenedNetwork => ({
  ...more,
  layers: network.layers.map(factOf),
  ...{ form: network.form, classes: network.classes, told: network.told !== undefined },
  ...{ parameters: network.parameters, macs: network.macs, backend: currentBackend().name },
})
