// A graph model of TensorFlow.js as an ONNX model.

import type { OnnxModel, OnnxNode, OnnxType, OnnxValueInfo } from '../../formats/onnx/model.ts'
import type {
  TfjsGraph,
  TfjsNode,
  TfjsOutput,
  TfjsShape,
  TfjsSignatureEntry,
  TfjsTensor,
} from '../../formats/tfjs/index.ts'
import { check } from '../../shapes/error.ts'
import { Builder, type Held, opsets, plainly, tfDomain } from './builder.ts'
import { plainType } from './context.ts'
import { Lowering } from './lower.ts'

interface Source {
  readonly graph: TfjsGraph
  readonly weights: readonly TfjsTensor[]
  readonly producer: string
}

/** An input or output, named as TensorFlow.js names it: by the signature, or by its node. */
interface Port {
  readonly name: string
  readonly value: TfjsOutput
  readonly type: OnnxType
  readonly shape: TfjsShape
}

const shapeIn = ({ attributes }: TfjsNode): TfjsShape => {
  const shape = Object.hasOwn(attributes, 'shape') ? attributes['shape'] : undefined
  return shape?.type === 'shape' ? shape.value : null
}

function typeIn({ attributes, name }: TfjsNode): OnnxType {
  const type = Object.hasOwn(attributes, 'dtype') ? attributes['dtype'] : undefined
  const found = type?.type === 'dataType' ? plainType(type.value) : 'float32'
  check(found !== null, () => `tfjs: the input ${name} is of type ${type?.value}, which is not supported.`)
  return found
}

function inputsOf({ nodes, signature }: TfjsGraph): Port[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const named = signature.inputs.flatMap(({ key, value, shape }: TfjsSignatureEntry): Port[] => {
    const node = value === null ? undefined : byName.get(value.node)
    if (value === null || node === undefined) return []
    return [{ name: key, value, type: typeIn(node), shape: shape ?? shapeIn(node) }]
  })
  const known = new Set(named.map(({ value }) => value.node))
  const others = nodes
    .filter(({ operator, name }) => operator === 'Placeholder' && !known.has(name))
    .map(
      (node): Port => ({
        ...{ name: node.name, value: { node: node.name, output: null, index: 0 } },
        ...{ type: typeIn(node), shape: shapeIn(node) },
      }),
    )
  return [...named, ...others]
}

function outputsOf({ nodes, signature }: TfjsGraph): { readonly name: string; readonly value: TfjsOutput }[] {
  const known = new Set(nodes.map(({ name }) => name))
  const named = signature.outputs.flatMap(({ key, value }) =>
    value !== null && known.has(value.node) ? [{ name: key, value }] : [],
  )
  if (named.length > 0) return named
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map(({ node }) => node)))
  const silent = ['NoOp', 'Const', 'Placeholder', 'Assert']
  return nodes
    .filter(({ name, operator }) => !read.has(name) && !silent.includes(operator))
    .map(({ name }) => ({ name, value: { node: name, output: null, index: 0 } }))
}

/** Only what the outputs need is taken over. */
export function onnxOfGraph({ graph, weights, producer }: Source): OnnxModel {
  const b = new Builder()
  const inputs = inputsOf(graph)
  const outputs = outputsOf(graph)
  check(outputs.length > 0, () => 'tfjs: the graph has no outputs. The file is damaged.')
  const given = new Map<string, Held>()
  const entries = inputs.map(({ name, value, type, shape }): OnnxValueInfo => {
    const own = b.fresh(name)
    const scalar = shape?.length === 0 && graph.signature.inputs.length === 0
    b.trace.input(own, scalar ? null : shape, type as 'float32')
    given.set(value.node, plainly(own))
    return { name: own, type: { kind: 'tensor', type, shape: scalar ? null : shape } }
  })
  const names = outputs.map(({ name }) => b.fresh(name))
  const nodes: OnnxNode[] = []
  b.nodes = nodes
  for (const held of given.values()) held.home = nodes
  const whole = {
    b,
    functions: new Map(graph.functions.map((one) => [one.name, one])),
    constants: new Map(weights.map((tensor) => [tensor.name, tensor])),
  }
  const values = new Lowering(whole, graph.nodes, given, nodes, 0).outputs(outputs.map(({ value }) => value))
  return finished(b, producer, entries, values, names)
}

/** The model, its outputs under their names. */
export function finished(
  b: Builder,
  producer: string,
  inputs: readonly OnnxValueInfo[],
  values: readonly Held[],
  names: readonly string[],
): OnnxModel {
  const results = values.map((held, i): OnnxValueInfo => {
    check(
      held.complex !== true,
      () => `tfjs: the output ${names[i]} is complex. Take its real and imaginary parts apart.`,
    )
    const plain = b.plain(held)
    const known = b.trace.known(plain)
    b.push({
      name: `/${names[i]}`,
      operator: 'Identity',
      domain: '',
      inputs: [plain],
      outputs: [names[i]],
      attributes: {},
    })
    const type = known === null ? null : ({ kind: 'tensor', type: known.type, shape: known.shape } as const)
    return { name: names[i], type }
  })
  const own = b.nodes.some(({ domain }) => domain === tfDomain)
  return {
    ...{ irVersion: 8, producer, functions: [], metadata: {} },
    opsets: own ? opsets : { '': opsets[''] },
    graph: { name: '', nodes: b.nodes, inputs, outputs: results, initializers: b.initializers, values: [] },
  }
}
