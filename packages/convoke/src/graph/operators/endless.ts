// Whether a loop's graph can tell one turn from the next. A graph is a function of what it reads: where that is the same twice, the
// condition that let it go on once lets it go on for ever.

import type { OnnxGraph } from '../../formats/onnx/model.ts'
import { type Item, Value } from '../value.ts'

/** Turns before the carried values are looked at. */
const patience = 1024
/** Values with more numbers are not looked at. */
const few = 64

const drawn = /^(Random|Bernoulli|Multinomial|Dropout)/

/** The inputs of a graph that some of its outputs depend on; null where that cannot be told. */
function inputsBehind(body: OnnxGraph, outputs: readonly number[]): Set<number> | null {
  const makers = new Map(body.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const places = new Map(body.inputs.map(({ name }, i) => [name, i]))
  const found = new Set<number>()
  const seen = new Set<string>()
  const open = outputs.map((i) => body.outputs[i].name)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const place = places.get(name)
    if (place !== undefined) found.add(place)
    const node = makers.get(name)
    if (node === undefined) continue
    const graphs = Object.values(node.attributes).some(({ type }) => type === 'graph' || type === 'graphs')
    if (graphs || node.domain !== '' || drawn.test(node.operator)) return null
    for (const input of node.inputs) open.push(input)
  }
  return found
}

function numbersOf(items: readonly Item[]): string | null {
  const known = items.map((item) =>
    item instanceof Value && item.size <= few ? Array.from(item.numbers()).join() : null,
  )
  return known.includes(null) ? null : known.join(';')
}

/**
 * Asked after each turn that is to be followed by another, with what it carries on: whether every later one will be as well. Values that come back
 * after any number of turns are found by comparing with those of the last turn that was a power of two (Brent 1980).
 */
export function neverEnds(body: OnnxGraph): (trip: number, carried: readonly Item[]) => boolean {
  let behind: Set<number> | null | undefined
  let state: Set<number> | null | undefined
  let kept: string | null = null
  return (trip, carried) => {
    if (trip === 0) return false
    // Input 0 counts the turns; 1 is the condition, which is true in all of them.
    behind ??= inputsBehind(body, [0])
    if (behind !== null && [...behind].every((input) => input === 1)) return true
    if (trip < patience) return false
    state ??= inputsBehind(body, [0, ...carried.map((_, i) => i + 1)])
    if (state === null || state.has(0)) return false
    const now = numbersOf(carried)
    if (now !== null && now === kept) return true
    if (Number.isInteger(Math.log2(trip))) kept = now
    return false
  }
}
