// What a model is made of and costs, node by node, found by running it dry: nothing is computed and no weight is read.

import { scope } from '../autodiff/gradients.ts'
import { whileWatching } from '../autodiff/primitive.ts'
import { withoutGradients } from '../autodiff/tape.ts'
import type { Backend, Buffer, DType } from '../backends/backend.ts'
import { withBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import { macsOf } from '../backends/macs.ts'
import type { OnnxModel } from '../formats/onnx/model.ts'
import type { TfjsModel } from '../formats/tfjs/index.ts'
import { type SeenPart, seenFrom, traceFields } from '../nn/fields.ts'
import { inner } from '../nn/slots.ts'
import { countOf } from '../nn/tree.ts'
import { ConvokeError, check, checkOptions, show } from '../shapes/error.ts'
import type { ReceptiveField } from '../shapes/receptive-field.ts'
import { zeros } from '../tensor/create.ts'
import { tensorsIn } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { dtypeOf, type ElementType } from './element-type.ts'
import { graphModule, type ImportOptions, inOnnx } from './module.ts'
import type { Port } from './ports.ts'
import { unknownIn } from './registry.ts'

/** What one node computes, and what it costs. */
export interface NodeReport {
  /** Its path among the modules of the model. */
  readonly path: string
  /** Name of the operator: `Conv`. */
  readonly operator: string
  /** What tells operators of a kind apart: `3×3 s2 g4`. */
  readonly detail: string
  /** Shapes of the outputs as they lie in memory: pictures channels last. */
  readonly outputShapes: readonly (readonly number[])[]
  /** Numbers in its weights. */
  readonly parameters: number
  /** Multiply-accumulates of convolutions and matrix products. */
  readonly macs: number
  /** Twice the MACs, and one for each result of everything else. */
  readonly flops: number
  /** Bytes that its kernels read and write. */
  readonly bytes: number
  /** Bytes of all values alive when it is done, weights aside. */
  readonly live: number
  /** One field a spatial axis of the first input; null where every value sees all of it. */
  readonly receptiveField: readonly ReceptiveField[] | null
  /**
   * Exactly what the first output depends on at a position, one index a spatial axis: parts of the first input, each the positions along
   * its axes; several where branches see different places. Undefined where all is seen or the output has no such positions. Statistics
   * and gates are left out. A function: what is written as JSON goes without it.
   */
  readonly sees: ((position: readonly number[]) => readonly SeenPart[]) | undefined
}

/** What `inspectModel` finds out. */
export interface ModelReport {
  /** The program that wrote the file. */
  readonly producer: string
  /** Versions of the operator sets by domain. */
  readonly opsets: Readonly<Record<string, number>>
  /** What the model is given. */
  readonly inputs: readonly Port[]
  /** What it gives. */
  readonly outputs: readonly Port[]
  /** The shapes it was run with, by input. */
  readonly shapes: Readonly<Record<string, readonly number[]>>
  /** The nodes in the order in which they run. */
  readonly nodes: readonly NodeReport[]
  /** Numbers in all weights. */
  readonly parameters: number
  /** Multiply-accumulates of all nodes. */
  readonly macs: number
  /** Floating-point operations of all nodes. */
  readonly flops: number
  /** Bytes that all kernels read and write. */
  readonly bytes: number
  /** The most bytes of values that are alive at the same time, weights aside. */
  readonly peak: number
  /** Operators that are not known, with how many nodes have them. */
  readonly unsupported: readonly {
    /** Domain of the operator; '' for ONNX's own. */
    readonly domain: string
    /** Name of the operator. */
    readonly operator: string
    /** How many nodes have it. */
    readonly nodes: number
  }[]
  /** What was taken to be the case, where numbers that are only known when the network runs decide which nodes do. */
  readonly assumed: readonly string[]
  /** Why the nodes end before the outputs; undefined where they do not. */
  readonly failure: string | undefined
}

/** The options of `inspectModel`. */
export interface InspectOptions extends ImportOptions {
  /** Shapes of inputs by name, for those that leave lengths open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>> | undefined
}

/** What stands in for lengths that a model leaves open: one example, pictures of 224 × 224 with 3 channels, 16 steps of others. */
const usual = { batch: 1, picture: 224, channels: 3, other: 16 }

/** The shape to try for an input: that of the model, with the usual lengths where it leaves some open. */
export function usualShape({ shape, picture: told }: Port): readonly number[] {
  const last = shape?.at(-1)
  // A picture that lies channels last in the file too.
  const picture = told || (shape?.length === 4 && (last === 1 || last === 3 || last === 4))
  return (shape ?? []).map((size, axis) => {
    if (typeof size === 'number' && size > 0) return size
    if (axis === 0) return usual.batch
    if (!picture) return usual.other
    return axis === (shape ?? []).length - 1 ? usual.channels : usual.picture
  })
}

/**
 * Shapes, parameters, MACs, FLOPs, bytes, memory and receptive fields of every node, and the operators that are not known. Where one is
 * in the way, the report ends there and says so.
 *
 * @example
 * const port = (name) => ({ name, type: { kind: 'tensor', type: 'float32', shape: [1, 3, 8, 8] } })
 * const pool = { name: 'pool', operator: 'MaxPool', domain: '', inputs: ['x'], outputs: ['y'], attributes: {
 *   kernel_shape: { type: 'ints', value: [2, 2] }, strides: { type: 'ints', value: [2, 2] } } }
 * const model = { irVersion: 8, producer: '', opsets: { '': 17 }, functions: [], metadata: {},
 *   graph: { name: '', nodes: [pool], inputs: [port('x')], outputs: [port('y')], initializers: [], values: [] } }
 * const report = inspectModel(model)
 * report.nodes[0].outputShapes  // [[1, 4, 4, 3]]
 * report.nodes[0].receptiveField[0].size  // 2
 */
export function inspectModel(from: OnnxModel | TfjsModel, options: InspectOptions = {}): ModelReport {
  checkOptions('inspectModel', options, ['layout', 'shapes'])
  const { shapes: given = {}, ...importing } = options
  const model = inOnnx(from)
  const module = graphModule(model, importing).eval()
  const { inputs, outputs } = module.graph
  for (const name of Object.keys(given)) {
    check(
      inputs.some((port) => port.name === name),
      () =>
        `inspectModel: there is no input ${show(name)}. The inputs are ${inputs.map((port) => port.name).join(', ')}.`,
    )
  }
  const shapes = Object.fromEntries(inputs.map((port) => [port.name, given[port.name] ?? usualShape(port)]))
  const total = { macs: 0, flops: 0, bytes: 0, live: 0, high: 0, peak: 0 }
  const fields = traceFields()
  const assumed: string[] = []
  const backend = countingBackend(total, (what) => assumed.push(what))
  const nodes: NodeReport[] = []
  let before = { ...total }
  const stop = module.observe({
    enter: ({ module: layer }) => {
      const last = nodes.at(-1)
      // What the node before was the last to read is gone by now, and the weights of this one are there.
      const own = 4 * countOf(Object.values(layer[inner].slots))
      if (last !== undefined) nodes[nodes.length - 1] = { ...last, live: total.live - own }
      total.high = total.live
      before = { ...total }
    },
    leave: ({ path, module: layer, output }) => {
      if (layer.kind === 'Graph') return
      const made = tensorsIn(output, isTensor)
      const slots = Object.values(layer[inner].slots)
      total.peak = Math.max(total.peak, total.high - 4 * countOf(slots))
      const known = made.length > 0 && made[0].storage.backend === backend
      nodes.push({
        ...{ path, operator: layer.kind, detail: detailOf(layer.options) },
        outputShapes: made.map(({ shape }) => shape),
        parameters: countOf(slots.filter(({ role }) => role === 'parameter')),
        macs: total.macs - before.macs,
        flops: total.flops - before.flops,
        bytes: total.bytes - before.bytes,
        live: total.live,
        receptiveField: known ? (fields.fieldOf(made[0].storage.buffer) ?? null) : [],
        sees: known ? (seenFrom(fields.known(made[0].storage.buffer)) ?? undefined) : undefined,
      })
    },
  })
  let failure: string | undefined
  try {
    withBackend(backend, () =>
      withoutGradients(() =>
        scope(() => {
          const values = inputs.map((port): [string, Tensor] => [port.name, zeros(shapes[port.name], dtypeFor(port))])
          const picture = inputs.findIndex((port) => port.picture)
          const [, seen] = values[Math.max(0, picture)] ?? []
          if (seen !== undefined) beginAt(fields, seen, picture >= 0)
          whileWatching(fields.follow, () => module.run(Object.fromEntries(values)))
        }),
      ),
    )
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    failure = error.message
  } finally {
    stop()
  }
  const unknown = new Map<string, { domain: string; operator: string; nodes: number }>()
  for (const { domain, operator } of unknownIn(model.graph.nodes, model.functions)) {
    const key = `${domain}:${operator}`
    const entry = unknown.get(key) ?? { domain, operator, nodes: 0 }
    entry.nodes++
    unknown.set(key, entry)
  }
  const { macs, flops, bytes, peak } = total
  return {
    ...{
      producer: model.producer,
      opsets: model.opsets,
      inputs,
      outputs,
      shapes,
      nodes,
      macs,
      flops,
      bytes,
      peak,
      assumed,
      failure,
    },
    parameters: module.parameterCount(),
    unsupported: [...unknown.values()],
  }
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor

const dtypeFor = ({ type }: Port): DType =>
  type === 'unknown' || type === 'sequence' ? 'float32' : dtypeOf(type as ElementType)

function beginAt(fields: ReturnType<typeof traceFields>, x: Tensor, picture: boolean): void {
  if (x.rank < 2) return
  const spatial = picture ? x.shape.slice(1, -1) : x.shape.slice(1, x.rank === 2 ? 2 : -1)
  fields.begin(x.storage.buffer, spatial, x.shape[0])
}

const bytesPer: Readonly<Record<DType, number>> = { float32: 4, int32: 4, uint8: 1, bool: 1 }
const bytesOf = ({ dtype, length }: Buffer): number => bytesPer[dtype] * length

interface Totals {
  macs: number
  flops: number
  bytes: number
  live: number
  /** The most that was alive since the node began, its weights included. */
  high: number
  peak: number
}

function countingBackend(total: Totals, assume: (what: string) => void): Backend {
  const dry = createDryBackend((run) => {
    const macs = macsOf(run.kernel, run.spec)
    total.macs += macs
    total.flops += macs > 0 ? 2 * macs : (run.outputs[0]?.length ?? 0)
    for (const buffer of [...run.inputs, ...run.outputs]) total.bytes += bytesOf(buffer)
  })
  return {
    ...dry,
    assume,
    allocate: (dtype, length) => {
      const buffer = dry.allocate(dtype, length)
      total.live += bytesOf(buffer)
      total.high = Math.max(total.high, total.live)
      return buffer
    },
    release: (buffer) => {
      total.live -= bytesOf(buffer)
      dry.release(buffer)
    },
  }
}

const listed: readonly (readonly [name: string, mark: string])[] = [
  ['kernel_shape', ''],
  ['strides', 's'],
  ['dilations', 'd'],
  ['group', 'g'],
  ['axis', 'axis '],
  ['perm', ''],
  ['hidden_size', 'hidden '],
]

function detailOf(options: Readonly<Record<string, unknown>>): string {
  return listed
    .flatMap(([name, mark]) => {
      const value = options[name]
      if (value === undefined) return []
      if (Array.isArray(value)) {
        const same = value.every((entry) => entry === value[0])
        if (mark !== '' && same && value[0] === 1) return []
        return [mark + (mark !== '' && same ? String(value[0]) : value.join('×'))]
      }
      return name === 'group' && value === 1 ? [] : [`${mark}${String(value)}`]
    })
    .join(' ')
}
