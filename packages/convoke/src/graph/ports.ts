// Where tensors go in and out of a graph: what is checked, and which are pictures, which lie channels last here and channels first in
// the file.

import type { OnnxGraph, OnnxValueInfo } from '../formats/onnx/model.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { Tensor } from '../tensor/tensor.ts'
import { dtypeOf, type ElementType, typeOf } from './element-type.ts'
import { type Item, lastOrder, plainOrder, Value } from './value.ts'

/** An input or an output of a graph. */
export interface Port {
  /** Its name in the file. */
  readonly name: string
  /** What its elements are. */
  readonly type: ElementType | 'sequence' | 'unknown'
  /** Its shape here: a name or null for an axis of any length, null where the file does not say. */
  readonly shape: readonly (number | string | null)[] | null
  /** Whether it is taken for a picture, which lies channels last here and channels first in the file. */
  readonly picture: boolean
}

function portOf({ name, type }: OnnxValueInfo, pictures: ReadonlySet<string>): Port {
  if (type?.kind !== 'tensor') {
    return { name, type: type?.kind === 'sequence' ? 'sequence' : 'unknown', shape: null, picture: false }
  }
  const { shape } = type
  const picture = pictures.has(name) && (shape === null || shape.length >= 3)
  const shown = shape !== null && picture ? lastOrder(shape.length).map((axis) => shape[axis]) : shape
  return { name, type: type.type as ElementType, shape: shown, picture }
}

/** Inputs, without those that the file has values for, and outputs. */
export function portsOf(
  graph: OnnxGraph,
  pictures: ReadonlySet<string>,
): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const weights = new Set(graph.initializers.map(({ name }) => name))
  return {
    inputs: graph.inputs.filter(({ name }) => !weights.has(name)).map((info) => portOf(info, pictures)),
    outputs: graph.outputs.map((info) => portOf(info, pictures)),
  }
}

const namesOf = (ports: readonly Port[]): string => ports.map(({ name }) => name).join(', ')

/** Tensors by name, as values of the graph. */
export function entering(ports: readonly Port[], given: Readonly<Record<string, unknown>>): Map<string, Item> {
  for (const name of Object.keys(given)) {
    check(
      ports.some((port) => port.name === name),
      () => `The network has no input ${show(name)}. It takes ${namesOf(ports)}.`,
    )
  }
  return new Map(
    ports.map((port): [string, Item] => {
      const x = Object.hasOwn(given, port.name) ? given[port.name] : undefined
      check(x !== undefined, () => `The network's input ${port.name} is not given. It takes ${namesOf(ports)}.`)
      return [port.name, valueAt(port, x)]
    }),
  )
}

function valueAt(port: Port, x: unknown): Value {
  checkInput(port, x)
  const told = port.type === 'unknown' || port.type === 'sequence' ? null : port.type
  const type = told !== null && dtypeOf(told) === x.dtype ? told : typeOf(x)
  return port.picture && x.rank >= 3 ? Value.last(x, type) : Value.of(x, type)
}

/** Fixed lengths must be met, but for the batch; names and open lengths are free. */
function checkInput(port: Port, x: unknown): asserts x is Tensor {
  check(x instanceof Tensor, () => `The network's input ${port.name} is ${show(x)}; it must be a tensor.`)
  const { shape } = port
  if (shape === null) return
  const free = (size: number | string | null, axis: number): boolean =>
    typeof size !== 'number' || size <= 0 || axis === 0 || size === x.shape[axis]
  check(shape.length === x.rank && shape.every(free), () => {
    const wanted = shape.map((size) => (typeof size === 'number' ? String(size) : (size ?? 'any'))).join(', ')
    const where = port.picture ? ', channels last' : ''
    return `The network's input ${port.name} has shape ${showShape(x.shape)}; it must be [${wanted}]${where}.`
  })
}

/** The tensor of an output; what the graph held of it is given back. */
export function leaving({ name, picture }: Port, item: Item): Tensor {
  check(
    item instanceof Value,
    () => `The output ${name} is ${item === null ? 'left out' : 'a sequence'}, not a tensor.`,
  )
  const tensor = item.as(picture && item.rank >= 3 ? lastOrder(item.rank) : plainOrder(item.rank)).alias()
  item.dispose()
  return tensor
}
