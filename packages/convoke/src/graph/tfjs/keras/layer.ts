// One layer of Keras on its way into an ONNX graph: its configuration and weights.

import type { Json, JsonObject, TfjsLayer, TfjsTensor } from '../../../formats/tfjs/index.ts'
import { sizeOf } from '../../../shapes/broadcast.ts'
import { ConvokeError } from '../../../shapes/error.ts'
import type { Builder, Held } from '../builder.ts'
import type { Weights } from './weights.ts'

/** Writes a layer; gives its outputs. */
export type LayerRule = (layer: Layer, inputs: readonly Held[]) => Held | readonly Held[]
export type LayerRules = Readonly<Record<string, LayerRule>>

export class Layer {
  readonly name: string
  readonly kind: string
  readonly config: JsonObject
  readonly source: TfjsLayer
  readonly b: Builder
  readonly weights: Weights

  /** Of the layer around it, whose name its weights may bear. */
  readonly outer: string | null

  constructor(source: TfjsLayer, b: Builder, weights: Weights, outer: string | null = null) {
    this.outer = outer
    this.source = source
    this.name = source.name
    this.kind = source.kind
    this.config = source.config
    this.b = b
    this.weights = weights
  }

  refuse(message: string): never {
    throw new ConvokeError(`tfjs: the layer ${this.name} (${this.kind}): ${message}`)
  }

  get(name: string): Json | undefined {
    return Object.hasOwn(this.config, name) ? this.config[name] : undefined
  }

  number(name: string, otherwise?: number): number {
    const value = this.get(name)
    if (value === undefined || value === null) return otherwise ?? this.refuse(`its ${name} is missing.`)
    // Old files write a number as a list of one, and one of another type as an object around it.
    const plain = Array.isArray(value) && value.length === 1 ? value[0] : value
    if (typeof plain === 'number') return plain
    const inner = isRecord(plain) ? (plain['value'] ?? plain['config']) : undefined
    return typeof inner === 'number'
      ? inner
      : this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be a number.`)
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.get(name)
    if (value === undefined || value === null) return otherwise
    return typeof value === 'boolean'
      ? value
      : this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be true or false.`)
  }

  text(name: string, otherwise: string): string {
    const value = this.get(name)
    if (value === undefined || value === null) return otherwise
    return typeof value === 'string'
      ? value
      : this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be a string.`)
  }

  /** So many whole numbers, or one for all. */
  list(name: string, count: number, otherwise?: number): number[] {
    const value = this.get(name)
    if ((value === undefined || value === null) && otherwise !== undefined) return Array<number>(count).fill(otherwise)
    if (typeof value === 'number') return Array<number>(count).fill(value)
    const fits = Array.isArray(value) && (value.length === count || value.length === 1)
    if (fits && value.every((one) => typeof one === 'number')) {
      const numbers = value as number[]
      return numbers.length === count ? [...numbers] : Array<number>(count).fill(numbers[0])
    }
    return this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be ${count} numbers.`)
  }

  /** Numbers of any count. */
  numbers(name: string): number[] | null {
    const value = this.get(name)
    if (value === undefined || value === null) return null
    if (typeof value === 'number') return [value]
    const fits = Array.isArray(value) && value.every((one) => typeof one === 'number')
    return fits ? [...(value as number[])] : this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be numbers.`)
  }

  /** The name of an activation or another function, written alone or as an object. */
  named(name: string, otherwise: string): string {
    const value = this.get(name)
    if (value === undefined || value === null) return otherwise
    if (typeof value === 'string') return value
    const kind = isRecord(value) ? value['class_name'] : undefined
    return typeof kind === 'string' ? kind : this.refuse(`its ${name} is ${JSON.stringify(value)}; it must be a name.`)
  }

  rank(held: Held): number {
    return this.b.rankOf(held) ?? this.refuse('the number of axes of its input is not known.')
  }

  shape(held: Held): readonly (number | null)[] {
    return this.b.known(held)?.shape ?? this.refuse('the shape of its input is not known.')
  }

  find(suffix: string): TfjsTensor | undefined {
    return (
      this.weights.find(this.name, suffix) ?? (this.outer === null ? undefined : this.weights.find(this.outer, suffix))
    )
  }

  weight(suffix: string, rank?: number): TfjsTensor {
    const found = this.find(suffix) ?? this.refuse(`its weight ${suffix} is not in the file.`)
    if (rank !== undefined && found.shape.length !== rank)
      return this.refuse(`its weight ${suffix} has the shape ${found.shape.join('×')}; it must have ${rank} axes.`)
    if (found.type !== 'float32')
      return this.refuse(`its weight ${suffix} is of type ${found.type}; it must be float32.`)
    return found
  }

  /** A weight as it is. */
  constant(suffix: string): string {
    const tensor = this.weight(suffix)
    return this.b.derived(tensor, tensor.shape, null, '')
  }

  bias(): readonly string[] {
    return this.flag('use_bias', true) ? [this.constant('bias')] : []
  }

  /** Numbers that stand for a weight that the layer does without. */
  filled(length: number, value: number): string {
    return this.b.initializer(`${this.name}/${value === 0 ? 'zeros' : 'ones'}`, 'float32', [length], () =>
      new Float32Array(length).fill(value),
    )
  }

  /** A list with one number for each example, as ONNX reshapes it: the batch stays. */
  reshape(held: Held, shape: readonly number[]): string {
    return this.b.reshape(this.b.plain(held), [0, ...shape])
  }
}

export const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const countOf = (shape: readonly (number | null)[]): number | null =>
  shape.includes(null) ? null : sizeOf(shape as number[])
