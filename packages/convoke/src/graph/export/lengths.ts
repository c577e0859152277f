// The same network written for several sizes of input, as one graph for all sizes: whatever differs follows the lengths of the input.

import type { OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'
import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { type Constant, type Draft, int, toTheEnd } from './draft.ts'

/** A length that a graph leaves open. */
export interface OpenLength {
  readonly name: string
  /** The axis of the example that has it. */
  readonly axis: number
  /** Where it is to be had: an input, and the axis that it has in ONNX. */
  readonly input: string
  readonly at: number
  /** In the base, and in the variant that has another. */
  readonly base: number
  readonly other: number
}

export interface Variant {
  readonly symbol: OpenLength
  readonly draft: Draft
}

/** Two sizes do not lead to one graph. */
export class SizesDiffer extends ConvokeError {}

const wayOut = (symbol: OpenLength): string =>
  symbol.axis === 0
    ? 'Export for one size with dynamic: [], or without what depends on it.'
    : `Leave that axis out of dynamic and export a model for each size, or say in what steps it goes: { axis: ${symbol.axis}, step: 32 }.`

const refuse = (node: string, symbol: OpenLength, what: string): never => {
  throw new SizesDiffer(
    `exportOnnx: ${node === '' ? 'the network' : `the node ${node}`} depends on the length of the axis ${symbol.name} by ${what}; a graph cannot express that. ${wayOut(symbol)}`,
  )
}

const wholes = ({ values }: OnnxTensor): number[] => Array.from(values as BigInt64Array, Number)

/** A length that is `factor` times an open one. */
interface Multiple {
  readonly factor: number
  readonly symbol: OpenLength
}

class Joining {
  readonly base: Draft
  readonly variants: readonly Variant[]
  readonly nodes: OnnxNode[] = []
  readonly constants = new Map<string, Constant>()
  readonly #lengths = new Map<string, string>()
  readonly #names: Draft

  constructor(base: Draft, variants: readonly Variant[]) {
    this.base = base
    this.variants = variants
    this.#names = base
  }

  check(): void {
    for (const { symbol, draft } of this.variants) {
      const { nodes } = this.base
      if (nodes.length !== draft.nodes.length) {
        refuse(
          '',
          symbol,
          `${counted(nodes.length, 'node')} at ${symbol.base} and ${draft.nodes.length} at ${symbol.other}`,
        )
      }
      nodes.forEach((node, i) => {
        const other = draft.nodes[i]
        const same =
          node.operator === other.operator &&
          node.name === other.name &&
          node.inputs.join('\n') === other.inputs.join('\n') &&
          node.outputs.join('\n') === other.outputs.join('\n')
        if (!same) refuse(node.name, symbol, `what runs (${node.operator} and ${other.operator})`)
        for (const [name, attribute] of Object.entries(node.attributes)) {
          if (JSON.stringify(attribute) !== JSON.stringify(other.attributes[name])) {
            refuse(node.name, symbol, `its attribute ${name}`)
          }
        }
      })
    }
  }

  join(): void {
    this.check()
    for (const node of this.base.nodes) {
      const inputs = node.inputs.map((name, i) => this.#input(node, name, i))
      this.nodes.push({ ...node, inputs })
    }
  }

  #others(name: string): { readonly symbol: OpenLength; readonly tensor: OnnxTensor }[] {
    return this.variants.map(({ symbol, draft }) => {
      const found = draft.constants.get(name)
      if (found === undefined) return refuse('', symbol, `the constant ${name}`)
      return { symbol, tensor: found.tensor }
    })
  }

  /** The name of what a node reads instead of a constant that follows the input's size. */
  #input(node: OnnxNode, name: string, index: number): string {
    const constant = this.base.constants.get(name)
    if (constant === undefined) return name
    if (this.constants.has(name)) return name
    const { tensor, role } = constant
    if (role !== 'weight') {
      const others = this.#others(name)
      if (role === 'lengths') {
        const varying = others.some(({ tensor: other }) =>
          wholes(other).some((value, i) => value !== wholes(tensor)[i]),
        )
        if (varying) {
          if (node.operator === 'Reshape' && index === 1) return this.#shape(node, tensor, others)
          return this.#vector(
            node,
            wholes(tensor),
            others.map(({ symbol, tensor: other }) => ({ symbol, values: wholes(other) })),
          )
        }
      } else {
        const different = others.find(({ tensor: other }) => !sameNumbers(tensor, other))
        if (different !== undefined) return this.#repeated(node, tensor, others)
      }
    }
    this.constants.set(name, constant)
    return name
  }

  #put(tensor: OnnxTensor): string {
    this.constants.set(tensor.name, { tensor, role: 'numbers' })
    return tensor.name
  }

  #whole(name: string, values: readonly number[]): string {
    const own = this.#names.free(name)
    return this.#put({ name: own, type: 'int64', shape: [values.length], values: BigInt64Array.from(values, BigInt) })
  }

  /** The lengths that a Reshape gives, as −1 for one and 0 for those that stay. */
  #shape(node: OnnxNode, tensor: OnnxTensor, others: readonly { symbol: OpenLength; tensor: OnnxTensor }[]): string {
    const target = wholes(tensor)
    const from = this.base.dimsOf(node.inputs[0])
    const seen = others.map(({ tensor: other }, v) => ({
      target: wholes(other),
      from: this.variants[v].draft.dimsOf(node.inputs[0]),
    }))
    const varies = target.map((value, i) => seen.some((one) => one.target[i] !== value))
    const stays = target.map((value, i) => from[i] === value && seen.every((one) => one.from[i] === one.target[i]))
    const result = target.map((value, i) => (varies[i] ? (stays[i] ? 0 : -1) : value))
    const open = result.filter((value) => value === -1).length
    if (open <= 1) return this.#whole(tensor.name, result)
    const values = others.map(({ symbol }, v) => ({ symbol, values: seen[v].target }))
    return this.#vector(node, target, values, (i) => stays[i])
  }

  /** Whole numbers of which some are multiples of a length of the input. */
  #vector(
    node: OnnxNode,
    values: readonly number[],
    others: readonly { readonly symbol: OpenLength; readonly values: readonly number[] }[],
    stays: (index: number) => boolean = () => false,
  ): string {
    const parts: string[] = []
    let fixed: number[] = []
    const flush = (): void => {
      if (fixed.length > 0) parts.push(this.#whole('constant/lengths', fixed))
      fixed = []
    }
    values.forEach((value, i) => {
      const changed = others.filter((other) => other.values[i] !== value)
      if (changed.length === 0) fixed.push(value === toTheEnd ? toTheEnd : value)
      else if (stays(i)) fixed.push(0)
      else {
        flush()
        parts.push(this.#multiple(this.#multipleOf(node, value, changed, i)))
      }
    })
    flush()
    if (parts.length === 1) return parts[0]
    return this.#node('Concat', parts, { axis: int(0) })
  }

  #multipleOf(
    node: OnnxNode,
    value: number,
    changed: readonly { readonly symbol: OpenLength; readonly values: readonly number[] }[],
    index: number,
  ): Multiple {
    const [{ symbol, values }] = changed
    const factor = value / symbol.base
    // Only of the batch is it known that whatever follows it is a multiple of it.
    const known =
      changed.length === 1 && symbol.axis === 0 && Number.isInteger(factor) && values[index] === factor * symbol.other
    return known ? { factor, symbol } : refuse(node.name, symbol, 'the lengths of its result')
  }

  #node(operator: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    const name = this.#names.free(`/${operator}`)
    const output = `${name}_output_0`
    this.nodes.push({ name, operator, domain: '', inputs, outputs: [output], attributes })
    return output
  }

  #multiple({ factor, symbol }: Multiple): string {
    const key = `${factor}·${symbol.name}`
    const known = this.#lengths.get(key)
    if (known !== undefined) return known
    let name = this.#lengths.get(`1·${symbol.name}`)
    if (name === undefined) {
      const shape = this.#node('Shape', [symbol.input])
      name = this.#node('Gather', [shape, this.#whole(`constant/axis/${symbol.name}`, [symbol.at])], { axis: int(0) })
      this.#lengths.set(`1·${symbol.name}`, name)
    }
    if (factor !== 1) name = this.#node('Mul', [name, this.#whole(`constant/factor/${factor}`, [factor])])
    this.#lengths.set(key, name)
    return name
  }

  /** Numbers that are the same all along an axis, which is as long as the input says. */
  #repeated(node: OnnxNode, tensor: OnnxTensor, others: readonly { symbol: OpenLength; tensor: OnnxTensor }[]): string {
    const changed = others.filter(({ tensor: other }) => !sameNumbers(tensor, other))
    const [{ symbol }] = changed
    const once = onceAlong(
      tensor,
      changed.map(({ tensor: other }) => other),
    )
    if (once === null) return refuse(node.name, symbol, `the numbers in ${tensor.name}`)
    const small = this.#put({ ...once, name: this.#names.free(`${tensor.name}.once`) })
    const values = others.map(({ symbol: own, tensor: other }) => ({ symbol: own, values: other.shape }))
    const lengths = this.#vector(node, tensor.shape, values)
    return this.#node('Expand', [small, lengths])
  }
}

