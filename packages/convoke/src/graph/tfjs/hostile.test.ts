// Damaged models: whatever is changed, the result is a model that runs or an error in words.

import { describe, expect, it } from 'vitest'
import { scope } from '../../autodiff/gradients.ts'
import { withBackend } from '../../backends/current.ts'
import { createReferenceBackend } from '../../backends/reference/index.ts'
import { decodeTfjs } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { zeros } from '../../tensor/index.ts'
import { graphModule } from '../index.ts'
import { networkFiles } from '../testing/networks.ts'

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    yield ((again ^ (again >>> 14)) >>> 0) / 2 ** 32
  }
}

const junk = [
  null,
  -1,
  0,
  1,
  3,
  1e9,
  2 ** 40,
  0.5,
  'SAME',
  'x',
  '',
  [],
  {},
  [1, 2],
  true,
  'relu',
  'constructor',
  '__proto__',
]

/** One or two values of a file lost, exchanged, or made something else. */
function damaged(file: unknown, next: () => number): string {
  const copy = JSON.parse(JSON.stringify(file)) as unknown
  const places: [Record<string, unknown>, string][] = []
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key])
      walk((value as Record<string, unknown>)[key])
    }
  }
  walk(copy)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]
  for (let count = 1 + Math.floor(next() * 2); count > 0; count--) {
    const [[holder, key], [other, from]] = [pick(places), pick(places)]
    const way = next()
    if (way < 0.15) delete holder[key]
    else if (way < 0.65) holder[key] = pick(junk)
    else holder[key] = JSON.parse(JSON.stringify(other[from] ?? null))
  }
  return JSON.stringify(copy)
}

describe('damaged models of TensorFlow.js', () => {
  it.each(Object.entries(networkFiles))('run or are refused in words: %s', (_, { json, shard }) => {
    const stream = numbers(12)
    const next = (): number => stream.next().value
    let ran = 0
    const open = (text: string): void => {
      const model = graphModule(decodeTfjs(text, () => shard)).eval()
      const given = model.graph.inputs.map(({ shape }) =>
        (shape ?? []).map((length) => (typeof length === 'number' && length > 0 && length < 100 ? length : 1)),
      )
      withBackend(createReferenceBackend(), () => scope(() => void model(...given.map((shape) => zeros(shape)))))
      ran++
    }
    open(json)
    for (let turn = 0; turn < 400; turn++) {
      try {
        open(damaged(JSON.parse(json), next))
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
      }
    }
    // Not everything that is changed matters.
    expect(ran).toBeGreaterThan(20)
  })
})
