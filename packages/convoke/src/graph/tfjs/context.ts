// One node of TensorFlow on its way into an ONNX graph: its inputs and attributes, read in the types that its operator expects.

import type { TfjsNode } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'
import type { Builder, Held, PlainType } from './builder.ts'

/** Writes a node; gives its outputs, a name for one that lies as TensorFlow has it. */
export type Rule = (c: Context) => Held | string | readonly (Held | string)[]

export type Rules = Readonly<Record<string, Rule>>

/** What an attribute's value is, whatever its type. */
type Content = unknown

export class Context {
  readonly node: TfjsNode
  readonly inputs: readonly Held[]
  readonly b: Builder
  /** How many read the first output of the node that makes an input. */
  readonly readers: (input: number) => number

  constructor(node: TfjsNode, inputs: readonly Held[], b: Builder, readers: (input: number) => number) {
    this.node = node
    this.inputs = inputs
    this.b = b
    this.readers = readers
  }

  refuse(message: string): never {
    throw new ConvokeError(`tfjs: ${this.node.operator} ${this.node.name}: ${message}`)
  }

  in(index: number): Held {
    return this.inputs[index] ?? this.refuse(`input ${index} is missing.`)
  }

  plain(index: number): string {
    return this.b.plain(this.in(index))
  }

  #content(name: string, types: readonly string[]): Content {
    const attribute = Object.hasOwn(this.node.attributes, name) ? this.node.attributes[name] : undefined
    if (attribute === undefined || attribute.type === 'empty') return undefined
    if (!types.includes(attribute.type))
      return this.refuse(`the attribute ${name} is of type ${attribute.type}; it must be ${types.join(' or ')}.`)
    return attribute.value
  }

  has(name: string): boolean {
    return Object.hasOwn(this.node.attributes, name)
  }

  int(name: string, otherwise: number): number {
    return (this.#content(name, ['int', 'float']) as number | undefined) ?? otherwise
  }

  float(name: string, otherwise: number): number {
    return (this.#content(name, ['float', 'int']) as number | undefined) ?? otherwise
  }

  flag(name: string, otherwise = false): boolean {
    return (this.#content(name, ['bool']) as boolean | undefined) ?? otherwise
  }

  text(name: string, otherwise: string): string {
    return (this.#content(name, ['string']) as string | undefined) ?? otherwise
  }

  texts(name: string): readonly string[] {
    return (this.#content(name, ['strings']) as readonly string[] | undefined) ?? []
  }

  ints(name: string): readonly number[] {
    return (this.#content(name, ['ints', 'floats']) as readonly number[] | undefined) ?? []
  }

  type(name: string, otherwise: PlainType = 'float32'): PlainType {
    const value = this.#content(name, ['dataType']) as string | undefined
    if (value === undefined) return otherwise
    return plainType(value) ?? this.refuse(`elements of type ${value} are not supported.`)
  }

  /** Numbers of an input that must be known before the network runs. */
  numbers(index: number): readonly number[] {
    const found = this.b.numbers(this.in(index))
    return found ?? this.refuse(`input ${index} must be known before the network runs; it is computed.`)
  }

  number(index: number): number {
    const [first] = this.numbers(index)
    return first ?? this.refuse(`input ${index} holds no number.`)
  }

  /** Number of axes of an input. */
  rank(index: number): number {
    return this.b.rankOf(this.in(index)) ?? this.refuse(`the number of axes of input ${index} is not known.`)
  }

  axis(axis: number, rank: number): number {
    if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
      return this.refuse(`axis ${axis} is not one of a tensor with ${rank} axes.`)
    return axis < 0 ? axis + rank : axis
  }
}

/** The type that holds one of TensorFlow's, as in TensorFlow.js: whole numbers have 32 bits. */
export function plainType(type: string): PlainType | null {
  if (type === 'bool') return 'bool'
  if (/^(float|bfloat)/.test(type)) return 'float32'
  return /^q?u?int/.test(type) ? 'int32' : null
}
