import type { train } from 'convoke'
import { expect, it } from 'vitest'
import { chartSvg } from './chart.ts'

const row = (name: string, accuracy: number, parameters: number): train.ChoiceResult => ({
  ...{ name, settings: {} as never, cost: { parameters, macs: 1, milliseconds: 1 } as never },
  ...{ skipped: null, problem: null, trials: [], accuracy, error: 0, seconds: 1, onFront: true },
})

const chart = (...rows: train.ChoiceResult[]): string =>
  chartSvg('a <choice>', { rows, cost: 'parameters', best: 'b', recommended: 'b', reason: '' })!

it('names say 100% only of what was never wrong', () => {
  const svg = chart(row('a', 0.875, 1000), row('b', 0.99996, 5000), row('c', 1, 9000))
  expect(svg).toContain('1: a, 87.50%<')
  expect(svg).toContain('2: b, 99.996%<')
  expect(svg).toContain('3: c, 100.00%<')
})

it('the scale has no share that reads as 100%', () => {
  const svg = chart(row('a', 0.99, 1000), row('b', 0.9999996, 5000))
  expect(svg).toContain('>99.9999%<')
  expect(svg).not.toMatch(/text-anchor="end">100(\.0*)?%/)
})

it('points whose network was not trained are left out, and a chart without any is none', () => {
  const bare = { ...row('a', 0.5, 10), accuracy: null, error: null }
  expect(chartSvg('none', { rows: [bare], cost: 'parameters', best: null, recommended: null, reason: '' })).toBeNull()
  expect(chart(bare, row('b', 0.9, 100)).match(/<circle/g)).toHaveLength(1)
})
