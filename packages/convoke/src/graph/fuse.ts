// Convolutions with what follows them in one pass over memory: the sum with another path, the activation. For prediction; gradients and
// those who watch layers see the graph as it is written.

import type { OnnxAttribute, OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'
import { graphsIn } from './bodies.ts'
import { fusedConvolution } from './operators/convolution.ts'

type Attributes = Readonly<Record<string, OnnxAttribute>>

const text = (value: string): OnnxAttribute => ({ type: 'string', value })
const float = (value: number): OnnxAttribute => ({ type: 'float', value })
const numberOf = (node: OnnxNode, name: string, otherwise: number): number => {
  const attribute = node.attributes[name]
  return attribute?.type === 'float' ? attribute.value : otherwise
}

const plainKinds: Readonly<Record<string, string>> = {
  ...{ Relu: 'relu', Sigmoid: 'sigmoid', Tanh: 'tanh', HardSwish: 'hardSwish', Softplus: 'softplus', Mish: 'mish' },
}

class Fusing {
  readonly graph: OnnxGraph
  /** Who makes a value, and who reads it. */
  readonly #readers = new Map<string, OnnxNode[]>()
  readonly #constants: ReadonlyMap<string, number>
  readonly #outputs: ReadonlySet<string>
  readonly #order: ReadonlyMap<OnnxNode, number>
  readonly #version: number

  constructor(graph: OnnxGraph, version: number) {
    this.graph = graph
    this.#version = version
    this.#outputs = new Set(graph.outputs.map(({ name }) => name))
    this.#order = new Map(graph.nodes.map((node, index) => [node, index]))
    this.#constants = constantNumbers(graph)
    for (const node of graph.nodes) {
      for (const name of [...node.inputs, ...namesInside(node)]) {
        const readers = this.#readers.get(name)
        if (readers === undefined) this.#readers.set(name, [node])
        else readers.push(node)
      }
    }
  }

  /** Those who read what a node makes, where that is all there is to it. */
  readersOf({ outputs }: OnnxNode): readonly OnnxNode[] {
    return this.#outputs.has(outputs[0]) ? [] : (this.#readers.get(outputs[0]) ?? [])
  }

  /** The only reader of what a node makes. */
  next(node: OnnxNode): OnnxNode | undefined {
    const readers = this.readersOf(node)
    return readers.length === 1 && readers[0].domain === '' ? readers[0] : undefined
  }

  before(a: OnnxNode, b: OnnxNode): boolean {
    return (this.#order.get(a) ?? 0) < (this.#order.get(b) ?? 0)
  }

  /** An activation that an epilogue can have, as attributes. */
  activationOf(node: OnnxNode): Attributes | null {
    const { operator } = node
    if (Object.hasOwn(plainKinds, operator)) return { activation: text(plainKinds[operator]) }
    if (operator === 'LeakyRelu') return { activation: text('leakyRelu'), alpha: float(numberOf(node, 'alpha', 0.01)) }
    if (operator === 'HardSigmoid') {
      const [alpha, beta] = [numberOf(node, 'alpha', 0.2), numberOf(node, 'beta', 0.5)]
      return { activation: text('hardSigmoid'), alpha: float(alpha), beta: float(beta) }
    }
    if (operator !== 'Clip') return null
    const bound = (input: number, name: string): number | undefined =>
      this.#version >= 11 ? this.#constants.get(node.inputs[input] ?? '') : numberOf(node, name, Number.NaN)
    const [low, high] = [bound(1, 'min'), bound(2, 'max')]
    if (low === undefined || high === undefined || !(low <= high)) return null
    return { activation: text('clip'), low: float(low), high: float(high) }
  }

  /** x · sigmoid(x), as PyTorch writes SiLU: the node that multiplies, and the one in between. */
  silu(node: OnnxNode): readonly OnnxNode[] | null {
    const readers = this.readersOf(node)
    const gate = readers.find(({ operator, domain }) => operator === 'Sigmoid' && domain === '')
    const last = readers.find(({ operator, domain }) => operator === 'Mul' && domain === '')
    if (readers.length !== 2 || gate === undefined || last === undefined || this.next(gate) !== last) return null
    const [a, b] = last.inputs
    return [a, b].includes(node.outputs[0]) && [a, b].includes(gate.outputs[0]) ? [gate, last] : null
  }
}

/** Constants of one element that the graph holds as such. */
function constantNumbers(graph: OnnxGraph): Map<string, number> {
  const found = new Map<string, number>()
  const add = (name: string, values: ArrayLike<unknown>): void => {
    if (values.length === 1 && typeof values[0] === 'number') found.set(name, values[0])
  }
  for (const tensor of graph.initializers) if (tensor.shape.every((size) => size === 1)) add(tensor.name, tensor.values)
  for (const { operator, outputs, attributes } of graph.nodes) {
    if (operator !== 'Constant') continue
    const { value, value_float } = attributes
    if (value?.type === 'tensor' && value.value.shape.every((size) => size === 1)) add(outputs[0], value.value.values)
    if (value_float?.type === 'float') found.set(outputs[0], value_float.value)
  }
  return found
}

/** Names that graphs inside a node read. */
const namesInside = (node: OnnxNode): string[] =>
  graphsIn(node).flatMap((graph) => [
    ...graph.outputs.map(({ name }) => name),
    ...graph.nodes.flatMap((inner) => [...inner.inputs, ...namesInside(inner)]),
  ])

/** The same graph with convolutions joined with what follows them. `version` is that of ONNX's own operators. */
export function fuse(graph: OnnxGraph, version: number): OnnxGraph {
  const fusing = new Fusing(graph, version)
  const gone = new Set<OnnxNode>()
  /** By the last node of each chain. */
  const made = new Map<OnnxNode, OnnxNode>()
  for (const node of graph.nodes) {
    if (node.domain !== '' || gone.has(node)) continue
    const chain = node.operator === 'Conv' ? afterConv(fusing, node, made) : null
    if (chain === null) continue
    const last = chain.nodes[chain.nodes.length - 1]
    for (const one of [node, ...chain.nodes]) gone.add(one)
    made.set(last, {
      ...{ name: node.name, operator: fusedConvolution, domain: '', outputs: last.outputs },
      inputs: [node.inputs[0], node.inputs[1], node.inputs[2] ?? '', chain.residual],
      attributes: { ...node.attributes, ...chain.activation },
    })
  }
  const nodes = graph.nodes.flatMap((node) => made.get(node) ?? (gone.has(node) ? [] : [node]))
  return made.size === 0 ? graph : { ...graph, nodes }
}

interface Chain {
  readonly nodes: readonly OnnxNode[]
  readonly residual: string
  readonly activation: Attributes
}

function afterConv(fusing: Fusing, node: OnnxNode, made: ReadonlyMap<OnnxNode, OnnxNode>): Chain | null {
  const sum = fusing.next(node)
  // Of two convolutions that are added, the later one takes the sum: the other is there by then.
  const adds = sum !== undefined && sum.operator === 'Add' && !made.has(sum) && isLast(fusing, node, sum)
  const residual = adds ? (sum.inputs.find((name) => name !== node.outputs[0]) ?? '') : ''
  const start = adds && residual !== '' ? sum : node
  const before = start === node ? [] : [start]
  const gated = fusing.silu(start)
  if (gated !== null) return { nodes: [...before, ...gated], residual, activation: { activation: text('silu') } }
  const after = fusing.next(start)
  const activation = after === undefined ? null : fusing.activationOf(after)
  if (after !== undefined && activation !== null && after.inputs[0] === start.outputs[0]) {
    return { nodes: [...before, after], residual, activation }
  }
  return before.length === 0 ? null : { nodes: before, residual, activation: {} }
}

/** Whether no other convolution that feeds the sum alone comes after this one. */
const isLast = (fusing: Fusing, node: OnnxNode, sum: OnnxNode): boolean =>
  fusing.graph.nodes.every(
    (other) =>
      other === node ||
      other.operator !== 'Conv' ||
      !sum.inputs.includes(other.outputs[0]) ||
      fusing.next(other) !== sum ||
      fusing.before(other, node),
  )
