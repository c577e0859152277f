// Running a graph: node after node, each value freed after its last use.

import { withBackend } from '../backends/current.ts'
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'
import { ConvokeError, check } from '../shapes/error.ts'
import { fromData } from '../tensor/create.ts'
import { runScope } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { deepest, graphsIn } from './bodies.ts'
import { Call, nameOf, type Operator, type Result } from './call.ts'
import { constantOf } from './constant.ts'
import { dtypeOf } from './element-type.ts'
import { functionFor, operatorFor, unknownOperator } from './registry.ts'
import { hostBackend, type Item, itemTensors, itemValues, Sequence, Value } from './value.ts'

/** Results of the host of so many elements go to the device. */
const mostOnHost = 4096

interface Body {
  readonly nodes: readonly OnnxNode[]
  readonly outputs: readonly string[]
  /** For each node, the names that nobody reads afterwards. */
  readonly last: readonly (readonly string[])[]
}

/** What a run sees beside the values it computes. */
export interface Surroundings {
  readonly opsets: Readonly<Record<string, number>>
  readonly functions: readonly OnnxFunction[]
  readonly training: boolean
  /** A value for a name that no node makes: a weight, a constant. Its handles are the run's to dispose. */
  readonly lookup: (name: string) => Item | undefined
  /** Makes `tensor` the value of a name that holds a running statistic. */
  readonly update?: ((name: string, tensor: Tensor) => void) | undefined
  /** Runs in place of an operator: to tell those who watch. */
  readonly around?: ((node: OnnxNode, call: Call, run: () => Item[]) => Item[]) | undefined
}

const bodies = new WeakMap<object, Body>()

/** Every name that a node reads, those that its graphs read from outside included. */
function namesRead(node: OnnxNode, depth: number): string[] {
  check(depth < deepest, () => `${nameOf(node)}: graphs are nested more than ${deepest} deep.`)
  return [...node.inputs, ...graphsIn(node).flatMap((graph) => namesFromOutside(graph, depth + 1))].filter(
    (name) => name !== '',
  )
}

function namesFromOutside(graph: OnnxGraph, depth: number): string[] {
  const inside = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name))
  for (const { outputs } of graph.nodes) for (const name of outputs) inside.add(name)
  const read = graph.nodes.flatMap((node) => namesRead(node, depth))
  return [...read, ...graph.outputs.map(({ name }) => name)].filter((name) => !inside.has(name))
}

function bodyOf(of: { readonly nodes: readonly OnnxNode[] }, outputs: readonly string[]): Body {
  const known = bodies.get(of)
  if (known !== undefined) return known
  const final = new Map<string, number>()
  of.nodes.forEach((node, index) => {
    for (const name of namesRead(node, 0)) final.set(name, index)
    for (const name of node.outputs) if (!final.has(name)) final.set(name, index)
  })
  const last = of.nodes.map((): string[] => [])
  for (const [name, index] of final) if (!outputs.includes(name)) last[index].push(name)
  const body = { nodes: of.nodes, outputs, last }
  bodies.set(of, body)
  return body
}

/** Runs `graph` on its inputs, in their order. The results are the caller's to dispose. */
export const runGraph = (graph: OnnxGraph, inputs: ReadonlyMap<string, Item>, around: Surroundings): Item[] =>
  runBody(
    bodyOf(
      graph,
      graph.outputs.map(({ name }) => name),
    ),
    inputs,
    around,
    0,
  )

function runBody(body: Body, inputs: ReadonlyMap<string, Item>, around: Surroundings, depth: number): Item[] {
  check(depth < deepest, () => `The model's graphs and functions are nested more than ${deepest} deep.`)
  const values = new Map<string, Item>()
  const find = (name: string): Item | undefined => {
    const known = values.get(name)
    if (known !== undefined) return known
    const given = inputs.get(name)
    // Handles of its own, so that they may be freed when the last node has read them.
    const own = given === undefined ? around.lookup(name) : aliasOf(given)
    // A graph inside a node may be the first to ask, and its scope ends before this one.
    for (const value of itemValues(own)) value.kept()
    if (own !== undefined) values.set(name, own)
    return own
  }
  const read = (name: string, node: OnnxNode): Item => {
    if (name === '') return null
    const found = find(name)
    if (found !== undefined) return found
    throw new ConvokeError(
      `${nameOf(node)}: nothing before it makes its input ${name}. The nodes of a graph must be in an order in which they can run, without a cycle.`,
    )
  }
  return runScope(
    () => {
      try {
        body.nodes.forEach((node, index) => {
          const given = node.inputs.map((name) => read(name, node))
          const made = runNode(node, given, around, find, depth)
          node.outputs.forEach((name, i) => {
            if (name !== '') values.set(name, made[i] ?? null)
          })
          for (const name of body.last[index]) {
            disposeItem(values.get(name))
            values.delete(name)
          }
        })
        return body.outputs.map((name) => {
          const found = find(name)
          check(found !== undefined, () => `The graph's output ${name} is not the output of any node.`)
          return aliasOf(found)
        })
      } finally {
        for (const item of values.values()) disposeItem(item)
      }
    },
    (items) => items.flatMap(itemTensors),
  )
}

