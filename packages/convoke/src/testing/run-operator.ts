// One ONNX operator run by itself, as a graph of one node.

import { expect } from 'vitest'
import type { OnnxAttribute, OnnxGraph, OnnxNode } from '../formats/onnx/model.ts'
import { dtypeOf, type ElementType } from '../graph/element-type.ts'
import { runGraph } from '../graph/run.ts'
import { type Item, Value } from '../graph/value.ts'
import { fromData } from '../tensor/create.ts'

type Given = number | string | readonly number[] | readonly string[] | OnnxGraph

/** Whole numbers are ints; write `{ float: 1 }` for a float that happens to be whole. */
export type Attributes = Readonly<
  Record<string, Given | { readonly float: number } | { readonly floats: readonly number[] }>
>

export interface OperatorRun {
  readonly inputs?: readonly Item[]
  readonly attributes?: Attributes
  /** Of the operator set; the newest when not given. */
  readonly version?: number
  readonly domain?: string
  /** 1 when not given. */
  readonly outputs?: number
}

function attributeOf(value: Attributes[string]): OnnxAttribute {
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'int' : 'float', value }
  if (typeof value === 'string') return { type: 'string', value }
  if (Array.isArray(value)) {
    if (typeof value[0] === 'string') return { type: 'strings', value }
    return { type: value.every(Number.isInteger) ? 'ints' : 'floats', value }
  }
  if ('float' in value) return { type: 'float', value: value.float }
  if ('floats' in value) return { type: 'floats', value: value.floats }
  return { type: 'graph', value: value as OnnxGraph }
}

/** A value of an element type, of flat numbers; a vector when no shape is given. */
export const made = (
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
  type: ElementType = 'float32',
): Value => Value.of(fromData(numbers, shape, dtypeOf(type)), type)

export const whole = (numbers: readonly number[], shape: readonly number[] = [numbers.length]): Value =>
  made(numbers, shape, 'int64')

/** A node, for graphs by hand. */
export const nodeOf = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
  domain = '',
): OnnxNode => ({
  ...{ name: '', operator, domain, inputs, outputs },
  attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])),
})

export const graphOf = (
  nodes: readonly OnnxNode[],
  inputs: readonly string[],
  outputs: readonly string[],
): OnnxGraph => ({
  ...{ name: 'graph', nodes, initializers: [], values: [] },
  inputs: inputs.map((name) => ({ name, type: null })),
  outputs: outputs.map((name) => ({ name, type: null })),
})

/** All results of a graph. */
export function runWhole(graph: OnnxGraph, inputs: readonly Item[], version = 25, domain = ''): Item[] {
  const given = new Map(graph.inputs.map(({ name }, i): [string, Item] => [name, inputs[i]]))
  return runGraph(graph, given, {
    ...{ functions: [], training: false, lookup: () => undefined },
    opsets: { '': version, [domain]: version },
  })
}

/** All results of an operator. */
export function runOperator(operator: string, run: OperatorRun): Item[] {
  const { inputs = [], attributes = {}, version = 25, domain = '', outputs = 1 } = run
  const names = inputs.map((item, i) => (item === null ? '' : `input ${i}`))
  const made = Array.from({ length: outputs }, (_, i) => `output ${i}`)
  const graph = graphOf(
    [nodeOf(operator, names, made, attributes, domain)],
    names.filter((name) => name !== ''),
    made,
  )
  return runWhole(
    graph,
    inputs.filter((item) => item !== null),
    version,
    domain,
  )
}

/** A result's numbers, row after row. */
export function numbersOf(item: Item | undefined): number[] {
  if (!(item instanceof Value)) throw new Error('no tensor came back')
  return Array.from(item.numbers())
}

/** The first result's numbers. */
export const resultOf = (operator: string, run: OperatorRun): number[] => numbersOf(runOperator(operator, run)[0])

export const shapeOf = (item: Item | undefined): readonly number[] | null => (item instanceof Value ? item.shape : null)

/** Numbers equal to five places. */
export function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length)
  wanted.forEach((number, i) => {
    expect(found[i]).toBeCloseTo(number, 5)
  })
}
