// A classifier from elsewhere for other classes: its last linear layer made anew, and the chances at its end left out, for losses take scores.

import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../formats/onnx/model.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { randomSource } from '../tensor/random.ts'
import { liftConstants } from './weights.ts'

/** The options of `withClasses`. */
export interface ClassesOptions {
  /** Determines the new layer's numbers; 0 when not given. */
  readonly seed?: number | undefined
}

/** What `withClasses` returns. */
export interface Reclassified {
  /** The model with its new last layer. */
  readonly model: OnnxModel
  /** Classes that the model told apart before. */
  readonly was: number
  /** Names of the tensors that were replaced; none if the number of classes stays the same. */
  readonly fresh: readonly string[]
}

/** What may stand between the last layer and the output. */
const passing = new Set([
  ...['Softmax', 'LogSoftmax', 'Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Dropout', 'Relu', 'Cast'],
  ...['GlobalAveragePool', 'AveragePool', 'ReduceMean'],
])
const chances = new Set(['Softmax', 'LogSoftmax'])

interface Head {
  readonly node: OnnxNode
  readonly weight: OnnxTensor
  /** The axis of the weight that counts classes. */
  readonly axis: number
  readonly biases: readonly OnnxTensor[]
  readonly path: readonly OnnxNode[]
}

const flag = (node: OnnxNode, name: string, usual: number): number => {
  const attribute = node.attributes[name]
  return attribute?.type === 'int' ? attribute.value : usual
}

function headOf({ nodes, outputs, initializers }: OnnxGraph): Head {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const known = new Map(initializers.map((tensor) => [tensor.name, tensor]))
  const [output] = outputs
  const path: OnnxNode[] = []
  const biases: OnnxTensor[] = []
  const refuse = (why: string): never =>
    check(
      false,
      () =>
        `withClasses: ${show(output?.name ?? '')} ${why}; the last layer of a classifier is a Gemm, a MatMul or a Conv with weights of its own. Cut the model before it, or train all of it from a program: graphModule.`,
    ) as never
  let name = output?.name ?? ''
  for (;;) {
    const node = producers.get(name)
    if (node === undefined) return refuse('comes from no layer')
    path.push(node)
    const bias = node.operator === 'Add' ? node.inputs.find((input) => known.has(input)) : undefined
    if (bias !== undefined) {
      biases.push(known.get(bias)!)
      name = node.inputs.find((input) => input !== bias) ?? ''
    } else if (['Gemm', 'MatMul', 'Conv'].includes(node.operator)) {
      const weight = weightOf(node.inputs[1], producers, known) ?? refuse(`comes from ${named(node)} of two values`)
      const axis = node.operator === 'Conv' || flag(node, 'transB', 0) === 1 ? 0 : weight.shape.length - 1
      const own = known.get(node.inputs[2] ?? '')
      const isPlain = node.operator === 'Conv' ? flag(node, 'group', 1) === 1 : weight.shape.length === 2
      if (!isPlain) refuse(`comes from ${named(node)} with weights ${showShape(weight.shape)}`)
      return { node, weight, axis, biases: own === undefined ? biases : [...biases, own], path }
    } else if (passing.has(node.operator)) [name] = node.inputs
    else return refuse(`comes from ${named(node)}`)
  }
}

const named = ({ operator, name }: OnnxNode): string => (name === '' ? operator : `${operator} ${show(name)}`)

/** Weights as a product reads them: some exporters reshape them first. */
function weightOf(
  name: string,
  producers: ReadonlyMap<string, OnnxNode>,
  known: ReadonlyMap<string, OnnxTensor>,
): OnnxTensor | undefined {
  const own = known.get(name)
  if (own !== undefined) return own
  const node = producers.get(name)
  if (node?.operator !== 'Reshape') return undefined
  const [from, to] = node.inputs.map((input) => known.get(input))
  if (from === undefined || to === undefined) return undefined
  const sizes = Array.from(to.values as ArrayLike<number | bigint>, Number)
  const rest = sizes.reduce((product, size) => (size > 0 ? product * size : product), 1)
  const shape = sizes.map((size) => (size === -1 ? sizeOf(from.shape) / rest : size))
  return sizeOf(shape) === sizeOf(from.shape) ? { name, type: from.type, shape, values: from.values } : undefined
}

