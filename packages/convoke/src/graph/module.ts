// A graph as a module: its weights are parameters, its nodes are layers.

import { isRecording } from '../autodiff/tape.ts'
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../formats/onnx/model.ts'
import { type AnyModule, defineModule, type Module, type TensorSpec } from '../nn/module.ts'
import { inner } from '../nn/slots.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { runScope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type Call, nameOf } from './call.ts'
import { constantOf, numbersIn } from './constant.ts'
import { dtypeOf, type ElementType } from './element-type.ts'
import { fuse } from './fuse.ts'
import { type Place, placesOf } from './names.ts'
import { picturesIn } from './pictures.ts'
import { runGraph } from './run.ts'
import { type Item, lastOrder, plainOrder, Sequence, Value } from './value.ts'
import { liftConstants, permuted, type Weight, weightsOf } from './weights.ts'

export interface ImportOptions {
  /**
   * How pictures, signals and volumes go in and out. 'channels-last' is how Convoke lays them out: `[batch, ...spatial, channels]`;
   * 'as-written' leaves every axis where the file has it: `[batch, channels, ...spatial]`. Values that are no pictures are the same
   * either way. Defaults to 'channels-last'.
   */
  readonly layout?: 'channels-last' | 'as-written' | undefined
}

/** An input or an output of a graph. */
export interface Port {
  readonly name: string
  readonly type: ElementType | 'sequence' | 'unknown'
  /** As it goes in or out here; a text or null where any length will do, null where the file says nothing. */
  readonly shape: readonly (number | string | null)[] | null
  /** Whether it is taken for a picture, which lies channels last here and channels first in the file. */
  readonly picture: boolean
}

export interface GraphInfo {
  readonly producer: string
  readonly opsets: Readonly<Record<string, number>>
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  readonly nodes: readonly OnnxNode[]
}

/**
 * Takes one tensor for each input, in their order, or an object of them by name. Gives the output, or an array of them where there are
 * several.
 */
export type GraphForward = (...inputs: readonly (Tensor | Readonly<Record<string, Tensor>>)[]) => Tensor

export interface GraphModule extends Module<GraphForward> {
  readonly graph: GraphInfo
  /** All outputs by name. */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor>
  /** The model with its weights as they are now. */
  toOnnx(): OnnxModel
}

interface Held {
  readonly weight: Weight
  /** The tensor that stands in the module. */
  readonly read: () => Tensor
  readonly assign: (value: Tensor) => void
}

const specOf = ({ tensor, order, groups }: Weight): TensorSpec => ({
  shape: order.map((axis) => tensor.shape[axis]),
  initialize: () => permuted(numbersIn(tensor), tensor.shape, order),
  ...(groups !== undefined && { groups }),
})

/** A module of the tree in the making. */
interface Branch {
  place: Place | null
  readonly children: Map<string, Branch>
}

