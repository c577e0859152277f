// Arguments and results that hold tensors: arrays, plain objects and maps of them.

import { Tensor } from '../tensor/tensor.ts'

/**
 * The same structure with other tensors, asked for in the order in which `tensorsIn` finds them; one that stands in several places is
 * asked for once.
 */
export function withTensors(value: unknown, other: (tensor: Tensor) => Tensor): unknown {
  const made = new Map<unknown, unknown>()
  const visit = (entry: unknown): unknown => {
    if (entry === null || typeof entry !== 'object' || ArrayBuffer.isView(entry)) return entry
    if (made.has(entry)) return made.get(entry)
    const copy = copyOf(entry)
    made.set(entry, copy)
    return copy
  }
  const copyOf = (entry: object): unknown => {
    if (entry instanceof Tensor) return other(entry)
    if (Array.isArray(entry)) return entry.map(visit)
    if (entry instanceof Map) return new Map([...entry].map(([key, part]) => [key, visit(part)]))
    if (entry instanceof Set) return new Set([...entry].map(visit))
    if (Object.getPrototypeOf(entry) !== Object.prototype && Object.getPrototypeOf(entry) !== null) return entry
    return Object.fromEntries(Object.entries(entry).map(([key, part]) => [key, visit(part)]))
  }
  return visit(value)
}
