// The nodes of a network as lines of a program: what those for PyTorch and for TensorFlow have in common.

import type { OnnxModel, OnnxNode, OnnxTensor } from 'convoke/graph'

/** A line for each node; or the first operator that has none. */
export type ProgramLines = { readonly lines: readonly string[] } | { readonly missing: string }

/** One line for a node: `v` are the values by name, `w` the weights. Undefined where there is no word that the page knows. */
export type LineOf = (
  node: OnnxNode,
  read: (index: number) => string,
  wholes: (index: number) => readonly number[] | undefined,
) => string | undefined

export const list = (values: readonly number[]): string => `[${values.join(', ')}]`

export const quoted = (name: string): string => JSON.stringify(name)

export const intsOf = ({ attributes }: OnnxNode, name: string): readonly number[] | undefined =>
  attributes[name]?.type === 'ints' ? attributes[name].value : undefined

export const numberOf = ({ attributes }: OnnxNode, name: string, otherwise: number): number => {
  const found = attributes[name]
  return found?.type === 'int' || found?.type === 'float' ? found.value : otherwise
}

export const has = ({ inputs }: OnnxNode, index: number): boolean => inputs[index] !== undefined && inputs[index] !== ''

/** A list of sizes, of which 0 stands for the size that `x` has there. */
export const sizesText = (sizes: readonly number[], x: string): string =>
  `[${sizes.map((size, axis) => (size === 0 ? `${x}.shape[${axis}]` : size)).join(', ')}]`

/** The axes of Squeeze and Unsqueeze: an input of newer files, an attribute of older ones. */
export const axesOf = (
  node: OnnxNode,
  wholes: (index: number) => readonly number[] | undefined,
): readonly number[] | undefined => wholes(1) ?? intsOf(node, 'axes')

export const infix: Readonly<Record<string, string>> = { Add: '+', Sub: '-', Mul: '*', Div: '/', Sum: '+' }

export interface NodeWindow {
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Before and after: top, left, bottom, right. */
  readonly pads: readonly number[]
  readonly kernel: readonly number[] | undefined
}

/** Of a convolution or a pooling of two axes; undefined where its padding is not written out. */
export function windowOf(node: OnnxNode): NodeWindow | undefined {
  const auto = node.attributes['auto_pad']?.type === 'string' ? node.attributes['auto_pad'].value : 'NOTSET'
  const [pads, kernel] = [intsOf(node, 'pads') ?? [0, 0, 0, 0], intsOf(node, 'kernel_shape')]
  if ((auto !== 'NOTSET' && auto !== 'VALID') || pads.length !== 4) return undefined
  const each = (name: string): readonly number[] => intsOf(node, name) ?? [1, 1]
  return { strides: each('strides'), dilations: each('dilations'), pads, kernel }
}

/** Of a pooling that rounds down, and whose means count what lies in the padding. */
export function poolOf(node: OnnxNode): (NodeWindow & { readonly kernel: readonly number[] }) | undefined {
  const window = windowOf(node)
  if (window?.kernel?.length !== 2 || numberOf(node, 'ceil_mode', 0) !== 0) return undefined
  const inside = node.operator === 'AveragePool' && numberOf(node, 'count_include_pad', 0) !== 1
  if (inside && window.pads.some((pad) => pad !== 0)) return undefined
  return { ...window, kernel: window.kernel }
}

const fits = ({ shape }: OnnxTensor): boolean => shape.length <= 4

/** The numbers that a model brings along, by name. */
export function constantsOf({ nodes, initializers }: OnnxModel['graph']): ReadonlyMap<string, OnnxTensor> {
  const found = new Map(initializers.map((one) => [one.name, one]))
  for (const { operator, outputs, attributes } of nodes) {
    const value = operator === 'Constant' ? attributes['value'] : undefined
    if (value?.type === 'tensor') found.set(outputs[0], value.value)
  }
  return found
}

/** Floats among them, as programs read them. */
export const floatsAmong = (
  weights: ReadonlyMap<string, OnnxTensor>,
): [name: string, values: Float32Array, shape: readonly number[]][] =>
  [...weights].flatMap(([name, { type, shape, values }]) =>
    /^(float|bfloat)/.test(type) ? [[name, Float32Array.from(values as ArrayLike<number>), shape]] : [],
  )

/** Every node that computes, in order, as `say` has its value; or the first operator that has no line. */
export function linesOf(
  { graph }: OnnxModel,
  weights: ReadonlyMap<string, OnnxTensor>,
  lineOf: LineOf,
  say: (name: string, value: string) => string = (_, value) => value,
): ProgramLines {
  const lines: string[] = []
  for (const node of graph.nodes) {
    if (node.operator === 'Constant') continue
    const read = (index: number): string => {
      const name = node.inputs[index] ?? ''
      return `${weights.has(name) ? 'w' : 'v'}[${quoted(name)}]`
    }
    const wholes = (index: number): readonly number[] | undefined => {
      const found = weights.get(node.inputs[index] ?? '')
      return found === undefined || !fits(found)
        ? undefined
        : Array.from(found.values as ArrayLike<number | bigint>, Number)
    }
    const line = node.domain === '' ? lineOf(node, read, wholes) : undefined
    if (line === undefined) return { missing: node.operator }
    const name = quoted(node.outputs[0])
    lines.push(`v[${name}] = ${say(name, line)}`)
  }
  return { lines }
}
