// What can be said of values before a network runs: types, lengths of axes, whole numbers. Every node is run twice on a backend that
// computes nothing, with two lengths for what is left open: what comes out the same both times is known.

import { scope } from '../../autodiff/gradients.ts'
import { withoutGradients } from '../../autodiff/tape.ts'
import { withBackend } from '../../backends/current.ts'
import { createDryBackend } from '../../backends/dry/index.ts'
import type { OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { zeros } from '../../tensor/create.ts'
import { graphsIn } from '../bodies.ts'
import { constantOf } from '../constant.ts'
import { dtypeOf, type ElementType, isFloat } from '../element-type.ts'
import { runGraph } from '../run.ts'
import { type Item, Value } from '../value.ts'

export interface Known {
  /** Null for a length that is open. */
  readonly shape: readonly (number | null)[]
  readonly type: ElementType
}

/** Lengths that stand in for open ones, in each world: of the batch, and of other axes. */
const open = [
  { batch: 2, other: 192 },
  { batch: 3, other: 256 },
] as const

/** Constants of more numbers are only known by their shape. */
const mostRead = 1024

export class Trace {
  readonly #worlds = open.map(() => new Map<string, Item>())
  readonly #backend = createDryBackend()
  readonly #opsets: Readonly<Record<string, number>>

  constructor(opsets: Readonly<Record<string, number>>) {
    this.#opsets = opsets
  }

  #in<T>(run: () => T): T {
    return withBackend(this.#backend, () => withoutGradients(() => scope(run)))
  }

  /** An input of the graph, where its number of axes is known. */
  input(name: string, shape: readonly (number | null)[] | null, type: ElementType): void {
    if (shape === null) return
    this.#in(() => {
      open.forEach(({ batch, other }, world) => {
        const lengths = shape.map((length, axis) => length ?? (axis === 0 ? batch : other))
        this.#worlds[world].set(name, Value.of(zeros(lengths, dtypeOf(type)), type).kept())
      })
    })
  }

  constant(tensor: OnnxTensor): void {
    const size = sizeOf(tensor.shape)
    const type = tensor.type as ElementType
    if (tensor.type === 'string') return
    const read = size <= (isFloat(type) ? 64 : mostRead)
    this.#in(() => {
      const value = read ? constantOf(tensor) : Value.of(zeros(tensor.shape, dtypeOf(type)), type)
      for (const world of this.#worlds) world.set(tensor.name, value.kept())
    })
  }

  add(node: OnnxNode): void {
    if (graphsIn(node).length > 0) return
    const outputs = node.outputs.map((name) => ({ name, type: null }))
    const graph = { name: '', nodes: [node], inputs: [], outputs, initializers: [], values: [] }
    for (const world of this.#worlds) {
      if (!node.inputs.every((name) => name === '' || world.has(name))) continue
      try {
        this.#in(() => {
          const results = runGraph(graph, world, {
            ...{ opsets: this.#opsets, functions: [], training: false, lookup: () => undefined },
          })
          results.forEach((item, i) => {
            if (item instanceof Value) item.kept()
            else for (const value of item?.items ?? []) value.kept()
            world.set(node.outputs[i], item)
          })
        })
      } catch (error) {
        // What depends on numbers stays unknown.
        if (!(error instanceof ConvokeError)) throw error
      }
    }
  }

  #values(name: string): Value[] | null {
    const values = this.#worlds.map((world) => world.get(name))
    return values.every((value) => value instanceof Value) ? (values as Value[]) : null
  }

  known(name: string): Known | null {
    const values = this.#values(name)
    if (values === null || values[0].rank !== values[1].rank) return null
    const [a, b] = values
    return { type: a.type, shape: a.shape.map((length, axis) => (length === b.shape[axis] ? length : null)) }
  }

  /** The numbers of a value, null for each that is open; null where nothing is known. */
  numbers(name: string): (number | null)[] | null {
    const values = this.#values(name)
    if (values === null || !values.every(({ onHost }) => onHost)) return null
    const [a, b] = values.map((value) => Array.from(value.plain.dataSync()))
    return a.length === b.length ? a.map((number, i) => (Object.is(number, b[i]) ? number : null)) : null
  }
}