/** Makes a module of a model that was read by `decodeOnnx`. */
export function graphModule(model: OnnxModel, options: ImportOptions = {}): GraphModule {
  checkOptions('graphModule', options, ['layout'])
  const { layout = 'channels-last' } = options
  check(
    layout === 'channels-last' || layout === 'as-written',
    () => `graphModule: the layout is ${show(layout)}. Use 'channels-last' or 'as-written'.`,
  )
  const graph = liftConstants(model.graph)
  const weights = weightsOf(graph)
  const places = placesOf(graph, weights)
  const pictures = layout === 'channels-last' ? picturesIn(graph) : new Set<string>()
  const tensors = new Map<string, Held>()
  /** What the node that is to run does; modules of nodes only pass it on, so that they can be watched. */
  let pending: (() => unknown) | null = null

  const remember = (own: Place['weights'], read: Readonly<Record<string, Tensor | undefined>>): void => {
    for (const { name, weight } of own) {
      const tensor = (): Tensor => read[name] as Tensor
      tensors.set(weight.tensor.name, { weight, read: tensor, assign: (value) => tensor().assign(value) })
    }
  }
  const specs = (own: Place['weights'], role: Weight['role']): Record<string, TensorSpec> =>
    Object.fromEntries(
      own.filter(({ weight }) => weight.role === role).map(({ name, weight }) => [name, specOf(weight)]),
    )

  const layers = new Map<OnnxNode, AnyModule>()
  const build = (branch: Branch): AnyModule => {
    const { place } = branch
    const own = place?.weights ?? []
    const children = Object.fromEntries([...branch.children].map(([name, child]) => [name, build(child)]))
    const layer = defineModule({
      kind: place?.node.operator ?? 'Group',
      options: place === null ? {} : settingsOf(place.node),
      parameters: specs(own, 'parameter'),
      buffers: specs(own, 'buffer'),
      children,
      forward: ({ tensors: read }) => {
        remember(own, read)
        return (..._inputs: Tensor[]): unknown => {
          check(pending !== null, () =>
            place === null
              ? 'Group: it holds the layers of a part of the network and computes nothing by itself.'
              : `${nameOf(place.node)}: a node of an imported network runs with the whole of it. Call the network, and observe() the node.`,
          )
          const run = pending
          pending = null
          return run()
        }
      },
    })
    if (place !== null) layers.set(place.node, layer)
    return layer
  }

  const root: Branch = { place: null, children: new Map() }
  for (const place of places.nodes) {
    const branch = place.path.split('.').reduce((at, part) => {
      const known = at.children.get(part)
      const next = known ?? { place: null, children: new Map() }
      if (known === undefined) at.children.set(part, next)
      return next
    }, root)
    branch.place = place
  }
  const children = Object.fromEntries([...root.children].map(([name, child]) => [name, build(child)]))

  const weightNames = new Set(graph.initializers.map(({ name }) => name))
  const constants = new Map(
    graph.initializers.filter(({ name }) => !tensors.has(name)).map((tensor) => [tensor.name, tensor]),
  )
  const made = new Map<string, Value>()
  const lookup = (name: string): Item | undefined => {
    const place = tensors.get(name)
    if (place !== undefined) {
      // What is made on the way to it, by an adapter or where nothing is stored, goes at once.
      const tensor = runScope(
        () => place.read().alias(),
        (alias) => [alias],
      )
      return Value.stored(tensor, place.weight.order, 'float32')
    }
    const known = made.get(name)
    if (known !== undefined) return known.alias()
    const constant = constants.get(name)
    if (constant === undefined) return undefined
    const value = constantOf(constant).kept()
    made.set(name, value)
    return value.alias()
  }

  const inputs = graph.inputs.filter(({ name }) => !weightNames.has(name))
  const isPicture = (name: string, rank: number): boolean => rank >= 3 && pictures.has(name)
  const port = ({ name, type }: OnnxValueInfo): Port => {
    if (type?.kind !== 'tensor')
      return { name, type: type?.kind === 'sequence' ? 'sequence' : 'unknown', shape: null, picture: false }
    const { shape } = type
    const picture = isPicture(name, shape?.length ?? 3)
    const shown = shape !== null && picture ? lastOrder(shape.length).map((axis) => shape[axis]) : shape
    return { name, type: type.type as ElementType, shape: shown, picture }
  }
  const info: GraphInfo = Object.freeze({
    producer: model.producer,
    opsets: model.opsets,
    inputs: inputs.map(port),
    outputs: graph.outputs.map(port),
    nodes: graph.nodes,
  })

  const entering = (at: Port, x: Tensor): Value => {
    checkInput(at, x)
    const type =
      at.type === 'unknown' || at.type === 'sequence' || dtypeOf(at.type) !== x.dtype
        ? (x.dtype as ElementType)
        : at.type
    return isPicture(at.name, x.rank) ? Value.last(x, type) : Value.of(x, type)
  }
  const leaving = (name: string, item: Item): Tensor => {
    check(
      item instanceof Value,
      () => `The output ${name} is ${item === null ? 'left out' : 'a sequence'}, not a tensor.`,
    )
    const order = isPicture(name, item.rank) ? lastOrder(item.rank) : plainOrder(item.rank)
    const tensor = item.as(order).alias()
    item.dispose()
    return tensor
  }

  /** Tells those who watch a layer of its call. */
  const watched = (node: OnnxNode, call: Call, run: () => Item[]): Item[] => {
    const layer = layers.get(node) as unknown as ((...seen: unknown[]) => unknown) | undefined
    if (layer === undefined) return run()
    let items: Item[] = []
    pending = () => {
      items = run()
      const seen = items.flatMap(tensorsOf)
      return seen.length === 1 ? seen[0] : seen
    }
    const [first, ...others] = call.inputs.flatMap(tensorsOf)
    layer(first, others)
    return items
  }
  let fusedGraph: OnnxGraph | undefined
  const fused = (): OnnxGraph => {
    fusedGraph ??= fuse(graph, model.opsets[''] ?? 1)
    return fusedGraph
  }
  /** Whether the graph runs node by node as it is written: in training, under gradients, and where layers are watched. */
  const plain = (): boolean =>
    training() || isRecording() || [...layers.values()].some((layer) => layer[inner].observers.size > 0)
  let training = (): boolean => false
  const runAll = (given: ReadonlyMap<string, Tensor>): Tensor[] => {
    const values = new Map<string, Item>()
    for (const at of info.inputs) {
      const x = given.get(at.name)
      check(
        x !== undefined,
        () =>
          `The network's input ${at.name} is not given. It takes ${info.inputs.map(({ name }) => name).join(', ')}.`,
      )
      values.set(at.name, entering(at, x))
    }
    const results = runGraph(plain() ? graph : fused(), values, {
      opsets: model.opsets,
      functions: model.functions,
      training: training(),
      lookup,
      update: (name, value) => tensors.get(name)?.assign(value),
      around: plain() ? watched : undefined,
    })
    return results.map((item, i) => leaving(info.outputs[i].name, item))
  }

  const byName = (names: Readonly<Record<string, Tensor>>): Map<string, Tensor> => {
    for (const name of Object.keys(names)) {
      check(
        info.inputs.some((at) => at.name === name),
        () => `The network has no input ${show(name)}. It takes ${info.inputs.map((at) => at.name).join(', ')}.`,
      )
    }
    return new Map(Object.entries(names))
  }

  const module = defineModule({
    kind: 'Graph',
    options: { producer: model.producer },
    parameters: specs(places.shared, 'parameter'),
    buffers: specs(places.shared, 'buffer'),
    children,
    forward: ({ tensors: read, mode }) => {
      remember(places.shared, read)
      training = () => mode.training
      return (...given: readonly unknown[]): Tensor => {
        const named =
          given.length === 1 && given[0] !== null && typeof given[0] === 'object' && !(given[0] instanceof Tensor)
        if (!named) {
          check(
            given.length === info.inputs.length,
            () =>
              `The network takes ${counted(info.inputs.length, 'input')} (${info.inputs.map(({ name }) => name).join(', ')}); ${given.length} were given.`,
          )
        }
        const of = named
          ? byName(given[0] as Readonly<Record<string, Tensor>>)
          : new Map(info.inputs.map(({ name }, i) => [name, given[i] as Tensor]))
        const results = runAll(of)
        return results.length === 1 ? results[0] : (results as unknown as Tensor)
      }
    },
  })
  return Object.assign(module as unknown as GraphModule, {
    graph: info,
    run: (named: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
      const results = runAll(byName(named))
      return Object.fromEntries(results.map((tensor, i) => [info.outputs[i].name, tensor]))
    },
    toOnnx: (): OnnxModel => ({
      ...model,
      graph: { ...graph, initializers: graph.initializers.map((tensor) => written(tensor, tensors)) },
    }),
  })
}

