// What the worker answers, beside what the definitions say.

import { beforeAll, describe, expect, it } from 'vitest'
import { ascent } from './looking/ascent.ts'
import { cam } from './looking/cam.ts'
import { occlusion } from './looking/occlusion.ts'
import { overview } from './looking/overview.ts'
import { patches } from './looking/patches.ts'
import { place } from './looking/place.ts'
import { open } from './looking/session.ts'
import type { Arithmetic, OpenedNetwork, PlaceAnswer, Shown } from './task.ts'

const shown: Shown = { key: 'digits', picture: { kind: 'set', index: 3 }, goIn: 'told' }

/** What the arithmetic that is shown comes to. */
function result(of: Arithmetic): number | undefined {
  switch (of.kind) {
    case 'convolution':
      return of.windows.reduce((sum, one) => sum + one.sum, 0) + of.rest + of.bias
    case 'pooling':
      return of.pool === 'max' ? Math.max(...of.window.values.filter((value) => value !== null)) : of.sum / of.divisor
    case 'global':
      return of.pool === 'max' ? Math.max(...of.map.values) : of.sum / of.count
    case 'normalisation':
      return of.normalised * of.scale + of.shift
    case 'linear':
      return of.terms.reduce((sum, one) => sum + one.product, 0) + of.rest + of.bias
    default:
      return undefined
  }
}

const close = (answer: PlaceAnswer): void => {
  const made = result(answer.arithmetic)
  expect(made).toBeDefined()
  expect(Math.abs(made! - answer.value)).toBeLessThan(1e-4 * Math.max(1, Math.abs(answer.value)))
}

describe('The network that stands ready', () => {
  let network: OpenedNetwork
  beforeAll(async () => {
    const answer = await open({ key: 'digits', source: { kind: 'digits' } })
    if (answer.kind !== 'opened') throw new Error(JSON.stringify(answer))
    network = answer.network
  }, 120_000)

  it('reads digits that it has not learnt from, and says what it is made of', () => {
    expect(network.accuracy).toBeGreaterThan(0.9)
    expect(network.layers.map(({ name }) => name).slice(0, 3)).toEqual(['conv1', 'relu1', 'pool1'])
  })

  it('shows every layer, and arithmetic that comes to its values', async () => {
    const { answer } = await overview(shown)
    expect(answer.thumbnails).toHaveLength(network.layers.length)
    expect(answer.chances!.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    for (const [at, layer] of network.layers.entries()) {
      const { answer: placed } = await place({
        ...shown,
        ...{ layer: at, channel: layer.channels - 1, row: layer.height - 1, column: Math.floor(layer.width / 2) },
      })
      expect(placed.arithmetic.kind, layer.name).not.toBe('other')
      if (result(placed.arithmetic) !== undefined) close(placed)
      if (placed.arithmetic.kind === 'activation') expect(placed.value).toBe(Math.max(0, placed.arithmetic.input))
      if (placed.arithmetic.kind === 'softmax')
        expect(placed.value).toBeCloseTo(placed.arithmetic.exponentials.at(-1)! / placed.arithmetic.sum, 5)
    }
  })

  it('finds patches, climbs, covers and weighs', async () => {
    let found = await patches({ key: 'digits', goIn: 'told', layer: 4, channel: 2 })
    while (found.answer.kind === 'running') found = await patches({ key: 'digits', goIn: 'told', layer: 4, channel: 2 })
    const all = found.answer.kind === 'done' ? found.answer.patches : []
    expect(all).toHaveLength(9)
    const question = { key: 'digits', goIn: 'told', layer: 4, channel: 2, seed: 1, steps: 20 } as const
    let climb = ascent(question).answer
    while (climb.step < 20) climb = ascent(question).answer
    expect(climb.answers.at(-1)!).toBeGreaterThan(climb.answers[0] + 0.5)
    const why = await cam({ ...shown, layer: 6, class: 3 })
    expect(why.answer.spread.values).toHaveLength(784)
    let cover = await occlusion({ ...shown, class: 3, patch: 7 })
    while (cover.answer.done < cover.answer.of) cover = await occlusion({ ...shown, class: 3, patch: 7 })
    expect(Math.max(...cover.answer.values)).toBeGreaterThan(0.01)
  })
})
