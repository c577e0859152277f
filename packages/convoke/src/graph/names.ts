// Where the nodes of a graph stand in the tree of modules, and what their weights are called there.

import type { OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'
import type { Weight } from './weights.ts'

/** The names of a tensor in its layer, where the file has none, by operator and input. */
const roles: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ['', 'weight', 'bias', 'running_mean', 'running_var'],
  LSTM: ['', 'weight', 'recurrence', 'bias', '', '', '', 'peephole'],
  GRU: ['', 'weight', 'recurrence', 'bias'],
  RNN: ['', 'weight', 'recurrence', 'bias'],
}
const usual = ['weight', 'weight', 'bias', 'scale', 'shift']

/** A part of a path: letters, digits, `_` and `-`. */
const plainPart = /^[\w-]+$/

/** `layer1.0.conv1.weight` as PyTorch writes it, in its two halves; null for a name that is no such path. */
function pathOf(name: string): { readonly path: string; readonly tensor: string } | null {
  const parts = name.split('.')
  if (parts.length < 2 || !parts.every((part) => plainPart.test(part))) return null
  return { path: parts.slice(0, -1).join('.'), tensor: parts[parts.length - 1] }
}

/** The parts of `/layer1/layer1.0/conv1/Conv`, as PyTorch names nodes: every part may begin with the one before it. */
function partsOf({ name }: OnnxNode): readonly string[] | null {
  if (!name.startsWith('/') || name.includes(':')) return null
  const parts = name.split('/').filter((part) => part !== '')
  return parts.filter((part, i) => i === parts.length - 1 || !parts[i + 1].startsWith(`${part}.`))
}

const cleaned = (path: string): string => path.replaceAll(/[^\w.-]+/g, '_')

/** Where nodes stand by their own names: in their layer's place where they are all that the layer does. */
function pathsByName(nodes: readonly OnnxNode[]): string[] {
  const parts = nodes.map(partsOf)
  const layers = parts.map((path) => (path === null ? '' : cleaned(path.slice(0, -1).join('.'))))
  const users = new Map<string, number>()
  for (const layer of layers) {
    const steps = layer.split('.')
    steps.forEach((_, i) => {
      const prefix = steps.slice(0, i + 1).join('.')
      users.set(prefix, (users.get(prefix) ?? 0) + 1)
    })
  }
  return nodes.map(({ name, operator }, i) => {
    const path = parts[i]
    if (path === null) {
      return (name === '' ? operator : name).replaceAll(/[^\w-]+/g, '_').replaceAll(/^_+|_+$/g, '') || operator
    }
    const layer = layers[i]
    return layer !== '' && users.get(layer) === 1 ? layer : cleaned(path.join('.'))
  })
}

export interface Place {
  readonly node: OnnxNode
  readonly path: string
  /** By the names that they have in the module. */
  readonly weights: readonly { readonly name: string; readonly weight: Weight }[]
}

export interface Places {
  readonly nodes: readonly Place[]
  /** Weights that several nodes read. */
  readonly shared: readonly { readonly name: string; readonly weight: Weight }[]
}

/** A name that nobody has yet: with a number behind it where it is taken. */
function free(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name
  for (let i = 1; ; i++) if (!taken(`${name}_${i}`)) return `${name}_${i}`
}

export function placesOf(graph: OnnxGraph, weights: readonly Weight[]): Places {
  const byNode = new Map<OnnxNode, Weight[]>()
  for (const weight of weights) {
    if (weight.reader === null) continue
    const { node } = weight.reader
    byNode.set(node, [...(byNode.get(node) ?? []), weight])
  }
  const taken = new Set<string>()
  // Paths that weights bring along come first: they are what people know.
  const written = new Map<OnnxNode, string>()
  for (const node of graph.nodes) {
    const [first] = (byNode.get(node) ?? []).flatMap((weight) => pathOf(weight.tensor.name) ?? [])
    if (first === undefined || taken.has(first.path)) continue
    taken.add(first.path)
    written.set(node, first.path)
  }
  const byName = pathsByName(graph.nodes)
  const nodes = graph.nodes.map((node, i): Place => {
    const path = written.get(node) ?? free(byName[i], (name) => taken.has(name))
    taken.add(path)
    const names = new Set<string>()
    const own = (byNode.get(node) ?? []).map((weight) => {
      const found = pathOf(weight.tensor.name)
      const input = weight.reader?.input ?? 0
      const role = roles[node.operator]?.[input] || usual[input] || `input${input}`
      const name = free(found?.path === path ? found.tensor : role, (one) => names.has(one))
      names.add(name)
      return { name, weight }
    })
    return { node, path, weights: own }
  })
  const names = new Set<string>([...taken].map((path) => path.split('.')[0]))
  const shared = weights
    .filter(({ reader }) => reader === null)
    .map((weight) => {
      const name = free(weight.tensor.name.replaceAll(/[^\w-]+/g, '_') || 'weight', (one) => names.has(one))
      names.add(name)
      return { name, weight }
    })
  return { nodes, shared }
}