/** `sizes` with `classes` for the one that counted them. */
function resized(sizes: readonly number[], axis: number, classes: number): number[] {
  return sizes.map((size, i) => (i === axis ? classes : size))
}

/**
 * The model for another number of classes: the weights of its last layer are initialised again, uniform within ±1 / √inputs as PyTorch's do, its biases at
 * 0; a softmax after it is left out, so that the output is scores. Outputs other than the first are removed. Throws `ConvokeError` where the
 * output does not come from a Gemm, MatMul or Conv with weights of its own.
 *
 * ```ts ignore
 * const { model } = withClasses(await readOnnx('resnet18.onnx'), 37)
 * graphModule(model)(picture).shape  // [1, 37]
 * ```
 */
export function withClasses(model: OnnxModel, classes: number, options: ClassesOptions = {}): Reclassified {
  checkOptions('withClasses', options, ['seed'])
  check(
    Number.isInteger(classes) && classes >= 1,
    () => `withClasses: ${show(classes)} is not a number of classes; give a whole number of 1 or more.`,
  )
  const graph = liftConstants(model.graph)
  const { node, weight, axis, biases, path } = headOf(graph)
  const was = weight.shape[axis]
  const isSame = classes === was
  const made = new Map<string, OnnxTensor>()
  const random = randomSource(options.seed ?? 0)
  if (!isSame) {
    const shape = resized(weight.shape, axis, classes)
    const bound = 1 / Math.sqrt(sizeOf(weight.shape) / was)
    const values = Float32Array.from({ length: sizeOf(shape) }, () => (2 * random.uniform() - 1) * bound)
    made.set(weight.name, { name: weight.name, type: 'float32', shape, values })
    for (const bias of biases) {
      const at = bias.shape.lastIndexOf(was)
      if (at < 0) continue
      const own = resized(bias.shape, at, classes)
      made.set(bias.name, { name: bias.name, type: 'float32', shape: own, values: new Float32Array(sizeOf(own)) })
    }
  }
  const fresh = [...made.keys()]
  const known = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  // A reshape whose result is now a tensor of its own goes, and what it alone read.
  const folded = isSame ? undefined : graph.nodes.find(({ outputs }) => outputs.includes(node.inputs[1]))
  const nodes = graph.nodes
    .filter((one) => one !== folded)
    .map((one) => (path.includes(one) ? passingOn(one, was, classes, known, made) : one))
  const isRead = (name: string): boolean => nodes.some(({ inputs }) => inputs.includes(name))
  const isLeft = ({ name }: OnnxTensor): boolean =>
    !made.has(name) && (folded === undefined || !folded.inputs.includes(name) || isRead(name))
  const initializers = [...graph.initializers.filter(isLeft), ...made.values()]
  const [output] = graph.outputs
  const outputs = [infoFor(output, was, classes)]
  return { model: { ...model, graph: { ...graph, nodes, initializers, outputs, values: [] } }, was, fresh }
}

/** A node between the last layer and the output, for the new number. */
function passingOn(
  node: OnnxNode,
  was: number,
  classes: number,
  known: ReadonlyMap<string, OnnxTensor>,
  made: Map<string, OnnxTensor>,
): OnnxNode {
  if (chances.has(node.operator)) return { ...node, operator: 'Identity', attributes: {} }
  const shape = node.operator === 'Reshape' ? known.get(node.inputs[1]) : undefined
  if (shape === undefined || was === classes) return node
  const sizes = Array.from(shape.values as ArrayLike<number | bigint>, Number)
  if (sizes.at(-1) !== was) return node
  const name = `${shape.name}_classes`
  const values = BigInt64Array.from([...sizes.slice(0, -1), classes], BigInt)
  made.set(name, { name, type: 'int64', shape: [sizes.length], values })
  return { ...node, inputs: [node.inputs[0], name] }
}

function infoFor({ name, type }: OnnxValueInfo, was: number, classes: number): OnnxValueInfo {
  if (type?.kind !== 'tensor' || type.shape === null) return { name, type }
  const at = type.shape.lastIndexOf(was)
  return { name, type: { ...type, shape: type.shape.map((size, i) => (i === at ? classes : size)) } }
}
