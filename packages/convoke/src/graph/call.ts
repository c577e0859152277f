// One node at work: its inputs and attributes, read in the types that its operator expects.

import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts'
import { ConvokeError } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { type Item, Sequence, type Value } from './value.ts'

/** Runs a graph inside a node, which sees the names around it. */
export type RunBody = (body: OnnxGraph, inputs: readonly Item[]) => Item[]

/** What an operator computes: one output, or a list of them. */
export type Result = Item | readonly Item[]

/** Elements that an operator makes of nothing but numbers, 512 MiB of float32, and how many of each that it is given: a picture eight times as wide and high. */
const mostMade = 2 ** 27
const mostOfEach = 64

/** What computes an operator. */
export type Operator = (call: Call) => Result

/** What attributes of a type hold. */
interface Contents {
  readonly int: number
  readonly float: number
  readonly string: string
  readonly ints: readonly number[]
  readonly floats: readonly number[]
  readonly strings: readonly string[]
  readonly tensor: OnnxTensor
  readonly graph: OnnxGraph
}

/** One run of a node: its inputs, its attributes, and refusals that name it. */
export class Call {
  /** The node. */
  readonly node: OnnxNode
  /** Version of the operator set that the node is written for. */
  readonly version: number
  /** What it is given; null where an input is left out. */
  readonly inputs: readonly Item[]
  /** Whether the module trains: dropout and batch statistics are on. */
  readonly training: boolean
  /** Runs a graph inside the node, such as the body of a loop. */
  readonly run: RunBody
  /** Makes a tensor the value of an input that holds a running statistic. */
  readonly update: (input: number, tensor: Tensor) => void

  constructor(
    node: OnnxNode,
    version: number,
    inputs: readonly Item[],
    training: boolean,
    run: RunBody,
    update: (input: number, tensor: Tensor) => void,
  ) {
    this.node = node
    this.version = version
    this.inputs = inputs
    this.training = training
    this.run = run
    this.update = update
  }

  /** Throws a `ConvokeError` that names the node. */
  refuse(message: string): never {
    throw new ConvokeError(`${nameOf(this.node)}: ${message}`)
  }

  /** Refuses the node unless `holds`. The message is only built when it is needed. */
  require(holds: boolean, message: () => string): asserts holds {
    if (!holds) this.refuse(message())
  }

  /** An input that must be a tensor and must be there. */
  value(index: number): Value {
    return this.optional(index) ?? this.refuse(`input ${index} is missing; ${this.node.operator} needs it.`)
  }

  /** An input that must be a tensor; null where it is left out. */
  optional(index: number): Value | null {
    const item = this.inputs[index] ?? null
    if (item instanceof Sequence) return this.refuse(`input ${index} is a sequence; it must be a tensor.`)
    return item
  }

  /** An input that must be a sequence. */
  sequence(index: number): Sequence {
    const item = this.inputs[index]
    return item instanceof Sequence ? item : this.refuse(`input ${index} must be a sequence.`)
  }

  /** All inputs that are given, as tensors. */
  values(): Value[] {
    return this.inputs.map((_, index) => this.value(index))
  }

  /** The numbers of an input that says what to do: a shape, axes, scales. */
  numbers(index: number): number[] | undefined {
    const value = this.optional(index)
    return value === null ? undefined : Array.from(value.numbers())
  }

  /** Whether somebody reads an output. */
  wants(output: number): boolean {
    return (this.node.outputs[output] ?? '') !== ''
  }

  /** Whether the file states an attribute. */
  has(name: string): boolean {
    return Object.hasOwn(this.node.attributes, name)
  }

  #content<K extends keyof Contents>(name: string, kind: K): Contents[K] | undefined {
    const attribute: OnnxAttribute | undefined = this.has(name) ? this.node.attributes[name] : undefined
    if (attribute === undefined) return undefined
    if (attribute.type !== kind) return this.refuse(`the attribute ${name} is of type ${attribute.type}, not ${kind}.`)
    return attribute.value as Contents[K]
  }

  /** A whole number; `otherwise` where the file states none, and a refusal without it. */
  int(name: string, otherwise?: number): number {
    return this.#content(name, 'int') ?? otherwise ?? this.refuse(`the attribute ${name} is missing.`)
  }

  /** A flag, which ONNX writes as 0 or 1; false when not given. */
  flag(name: string, otherwise = false): boolean {
    return this.int(name, otherwise ? 1 : 0) !== 0
  }

  /** A number; `otherwise` where the file states none, and a refusal without it. */
  float(name: string, otherwise?: number): number {
    return this.#content(name, 'float') ?? otherwise ?? this.refuse(`the attribute ${name} is missing.`)
  }

  /** A text; `otherwise` where the file states none, and a refusal without it. */
  text(name: string, otherwise?: string): string {
    return this.#content(name, 'string') ?? otherwise ?? this.refuse(`the attribute ${name} is missing.`)
  }

  /** A text that is one of a few. */
  choice<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
    const found = this.text(name, otherwise)
    const known = choices.find((choice) => choice === found)
    return known ?? this.refuse(`${name} is ${found}; it must be one of ${choices.join(', ')}.`)
  }

  /** A list of whole numbers; undefined where the file states none. */
  ints(name: string): readonly number[] | undefined {
    return this.#content(name, 'ints')
  }

  /** A list of numbers; undefined where the file states none. */
  floats(name: string): readonly number[] | undefined {
    return this.#content(name, 'floats')
  }

  /** A list of texts; undefined where the file states none. */
  texts(name: string): readonly string[] | undefined {
    return this.#content(name, 'strings')
  }

  /** A tensor; undefined where the file states none. */
  constant(name: string): OnnxTensor | undefined {
    return this.#content(name, 'tensor')
  }

  /** A graph inside the node. Refused where there is none. */
  body(name: string): OnnxGraph {
    return this.#content(name, 'graph') ?? this.refuse(`the graph ${name} is missing.`)
  }

  /** A count of elements that numbers of the model ask for, held to what is plausible; `given`: those that they are made of. */
  count(elements: number, given = 0): number {
    const most = Math.max(mostMade, mostOfEach * given)
    this.require(
      Number.isInteger(elements) && elements >= 0 && elements <= most,
      () => `it would make ${elements} elements; the limit is ${most}.`,
    )
    return elements
  }

  /** An axis counted from either end, as one from 0 to rank − 1. */
  axis(axis: number, rank: number): number {
    this.require(
      Number.isInteger(axis) && axis >= -rank && axis < rank,
      () => `axis ${axis} is not one of a tensor with ${rank} axes.`,
    )
    return axis < 0 ? axis + rank : axis
  }

  /** Axes counted from either end, as axes from 0 to rank − 1. Refused where one is named twice. */
  axes(axes: readonly number[], rank: number): number[] {
    const found = axes.map((axis) => this.axis(axis, rank))
    this.require(new Set(found).size === found.length, () => `the axes ${axes.join(', ')} name one twice.`)
    return found
  }
}

/** How messages name a node. */
export const nameOf = ({ operator, name, outputs }: Pick<OnnxNode, 'operator' | 'name' | 'outputs'>): string =>
  `${operator} ${name === '' ? `that makes ${outputs.find((output) => output !== '') ?? 'nothing'}` : name}`