const sameNumbers = (a: OnnxTensor, b: OnnxTensor): boolean => {
  if (a.shape.join() !== b.shape.join()) return false
  const [left, right] = [a.values, b.values]
  for (let i = 0; i < left.length; i++) if (!Object.is(left[i], right[i])) return false
  return true
}

/** The tensor with length 1 along the axes in which the others have another length, where they all repeat it. */
function onceAlong(tensor: OnnxTensor, others: readonly OnnxTensor[]): OnnxTensor | null {
  const { shape } = tensor
  if (others.some((other) => other.shape.length !== shape.length)) return null
  const gone = shape.map((size, axis) => others.some((other) => other.shape[axis] !== size))
  const small = shape.map((size, axis) => (gone[axis] ? 1 : size))
  const steps = stridesOf(small).map((stride, axis) => (gone[axis] ? 0 : stride))
  const first = new Float64Array(sizeOf(small)).fill(Number.NaN)
  const seen = new Uint8Array(first.length)
  for (const one of [tensor, ...others]) {
    const strides = stridesOf(one.shape)
    for (let i = 0; i < one.values.length; i++) {
      let [rest, at] = [i, 0]
      for (let axis = 0; axis < strides.length; axis++) {
        at += Math.floor(rest / strides[axis]) * steps[axis]
        rest %= strides[axis]
      }
      const value = Number(one.values[i])
      if (seen[at] === 0) {
        first[at] = value
        seen[at] = 1
      } else if (!Object.is(first[at], value)) return null
    }
  }
  const values =
    tensor.type === 'float32'
      ? Float32Array.from(first)
      : tensor.type === 'int32'
        ? Int32Array.from(first)
        : tensor.type === 'int64'
          ? BigInt64Array.from(first, BigInt)
          : Uint8Array.from(first)
  return { name: tensor.name, type: tensor.type, shape: small, values }
}

/** One graph for all sizes: its nodes, and the constants that they read. */
export function joinSizes(
  base: Draft,
  variants: readonly Variant[],
): { readonly nodes: readonly OnnxNode[]; readonly constants: ReadonlyMap<string, Constant> } {
  const joining = new Joining(base, variants)
  joining.join()
  return joining
}

/** A length as a graph states it: a number, the name of an open one, or null where it follows from others. */
export function lengthOf(
  size: number,
  others: readonly { readonly symbol: OpenLength; readonly size: number }[],
): number | string | null {
  const changed = others.filter((other) => other.size !== size)
  if (changed.length === 0) return size
  const [{ symbol }] = changed
  const own = others.filter((other) => other.symbol.name === symbol.name)
  const follows = size === symbol.base && own.every((other) => other.size === other.symbol.other)
  return follows && changed.length === own.length ? symbol.name : null
}
