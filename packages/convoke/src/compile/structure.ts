// Arguments and results that hold tensors: arrays, plain objects, maps and sets of them. A tensor that stands in two places counts twice.

import { ConvokeError } from '../shapes/error.ts'
import { Tensor } from '../tensor/tensor.ts'

/** The same structure with other tensors: `other` is asked for each in turn. */
export function withTensors(value: unknown, other: (tensor: Tensor, index: number) => Tensor): unknown {
  const open = new Set<object>()
  let count = 0
  const visit = (entry: unknown): unknown => {
    if (entry instanceof Tensor) return other(entry, count++)
    if (entry === null || typeof entry !== 'object' || ArrayBuffer.isView(entry)) return entry
    if (open.has(entry)) {
      throw new ConvokeError('compile: an argument or result contains itself. Pass arrays and objects without cycles.')
    }
    open.add(entry)
    const copy = copyOf(entry)
    open.delete(entry)
    return copy
  }
  const copyOf = (entry: object): unknown => {
    if (Array.isArray(entry)) return entry.map(visit)
    if (entry instanceof Map) return new Map([...entry].map(([key, part]) => [key, visit(part)]))
    if (entry instanceof Set) return new Set([...entry].map(visit))
    const prototype: unknown = Object.getPrototypeOf(entry)
    if (prototype !== Object.prototype && prototype !== null) return entry
    return Object.fromEntries(Object.entries(entry).map(([key, part]) => [key, visit(part)]))
  }
  return visit(value)
}

/** All tensors, in the order in which `withTensors` asks for them. */
export function tensorsWithin(value: unknown): Tensor[] {
  const found: Tensor[] = []
  withTensors(value, (tensor) => {
    found.push(tensor)
    return tensor
  })
  return found
}