const tensorsOf = (item: Item): Tensor[] =>
  item instanceof Value ? [item.tensor] : item instanceof Sequence ? item.items.map(({ tensor }) => tensor) : []

/** A tensor of the file with the numbers that it has now. */
function written(tensor: OnnxTensor, tensors: ReadonlyMap<string, Held>): OnnxTensor {
  const place = tensors.get(tensor.name)
  if (place === undefined) return tensor
  const { order } = place.weight
  const now = place.read()
  const back = order.map((_, axis) => order.indexOf(axis))
  const values = permuted(now.dataSync(), now.shape, back)
  return {
    name: tensor.name,
    type: tensor.type === 'float64' ? 'float64' : 'float32',
    shape: tensor.shape,
    values: tensor.type === 'float64' ? Float64Array.from(values) : values,
  }
}

/** What tells layers of a kind apart. */
function settingsOf({ attributes }: OnnxNode): Record<string, unknown> {
  const entries = Object.entries(attributes).flatMap(([name, { type, value }]): [string, unknown][] =>
    type === 'int' || type === 'float' || type === 'string' || type === 'ints' || type === 'floats'
      ? [[name, value]]
      : [],
  )
  return Object.fromEntries(entries)
}

/** Fixed lengths must be met, but for the batch; names and open lengths are free. */
function checkInput(at: Port, x: unknown): asserts x is Tensor {
  check(x instanceof Tensor, () => `The network's input ${at.name} is ${show(x)}; it must be a tensor.`)
  const { shape } = at
  if (shape === null) return
  const fits =
    shape.length === x.rank &&
    shape.every((size, i) => typeof size !== 'number' || size <= 0 || size === x.shape[i] || i === 0)
  check(fits, () => {
    const wanted = shape.map((size) => (typeof size === 'number' ? String(size) : (size ?? 'any'))).join(', ')
    const where = at.picture ? ', channels last' : ''
    return `The network's input ${at.name} has shape ${showShape(x.shape)}; it must be [${wanted}]${where}.`
  })
}