const disposeItem = (item: Item | undefined): void => {
  for (const value of itemValues(item)) value.dispose()
}
const aliasOf = (item: Item): Item =>
  item instanceof Value
    ? item.alias()
    : item instanceof Sequence
      ? new Sequence(item.items.map((value) => value.alias()))
      : null

function runNode(
  node: OnnxNode,
  given: readonly Item[],
  around: Surroundings,
  find: (name: string) => Item | undefined,
  depth: number,
): Item[] {
  const operator = operatorFor(node)
  if (operator === undefined) {
    const body = functionFor(node, around.functions)
    if (body === undefined) throw unknownOperator(node)
    return runFunction(node, body, given, around, depth)
  }
  const runInside = (graph: OnnxGraph, inputs: readonly Item[]): Item[] => {
    const bound = new Map(graph.inputs.map(({ name }, i): [string, Item] => [name, inputs[i] ?? null]))
    const own = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
    const lookup = (name: string): Item | undefined => {
      const tensor = own.get(name)
      if (tensor !== undefined) return constantOf(tensor)
      const outer = find(name)
      return outer === undefined ? undefined : aliasOf(outer)
    }
    const names = graph.outputs.map(({ name }) => name)
    return runBody(bodyOf(graph, names), bound, { ...around, lookup }, depth + 1)
  }
  const update = (index: number, tensor: Tensor): void => around.update?.(node.inputs[index], tensor)
  const version = around.opsets[node.domain] ?? 1
  const call = new Call(node, version, given, around.training, runInside, update)
  const run = (): Item[] =>
    runScope(
      () =>
        owned(
          explained(node, () => results(operator, call)),
          given,
        ),
      (items) => items.flatMap(itemTensors),
    )
  return around.around === undefined ? run() : around.around(node, call, run)
}

function results(operator: Operator, call: Call): Item[] {
  const values = call.inputs.flatMap(itemValues)
  // What graphs inside compute is decided node by node.
  const inside = graphsIn(call.node).length > 0
  if (inside || values.length === 0 || !values.every(({ onHost }) => onHost)) return listOf(operator(call))
  return withBackend(hostBackend(), () => listOf(operator(call))).map((item) =>
    item instanceof Value && item.size > mostOnHost ? toDevice(item) : item,
  )
}

/** Refusals that name the node. What else goes wrong in an operator comes of inputs or attributes that it was not made for. */
function explained<T>(node: OnnxNode, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const where = nameOf(node)
    if (error instanceof ConvokeError) {
      throw error.message.startsWith(where) ? error : new ConvokeError(`${where}: ${error.message}`, { cause: error })
    }
    if (error instanceof RangeError && /allocation|array|length|size/i.test(error.message)) {
      throw new ConvokeError(`${where}: its result does not fit into memory (${error.message}).`, { cause: error })
    }
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new ConvokeError(`${where}: its inputs or attributes are not what the operator takes (${error.message}).`, {
        cause: error,
      })
    }
    throw error
  }
}

const listOf = (result: Result): Item[] => (Array.isArray(result) ? [...(result as readonly Item[])] : [result as Item])

const toDevice = (value: Value): Value =>
  value.onHost ? Value.of(fromData(value.numbers(), value.shape, dtypeOf(value.type)), value.type) : value

/** Results with handles of their own: an operator may give back what it was given. */
function owned(items: readonly Item[], given: readonly Item[]): Item[] {
  const taken = given.flatMap(itemValues)
  const own = (value: Value): Value => {
    const shared = taken.some((other) => other === value || other.owns(value.tensor))
    if (shared) return value.alias()
    taken.push(value)
    return value
  }
  return items.map((item) =>
    item instanceof Value ? own(item) : item instanceof Sequence ? new Sequence(item.items.map(own)) : null,
  )
}

/** A node whose operator the model itself defines. */
function runFunction(
  node: OnnxNode,
  body: OnnxFunction,
  given: readonly Item[],
  around: Surroundings,
  depth: number,
): Item[] {
  const inputs = new Map(body.inputs.map((name, i): [string, Item] => [name, given[i] ?? null]))
  const attributes = { ...body.defaults, ...node.attributes }
  const nodes = { nodes: body.nodes.map((inner) => withAttributes(inner, attributes)) }
  return runBody(
    bodyOf(nodes, body.outputs),
    inputs,
    { ...around, opsets: { ...around.opsets, ...body.opsets }, lookup: () => undefined },
    depth + 1,
  )
}

/** References to attributes of the function, replaced by what the node says. */
function withAttributes(node: OnnxNode, given: Readonly<Record<string, OnnxAttribute>>): OnnxNode {
  const entries = Object.entries(node.attributes).flatMap(([name, attribute]): [string, OnnxAttribute][] => {
    if (attribute.type !== 'reference') return [[name, attribute]]
    return Object.hasOwn(given, attribute.value) ? [[name, given[attribute.value]]] : []
  })
  return { ...node, attributes: Object.fromEntries(entries) }
}
