import { describe, expect, it } from 'vitest'
import { evaluationText } from './evaluation-text.ts'
import type { Evaluation } from './kits/kit.ts'

const evaluation = (count: number): Evaluation =>
  ({
    ...{ count: 10 * count, headline: 'accuracy', figures: { accuracy: 0.5 }, confusion: null },
    classes: Array.from({ length: count }, (_, i) => ({
      name: `c${i}`,
      figures: { precision: 0.5, recall: 0.5, f1: i === 7 ? Number.NaN : (i + 1) / (count + 1), examples: 10 },
    })),
    sections: async () => [],
  }) as unknown as Evaluation

describe('an evaluation as text', () => {
  it('has a line for each of a few classes', () => {
    const lines = evaluationText(evaluation(40), 'test')
    expect(lines.filter((line) => /^c\d/.test(line))).toHaveLength(40)
  })
  it('has the worst of 5,000 classes, and says how many there are', () => {
    const lines = evaluationText(evaluation(5000), 'test')
    expect(lines.length).toBeLessThan(30)
    expect(lines).toContain('the 20 classes of 5,000 with the lowest f1; --json names them all')
    const shown = lines.filter((line) => /^c\d/.test(line)).map((line) => line.split(' ')[0])
    // c7 does not occur in the part and has no figure.
    expect(shown).toEqual([
      'c0',
      'c1',
      'c2',
      'c3',
      'c4',
      'c5',
      'c6',
      ...Array.from({ length: 13 }, (_, i) => `c${i + 8}`),
    ])
  })
})
