// The nodes of a graph as a tree of modules, which own its weights and can be watched.

import type { OnnxGraph, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts'
import { type AnyModule, defineModule, type TensorSpec } from '../nn/module.ts'
import { inner } from '../nn/slots.ts'
import { moduleAt } from '../nn/tree.ts'
import { check } from '../shapes/error.ts'
import { runScope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { type Call, nameOf } from './call.ts'
import { constantOf, numbersIn } from './constant.ts'
import type { ElementType } from './element-type.ts'
import { type Place, placesOf } from './names.ts'
import { type Item, itemTensors, type Order, Value } from './value.ts'
import { permuted, type Weight, weightsOf } from './weights.ts'

type Own = Place['weights']

/** A weight where it stands. */
interface Held {
  readonly weight: Weight
  readonly read: () => Tensor
}

/** The numbers of a weight as it is kept. Whoever asks takes them over at once: the next weight may be written to the same memory. */
function numbersOf(tensor: OnnxTensor, order: Order): Float32Array {
  const numbers = numbersIn(tensor)
  if (numbers instanceof Float32Array && order.every((axis, i) => axis === i)) return numbers
  return permuted(numbers, tensor.shape, order, room(numbers.length))
}

/** Elements up to which one memory serves all weights. */
const mostRoom = 2 ** 24
let lastRoom: WeakRef<Float32Array> | undefined

/** Memory for the numbers of one weight after the other. */
function room(length: number): Float32Array {
  const known = lastRoom?.deref()
  if (known !== undefined && known.length >= length) return known.subarray(0, length)
  const made = new Float32Array(length)
  if (length <= mostRoom) lastRoom = new WeakRef(made)
  return made
}

const specOf = ({ tensor, order, groups }: Weight): TensorSpec => ({
  shape: order.map((axis) => tensor.shape[axis]),
  initialize: () => numbersOf(tensor, order),
  ...(groups !== undefined && { groups }),
})

/** The tensors that a module of a role owns, for `defineModule`. */
export const specsOf = (own: Own, role: Weight['role']): Record<string, TensorSpec> =>
  Object.fromEntries(own.filter(({ weight }) => weight.role === role).map(({ name, weight }) => [name, specOf(weight)]))

/** A module of the tree in the making. */
interface Branch {
  place: Place | null
  readonly children: Map<string, Branch>
}

function treeOf(places: readonly Place[]): Branch {
  const root: Branch = { place: null, children: new Map() }
  for (const place of places) {
    const branch = place.path.split('.').reduce((at, part) => {
      const known = at.children.get(part)
      const next = known ?? { place: null, children: new Map() }
      if (known === undefined) at.children.set(part, next)
      return next
    }, root)
    branch.place = place
  }
  return root
}

/** The module of a node, and where it stands. */
interface Layer {
  readonly own: AnyModule
  readonly path: string
}

export class Layers {
  readonly children: Readonly<Record<string, AnyModule>>
  /** Weights that several nodes read: the network's own. */
  readonly shared: Own
  readonly #held = new Map<string, Held>()
  readonly #constants: ReadonlyMap<string, OnnxTensor>
  readonly #made = new Map<string, Value>()
  readonly #byNode = new Map<OnnxNode, Layer>()
  #root: AnyModule | null = null
  /** What the node that is to run does; its module only passes it on. */
  #pending: (() => unknown) | null = null

  constructor(graph: OnnxGraph) {
    const weights = weightsOf(graph)
    const places = placesOf(graph, weights)
    this.shared = places.shared
    this.children = this.#modulesOf(treeOf(places.nodes))
    for (const { node, path } of places.nodes) this.#byNode.set(node, { own: this.#byPath(path), path })
    const names = new Set(weights.map(({ tensor }) => tensor.name))
    this.#constants = new Map(
      graph.initializers.flatMap((tensor) => (names.has(tensor.name) ? [] : [[tensor.name, tensor]])),
    )
  }

  #modulesOf({ children }: Branch): Record<string, AnyModule> {
    return Object.fromEntries([...children].map(([name, child]) => [name, this.#module(child)]))
  }

  #module(branch: Branch): AnyModule {
    const { place } = branch
    const own = place?.weights ?? []
    const layer = defineModule({
      kind: place?.node.operator ?? 'Group',
      options: place === null ? {} : settingsOf(place.node),
      parameters: specsOf(own, 'parameter'),
      buffers: specsOf(own, 'buffer'),
      children: this.#modulesOf(branch),
      forward: ({ tensors }) => {
        this.remember(own, tensors)
        return (..._inputs: Tensor[]): unknown => {
          const run = this.#pending
          check(run !== null, () =>
            place === null
              ? 'Group: it holds the layers of a part of the network and computes nothing by itself.'
              : `${nameOf(place.node)}: a node of an imported network runs with the whole of it. Call the network, and observe() the node.`,
          )
          this.#pending = null
          return run()
        }
      },
    })
    return layer
  }

  /** Where the tensors of weights are to be had. */
  remember(own: Own, tensors: Readonly<Record<string, Tensor | undefined>>): void {
    for (const { name, weight } of own) {
      this.#held.set(weight.tensor.name, { weight, read: () => tensors[name] as Tensor })
    }
  }

  /** A value for a weight or a constant, whose handles are the caller's; undefined for another name. */
  lookup(name: string): Item | undefined {
    const held = this.#held.get(name)
    if (held !== undefined) {
      // What is made on the way to it, by an adapter or where nothing is stored, goes at once.
      const tensor = runScope(
        () => held.read().alias(),
        (alias) => [alias],
      )
      return Value.stored(tensor, held.weight.order, held.weight.tensor.type as ElementType)
    }
    const known = this.#made.get(name)
    if (known !== undefined) return known.alias()
    const constant = this.#constants.get(name)
    if (constant === undefined) return undefined
    const value = constantOf(constant).kept()
    this.#made.set(name, value)
    return value.alias()
  }

  /** Makes `value` that of a weight. */
  update(name: string, value: Tensor): void {
    this.#held.get(name)?.read().assign(value)
  }

  /** The module whose children these are: there a layer may be replaced. */
  set root(module: AnyModule) {
    this.#root = module
  }

  /** Whether somebody watches a layer, or one was replaced. */
  get watched(): boolean {
    for (const { own, path } of this.#byNode.values()) {
      if (own[inner].observers.size > 0 || this.#present(path) !== own) return true
    }
    return false
  }

  #byPath(path: string): AnyModule {
    const [first, ...others] = path.split('.')
    return others.reduce((module, name) => module.children[name], this.children[first])
  }

  #present = (path: string): AnyModule => (this.#root === null ? this.#byPath(path) : moduleAt(this.#root, path))

  /**
   * Runs a node as a call of its module, so that those who watch hear of it. A module in its place may call it, and gives what goes on from
   * there: one tensor, stored as that of the node.
   */
  call(node: OnnxNode, call: Call, run: () => Item[]): Item[] {
    const layer = this.#byNode.get(node)
    if (layer === undefined) return run()
    let items: Item[] = []
    this.#pending = () => {
      items = run()
      const seen = items.flatMap(itemTensors)
      return seen.length === 1 ? seen[0] : seen
    }
    const [first, ...others] = call.inputs.flatMap(itemTensors)
    const present = this.#present(layer.path)
    const given = (present as unknown as (...seen: unknown[]) => unknown)(first, others)
    this.#pending = null
    const [item] = items
    if (present === layer.own || given === undefined) return items
    check(
      items.length === 1 && item instanceof Value && given instanceof Tensor && given.rank === item.rank,
      () =>
        `${nameOf(node)}: what was put in its place must call it, and give one tensor with as many axes as its result.`,
    )
    return item.owns(given) ? items : [Value.stored(given, item.order, item.type)]
  }

  /** A tensor of the file with the numbers that it has now. */
  written(tensor: OnnxTensor): OnnxTensor {
    const held = this.#held.get(tensor.name)
    if (held === undefined) return tensor
    const { order } = held.weight
    const now = held.read()
    const back = order.map((_, axis) => order.indexOf(axis))
    const values = permuted(now.dataSync(), now.shape, back)
    const { name, type, shape } = tensor
    return { name, type, shape, values: type === 'float64' ? Float64Array.from(values) : values }
  }
}

/** What tells layers of a kind apart. */
function settingsOf({ attributes }: OnnxNode): Record<string, unknown> {
  const plain = ['int', 'float', 'string', 'ints', 'floats']
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { type, value }]) => (plain.includes(type) ? [[name, value]] : [])),
  )
}
